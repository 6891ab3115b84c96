/**
 * Custom sources, in one file: a broker's variable that every registry asks first, and a kind that a `lookup_chain` can name:
 *
 *   { "source": "broker", "name": "registry-password", "binding": "password" }
 */
import {
  Credential,
  type CredentialHelper,
  CredentialSource,
  Environment,
  RegistryChain,
  Secret,
  SourceKind,
  Sources
} from "effect-credential-helper"
import * as Node from "effect-credential-helper/Node"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What the broker of the build farm put into the environment under a name: `registry-password` is `BROKER_REGISTRY_PASSWORD`. */
const secret = (environment: Environment.Environment["Type"], name: string) =>
  CredentialSource.make(`broker ${name}`, () =>
    Effect.map(
      environment.get(`BROKER_${name.toUpperCase().replaceAll("-", "_")}`),
      (value) =>
        Option.isNone(value)
          ? CredentialSource.Answer.NothingFound()
          : Secret.fromStored(`broker ${name}`, Redacted.make(value.value))
    ))

const kind = Effect.map(Environment.Environment, (environment) =>
  SourceKind.make({
    name: "broker",
    Config: Schema.Struct({ name: SourceKind.Name }),
    make: ({ name }) => Either.right(secret(environment, name))
  }))

const first = Effect.map(
  Environment.Environment,
  (environment) =>
    CredentialSource.map(secret(environment, "registry-token"), ({ origin, value }) => ({
      origin,
      userPassword: Credential.userPassword("broker", value)
    }))
)

/** As `Node.layerEnvironment`, with both. */
export const layer: Layer.Layer<CredentialHelper.CredentialHelper, never, Environment.Environment> = Layer.provide(
  Node.layerEnvironment,
  Layer.merge(Sources.layerKind(kind), RegistryChain.layerBefore(first))
)
