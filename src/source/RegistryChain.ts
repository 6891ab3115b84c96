/**
 * Where a registry's credential is looked for, in order. An application adds its own source before or after the
 * built-in ones by a layer.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ConfigInvalid } from "../config/ConfigError.ts"
import type { DockerConfigError } from "../docker/DockerError.ts"
import { type Credential, userPassword } from "../domain/Credential.ts"
import type { Environment } from "../platform/Environment.ts"
import type { Files } from "../platform/Files.ts"
import type { Keyring } from "../platform/Keyring.ts"
import * as KnownRegistries from "../registry/KnownRegistries.ts"
import * as CiVariables from "./CiVariables.ts"
import * as CredentialSource from "./CredentialSource.ts"
import { DockerLogin } from "./DockerLogin.ts"
import * as GitHubLogin from "./GitHubLogin.ts"
import * as LookupChain from "./LookupChain.ts"
import type { LookupEntry } from "./SourceKind.ts"

/**
 * What an entry of the configuration says about a registry's sources.
 *
 * @since 0.2.0
 * @category models
 */
export interface Settings {
  readonly lookupChain: Option.Option<ReadonlyArray<LookupEntry>>
  readonly parseDockerConfig: boolean
}

/**
 * @since 0.2.0
 * @category context
 */
export class RegistryChain extends Context.Tag("CredentialHelper/RegistryChain")<RegistryChain, {
  /** `host` in its URL form. */
  readonly forHost: (
    host: string,
    settings: Settings
  ) => CredentialSource.CredentialSource<Credential, ConfigInvalid | DockerConfigError>
}>() {}

type Added = ReadonlyArray<CredentialSource.CredentialSource<Credential>>

/** Sources that an application has added. */
class AddedSources extends Context.Reference<AddedSources>()("CredentialHelper/RegistryChain/AddedSources", {
  defaultValue: (): { readonly before: Added; readonly after: Added } => ({ before: [], after: [] })
}) {}

/** GitHub's registry does not look at the username. */
const gitHubUser = "unset"

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const dockerLogin = yield* DockerLogin
  const ciVariables = yield* CiVariables.make
  const gitHub = yield* GitHubLogin.make
  const { after, before } = yield* AddedSources

  const logins: Readonly<Record<KnownRegistries.Login, CredentialSource.CredentialSource<Credential>>> = {
    gitHubCli: CredentialSource.map(gitHub.login("github.com"), ({ value }) => ({
      origin: "the login of the GitHub CLI",
      userPassword: userPassword(gitHubUser, value)
    }))
  }

  const loginOf = (host: string) =>
    Option.match(Option.flatMapNullable(KnownRegistries.find(host), ({ login }) => login), {
      onNone: () => CredentialSource.none,
      onSome: (login) => logins[login]
    })

  return RegistryChain.of({
    forHost: (host, { lookupChain, parseDockerConfig }) =>
      CredentialSource.firstOf(before).pipe(
        CredentialSource.orElse(
          Option.match(lookupChain, { onNone: () => ciVariables, onSome: LookupChain.credential })
        ),
        CredentialSource.orElse(dockerLogin.source, { when: parseDockerConfig }),
        CredentialSource.orElse(loginOf(host), { when: Option.isNone(lookupChain) }),
        CredentialSource.orElse(CredentialSource.firstOf(after))
      )
  })
})

/**
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<RegistryChain, never, DockerLogin | Environment | Files | Keyring> = Layer.effect(
  RegistryChain,
  make
)

type OwnSource<E, R> = Effect.Effect<CredentialSource.CredentialSource<Credential>, E, R>

/**
 * Asks a source before all others. Provide it to a layer of the credential helper.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerBefore = <E = never, R = never>(source: OwnSource<E, R>): Layer.Layer<never, E, R> =>
  Layer.effectContext(
    Effect.zipWith(
      source,
      AddedSources,
      (source, { after, before }) => Context.make(AddedSources, { before: [source, ...before], after })
    )
  )

/**
 * Asks a source after all others. Provide it to a layer of the credential helper.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerAfter = <E = never, R = never>(source: OwnSource<E, R>): Layer.Layer<never, E, R> =>
  Layer.effectContext(
    Effect.zipWith(
      source,
      AddedSources,
      (source, { after, before }) => Context.make(AddedSources, { before, after: [...after, source] })
    )
  )
