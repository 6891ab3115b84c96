/**
 * Credentials that `docker login`, `podman login` and their helpers keep, as one source of the chain.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as DockerConfig from "../docker/DockerConfig.ts"
import { type DockerConfigFile, locate } from "../docker/DockerConfigFiles.ts"
import * as DockerConfigLookup from "../docker/DockerConfigLookup.ts"
import { DockerCredentialHelper } from "../docker/DockerCredentialHelper.ts"
import type { DockerConfigError } from "../docker/DockerError.ts"
import type { Position } from "../docker/GoJson.ts"
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

const variable = "DOCKER_AUTH_CONFIG"

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

  const inText = (file: DockerConfigFile, text: string, target: Target) =>
    Effect.gen(function*() {
      const config = yield* DockerConfig.parse(file, text)
      if (Option.isSome(config.trailing)) yield* Provenance.warn(trailing(file, config.trailing.value))
      return yield* lookup(config, target)
    })

  const inFile = (file: DockerConfigFile, target: Target) =>
    Effect.flatMap(
      files.readText(file.path),
      (text) => Option.isNone(text) ? Effect.succeedNone : inText(file, text.value, target)
    )

  // As docker does, a broken value is skipped: it may be set for all jobs of a CI, by other people than run this one.
  const inVariable = (target: Target) =>
    Effect.flatMap(environment.get(variable), (text) =>
      Option.isNone(text)
        ? Effect.succeedNone
        : Effect.catchTag(
          inText({ path: `$${variable}`, format: "config" }, text.value, target),
          "DockerConfigMalformed",
          "AuthEntryInvalid",
          "HelperNameInvalid",
          (error) => Effect.as(Provenance.step(ignored(error.message)), Option.none<DockerConfigLookup.Found>())
        ))

  const find = Effect.fn("DockerLogin.find")(function*(target: Target) {
    const found = yield* inVariable(target)
    if (Option.isSome(found)) return found
    for (const file of yield* locate(environment)) {
      const found = yield* inFile(file, target)
      if (Option.isSome(found)) return found
    }
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

const trailing = ({ path }: DockerConfigFile, { column, line }: Position): string =>
  `${path}: line ${line}, column ${column}: something follows the config. It is ignored; remove it.`

const ignored = (reason: string): Provenance.Step => Provenance.Step.VariableIgnored({ name: variable, reason })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<DockerLogin, never, DockerCredentialHelper | Environment | Files> = Layer.effect(
  DockerLogin,
  make
)
