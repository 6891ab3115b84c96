/**
 * What a registry lets us in with. A credential is one unit from one source: user and password are never mixed.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"

/**
 * @since 0.1.0
 * @category models
 */
export interface UserPassword {
  readonly username: string
  readonly password: Redacted.Redacted
  /** `base64(username:password)` with the octets of the source: a password need not be UTF-8 (RFC 7617). */
  readonly basic: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Credential {
  /** Where it was found, fit for a message: "docker config /home/u/.docker/config.json". */
  readonly origin: string
  readonly userPassword?: UserPassword
  /** An OAuth2 refresh token for the registry's token service. */
  readonly identityToken?: Redacted.Redacted
  /** A bearer token that the registry takes as it is. */
  readonly registryToken?: Redacted.Redacted
  /** How to renew it when it is refused, in the imperative and without a full stop: `run podman login quay.io`. */
  readonly renew?: string
  /** It was not given for this host: a token of the environment that may open it. A stranger's answer does as well. */
  readonly ambient?: true
  /** After this instant the credential must not be used; absent when its source does not say. */
  readonly expires?: DateTime.Utc
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const userPassword = (username: string, password: Redacted.Redacted): UserPassword => ({
  username,
  password,
  basic: Redacted.make(Buffer.from(`${username}:${Redacted.value(password)}`, "utf8").toString("base64"))
})

/** `auth` is base64 of `user:password`, in the standard or the URL-safe alphabet, padded or not, with ASCII blanks. */
const base64 = /^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)(={0,2})$/

/**
 * Why an `auth` text could not be read. It never holds the text.
 *
 * @since 0.1.0
 * @category models
 */
export type AuthProblem = "not base64" | "no colon between user and password"

/**
 * Decodes `base64(user:password)` as docker's config and the `auth` binding hold it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromAuth = (auth: Redacted.Redacted): UserPassword | AuthProblem => {
  const text = Redacted.value(auth).replace(/[\t\n\f\r ]/g, "")
  // Buffer.from drops what it cannot read without a word.
  const padding = base64.exec(text)?.[1]
  if (padding === undefined || (text.length - padding.length) % 4 === 1) return "not base64"
  if (padding !== "" && text.length % 4 !== 0) return "not base64"
  const octets = Buffer.from(text.replaceAll("-", "+").replaceAll("_", "/"), "base64")
  const colon = octets.indexOf(0x3a)
  if (colon < 0) return "no colon between user and password"
  let start = colon + 1
  let end = octets.length
  while (start < end && octets[start] === 0) start++
  while (end > start && octets[end - 1] === 0) end--
  const user = octets.subarray(0, colon)
  const password = octets.subarray(start, end)
  return {
    username: user.toString("utf8"),
    password: Redacted.make(password.toString("utf8")),
    basic: Redacted.make(Buffer.concat([user, Buffer.from(":"), password]).toString("base64"))
  }
}
