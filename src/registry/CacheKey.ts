/**
 * Cache keys of work that depends on secrets: the host in plain, so that a registry can be invalidated, and a digest of all
 * else.
 *
 * @since 0.2.0
 */
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"

/**
 * Each part counts with its length, so that none runs into the next.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (host: string, parts: ReadonlyArray<string | Redacted.Redacted>): string => {
  const hash = createHash("sha256")
  for (const part of parts) {
    const text = Redacted.isRedacted(part) ? Redacted.value(part) : part
    hash.update(`${text.length}:${text}`)
  }
  return `${host} ${hash.digest("base64url")}`
}

/**
 * Whether a key is of this host; without a host, any key is.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isOf = (host: string | undefined) => (key: string): boolean =>
  host === undefined || key.startsWith(`${host} `)
