/**
 * A custom provider, in one file: a layer adds it, it claims its host, and the configuration file can choose it as `vault`:
 *
 *   { "urls": [{ "host": "secrets.example.com", "helper": "vault", "config": { "header": "X-Token" } }] }
 */
import { CredentialHelper, Environment, GetCredentials, Provider, Providers } from "effect-credential-helper"
import * as Node from "effect-credential-helper/Node"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What may stand under `config`; anything else is an error with its place in the file. */
const Config = Schema.Struct({
  header: Schema.optionalWith(Schema.NonEmptyString, { default: () => "X-Vault-Token" })
})

/** An error of the provider. Callers see it as the `error` of `ProviderFailed`. */
class VaultSealed extends Data.TaggedError("VaultSealed")<{ readonly host: string }> {
  override get message(): string {
    return `the vault at ${this.host} is sealed. Run vault operator unseal.`
  }
}

const vault = Effect.map(Environment.Environment, (environment) =>
  Provider.make({
    name: "vault",
    Config,
    // The host that needs no entry in the file.
    claims: ({ host }) => host === "vault.example.com",
    get: ({ host }, { header }) =>
      Effect.gen(function*() {
        // Read through the service, a variable is part of the answer's provenance.
        if (Option.isSome(yield* environment.get("VAULT_SEALED"))) return yield* new VaultSealed({ host })
        const token = yield* environment.get("VAULT_TOKEN")
        return Option.match(token, {
          onNone: () =>
            Provider.Outcome.NoCredential({
              reason: "VAULT_TOKEN is not set",
              setup: ["run vault login", "set VAULT_TOKEN"],
              anonymous: Effect.succeed(GetCredentials.empty)
            }),
          onSome: (value) =>
            Provider.Outcome.Headers({ response: GetCredentials.make({ [header]: Redacted.make(value) }) })
        })
      })
  }))

/** As `Node.layerEnvironment`, with the provider. */
export const layer: Layer.Layer<CredentialHelper.CredentialHelper, never, Environment.Environment> = Layer.provide(
  Node.layerEnvironment,
  Providers.layerBefore(vault)
)

export const headersFor = (uri: string) =>
  Effect.flatMap(CredentialHelper.CredentialHelper, (helper) => helper.get({ uri }))

export const main = headersFor("https://vault.example.com/v1/secret").pipe(
  Effect.provide(Layer.provide(layer, Environment.layerProcess))
)
