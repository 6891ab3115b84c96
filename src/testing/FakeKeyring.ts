/**
 * The system's keyring with entries from a test.
 *
 * ```ts
 * FakeKeyring.layer({ "gh:github.com": "token", "my-service": { me: "secret", you: "another" } })
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Keyring, KeyringUnavailable } from "../platform/Keyring.ts"

/**
 * Secrets by service: one for all accounts, or one for each account.
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
 * A keyring with these entries.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (entries: Entries = {}): Layer.Layer<Keyring> =>
  Layer.succeed(Keyring, {
    get: (service, account) =>
      Effect.sync(() =>
        Option.map(Option.fromNullable(find(entries, service, account)), (secret) => Redacted.make(secret))
      )
  })

/**
 * A machine whose keyring is missing or locked.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerUnavailable = (reason = "no session bus"): Layer.Layer<Keyring> =>
  Layer.succeed(Keyring, { get: () => new KeyringUnavailable({ reason }) })
