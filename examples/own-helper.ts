/**
 * A helper of one's own: it is added by a layer, claims its host, and can be chosen and configured in the file as `vault`:
 *
 *   { "urls": [{ "host": "secrets.example.com", "helper": "vault", "config": { "header": "X-Token" } }] }
 */
import { CredentialHelper, Environment, Errors, GetCredentials, Provider } from "effect-credential-helper"
import * as Node from "effect-credential-helper/Node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What may stand under `config`; anything else is an error with its place in the file. */
const Config = Schema.Struct({
  header: Schema.optionalWith(Schema.NonEmptyString, { default: () => "X-Vault-Token" })
})

const hint = "Run vault login, and set VAULT_TOKEN."

const make = Effect.map(Environment.Environment, (environment) =>
  Provider.make({
    name: "vault",
    config: Config,
    // The host that needs no entry in the file.
    claims: ({ uri }) => Effect.succeed(uri.hostname === "vault.example.com"),
    get: ({ required, uri }, { header }) =>
      Effect.gen(function*() {
        // Read through the service, a variable is part of the answer's provenance.
        const token = yield* environment.get("VAULT_TOKEN")
        if (Option.isSome(token)) return GetCredentials.make({ [header]: Redacted.make(token.value) })
        return required
          ? yield* new Errors.CredentialRequired({ host: uri.host, tried: [], hint })
          : GetCredentials.empty
      })
  }))

/** Ours, and after it the built-in helpers. */
const helpers = Layer.effect(
  Provider.Helpers,
  Effect.zipWith(make, Provider.Helpers, (own, builtIn) => [own, ...builtIn])
).pipe(Layer.provide(Node.layerHelpers))

/** As `Node.layerEnvironment`, with our helper. */
export const layer: Layer.Layer<CredentialHelper.CredentialHelper, never, Environment.Environment> = Node.layerRouter
  .pipe(Layer.provide(helpers), Layer.provide([Node.layerShared, Node.layerProcess]))

/** What the application does with it. */
export const headersFor = (uri: string) =>
  Effect.flatMap(CredentialHelper.CredentialHelper, (helper) => helper.get({ uri }))

export const main = headersFor("https://vault.example.com/v1/secret").pipe(
  Effect.provide(layer.pipe(Layer.provide(Environment.layerProcess)))
)
