/**
 * Credentials that `docker login`, `podman login` and their helpers keep, as one source of the chain.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { DockerConfig } from "../docker/DockerConfig.ts"
import * as DockerConfigFiles from "../docker/DockerConfigFiles.ts"
import * as DockerConfigLookup from "../docker/DockerConfigLookup.ts"
import * as DockerConfigReader from "../docker/DockerConfigReader.ts"
import { DockerCredentialHelper } from "../docker/DockerCredentialHelper.ts"
import type { DockerConfigError } from "../docker/DockerError.ts"
import type { Credential } from "../domain/Credential.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Target } from "../domain/Resource.ts"
import { Environment } from "../platform/Environment.ts"
import { Files } from "../platform/Files.ts"
import * as CredentialSource from "./CredentialSource.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class DockerLogin extends Context.Tag("CredentialHelper/DockerLogin")<DockerLogin, {
  /** Asks each docker config in order; the first with a credential wins. */
  readonly find: (
    target: Target
  ) => Effect.Effect<Option.Option<DockerConfigLookup.Found>, DockerConfigError>
  /** The same as a link of a chain. */
  readonly source: CredentialSource.CredentialSource<Credential, DockerConfigError>
}>() {}

const name = "docker config"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  DockerLogin["Type"],
  never,
  DockerCredentialHelper | Environment | Files
> = Effect.gen(function*() {
  const environment = yield* Environment
  const files = yield* Files
  const lookup = DockerConfigLookup.make(yield* DockerCredentialHelper)

  const read = DockerConfigReader.make(environment, files)

  const inVariable = Effect.flatMap(environment.get("DOCKER_AUTH_CONFIG"), (text) =>
    Option.isNone(text)
      ? Effect.succeedNone
      : Effect.asSome(DockerConfigReader.parse(DockerConfigFiles.inVariable, text.value)))

  const find = Effect.fn("DockerLogin.find")(function*(target: Target) {
    const hints: Array<string> = []
    const inConfig = Effect.fnUntraced(function*(config: DockerConfig) {
      const { found, hint } = yield* lookup(config, target)
      hints.push(...Option.toArray(hint))
      return found
    })
    const found = yield* Effect.flatMap(inVariable, optionally(inConfig))
    if (Option.isSome(found)) return found
    for (const file of yield* DockerConfigFiles.locate(environment)) {
      const found = yield* Effect.flatMap(read(file), optionally(inConfig))
      if (Option.isSome(found)) return found
    }
    yield* Effect.forEach(hints, Provenance.warn, { discard: true })
    return Option.none()
  })

  return DockerLogin.of({
    find,
    source: CredentialSource.make<Credential, DockerConfigError>(
      name,
      (target) =>
        Effect.map(find(target), (found) =>
          Option.isNone(found)
            ? CredentialSource.Answer.NothingFound()
            : CredentialSource.Answer.Found({ value: found.value.credential }))
    )
  })
})

const optionally =
  <A, B, E>(f: (a: A) => Effect.Effect<Option.Option<B>, E>) =>
  (option: Option.Option<A>): Effect.Effect<Option.Option<B>, E> =>
    Option.isNone(option) ? Effect.succeedNone : f(option.value)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<DockerLogin, never, DockerCredentialHelper | Environment | Files> = Layer.effect(
  DockerLogin,
  make
)
