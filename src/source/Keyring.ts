/**
 * Secrets in the system's keyring.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Keyring } from "../platform/Keyring.ts"
import * as KeyringProgram from "../platform/KeyringProgram.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"
import * as SourceKind from "./SourceKind.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** `""` by default. */
  readonly account?: string
  /** How to replace the secret when it is refused. */
  readonly renew?: string
}

/**
 * The secret of a service, such as the GitHub CLI's `gh:github.com`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  keyring: Keyring["Type"],
  service: string,
  { account = "", renew }: Options = {}
): CredentialSource.CredentialSource<Secret.Secret> => {
  const name = `keyring ${service}${account === "" ? "" : `, account ${account}`}`
  const about = renew === undefined ? {} : { renew }
  return CredentialSource.make(name, () =>
    Effect.match(keyring.get(service, account), {
      onFailure: ({ reason }) => CredentialSource.Answer.Unavailable({ reason }),
      onSuccess: Option.match({
        onNone: () => CredentialSource.Answer.NothingFound(),
        onSome: (value) => Secret.fromStored(`the ${name}`, value, about)
      })
    }))
}

/**
 * `{"source":"keyring","service":"gh:github.com"}`
 *
 * @since 0.2.0
 * @category kinds
 */
export const kind = (keyring: Keyring["Type"], platform: string): SourceKind.SourceKind => {
  const { store } = KeyringProgram.forPlatform(platform)
  return SourceKind.make({
    name: "keyring",
    Config: Schema.Struct({ service: Schema.optional(SourceKind.Name), name: Schema.optional(SourceKind.Name) }),
    setup: ({ name, service }) => `run ${store(service ?? name ?? "", "")}`,
    make: (entry) =>
      Either.map(
        SourceKind.aliased(entry, "service"),
        (service) => make(keyring, service, { renew: `run ${store(service, "")}` })
      )
  })
}
