/**
 * Which program this is.
 *
 * @since 0.1.0
 */

/**
 * The version of this package; a test holds it equal to `package.json`.
 *
 * @since 0.1.0
 * @category constants
 */
export const version = "0.1.0"

/** Set when the program is compiled to one executable. */
declare const CREDENTIAL_HELPER_EXECUTABLE: boolean | undefined

/**
 * Whether this is the executable that needs no Node.js.
 *
 * @since 0.1.0
 * @category constants
 */
export const isExecutable: boolean = typeof CREDENTIAL_HELPER_EXECUTABLE !== "undefined"

/** Set when the program is bundled: a digest of its sources. */
declare const CREDENTIAL_HELPER_BUILD: string | undefined

/**
 * Tells builds of the same version apart: an agent answers only callers of the same build.
 *
 * @since 0.1.0
 * @category constants
 */
export const build: string = typeof CREDENTIAL_HELPER_BUILD === "string" ? CREDENTIAL_HELPER_BUILD : version
