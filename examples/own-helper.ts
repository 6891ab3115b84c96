/**
 * A helper of one's own: it is added by a layer, claims its host, and can be chosen and configured in the file as `vault`.
 */
import { CredentialHelper, Environment, GetCredentials, Helper } from "effect-credential-helper"
import * as Node from "effect-credential-helper/Node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const make = Effect.map(Environment.Environment, (environment) =>
  Helper.make({
    name: "vault",
    config: Schema.Struct({ header: Schema.optionalWith(Schema.String, { default: () => "X-Vault-Token" }) }),
    claims: ({ uri }) => Effect.succeed(uri.hostname === "vault.example.com"),
    get: (_, { header }) =>
      Effect.map(
        environment.get("VAULT_TOKEN"),
        Option.match({
          onNone: () => GetCredentials.empty,
          onSome: (token) => GetCredentials.make({ [header]: Redacted.make(token) })
        })
      )
  }))

/** The built-in helpers, and ours before them. */
const helpers = Layer.effect(
  Helper.Helpers,
  Effect.zipWith(make, Helper.Helpers, (own, builtIn) => [own, ...builtIn])
).pipe(Layer.provide(Node.layerHelpers))

/** As `Node.layerEnvironment`, with our helpers. */
const layer = Node.layerRouter.pipe(
  Layer.provide(helpers),
  Layer.provide([Node.layerShared, Node.layerProcess]),
  Layer.provide(Environment.layerProcess)
)

export const main = Effect.flatMap(
  CredentialHelper.CredentialHelper,
  (helper) => helper.get({ uri: "https://vault.example.com/v1/secret" })
).pipe(Effect.provide(layer))
