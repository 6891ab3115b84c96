/**
 * Why an answer has no header that lets the caller in: the fact, and what to do. One place, so that the words are the same
 * everywhere.
 *
 * @since 0.2.0
 */

/**
 * The registry asks for `Basic`.
 *
 * @since 0.2.0
 * @category reasons
 */
export const noLogin = (advice: string): string =>
  `the registry asks for a user name and a password, and there is none. ${advice}`

/**
 * The registry asks for `Basic`, and the credential holds an identity token alone.
 *
 * @since 0.2.0
 * @category reasons
 */
export const noPassword = (host: string, origin: string): string =>
  `the registry asks for a user name and a password, and the credential of ${origin} holds neither. Run docker login ${host} with a password.`

/**
 * Another host answers for the registry, and asks for `Basic`.
 *
 * @since 0.2.0
 * @category reasons
 */
export const foreignLogin = (other: string): string =>
  `the registry redirects to ${other}, which asks for a user name and a password. Use ${other} as the name of the registry, and run docker login ${other}.`

/**
 * Another host answers for the registry, so that its credential stays here.
 *
 * @since 0.2.0
 * @category reasons
 */
export const foreignUnused = (host: string, other: string, origin: string): string =>
  `${host} redirects to ${other}, so that the credential of ${origin} is not used. To use one, name ${other} as the registry, and run docker login ${other}.`
