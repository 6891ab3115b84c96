/**
 * The system's keyring, filled by a test.
 *
 * ```ts
 * FakeKeyring.layer({ "gh:github.com": "token", "my-service": { me: "secret", you: "another" } })
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { CredentialNotFound, SourceUnavailable } from "../domain/SourceError.ts"
import { Keyring } from "../platform/Keyring.ts"

/**
 * Secrets by service: one for all its accounts, or by account.
 *
 * @since 0.1.0
 * @category models
 */
export type Entries = Readonly<Record<string, string | Readonly<Record<string, string>>>>

const find = (entries: Entries, service: string, account: string): string | undefined => {
  const entry = Object.hasOwn(entries, service) ? entries[service] : undefined
  return typeof entry === "object" ? (Object.hasOwn(entry, account) ? entry[account] : undefined) : entry
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (entries: Entries = {}): Layer.Layer<Keyring> =>
  Layer.succeed(Keyring, {
    get: (service, account) =>
      Effect.suspend(() => {
        const secret = find(entries, service, account)
        return secret === undefined
          ? new CredentialNotFound({ source: `keyring ${service}` })
          : Effect.succeed(Redacted.make(secret))
      })
  })

/**
 * A machine without a keyring, or with one that is locked.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerUnavailable = (reason = "no session bus"): Layer.Layer<Keyring> =>
  Layer.succeed(Keyring, {
    get: (service) => new SourceUnavailable({ source: `keyring ${service}`, reason })
  })
