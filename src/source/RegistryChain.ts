/**
 * Where a registry's credential is looked for, in order. An application adds its own source before or after the
 * built-in ones by a layer.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ConfigInvalid } from "../config/ConfigError.ts"
import type * as Decode from "../config/Decode.ts"
import type { DockerConfigError } from "../docker/DockerError.ts"
import { type Credential, userPassword } from "../domain/Credential.ts"
import { Environment } from "../platform/Environment.ts"
import type { Files } from "../platform/Files.ts"
import type { Keyring } from "../platform/Keyring.ts"
import type { TokenUnsafe } from "../registry/RegistryError.ts"
import * as CiVariables from "./CiVariables.ts"
import * as CredentialSource from "./CredentialSource.ts"
import { DockerLogin } from "./DockerLogin.ts"
import * as GitHubLogin from "./GitHubLogin.ts"
import * as GitHubVariables from "./GitHubVariables.ts"
import * as LookupChain from "./LookupChain.ts"
import * as Secret from "./Secret.ts"
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
  /** Where the chain stands, for messages. */
  readonly place?: Decode.Place
}

/**
 * @since 0.2.0
 * @category models
 */
export type ChainError = ConfigInvalid | DockerConfigError | GitHubLogin.LoginError | TokenUnsafe

/**
 * @since 0.2.0
 * @category context
 */
export class RegistryChain extends Context.Tag("CredentialHelper/RegistryChain")<RegistryChain, {
  /** `host` in its URL form. */
  readonly forHost: (host: string, settings: Settings) => CredentialSource.CredentialSource<Credential, ChainError>
  /** The same without the credentials that were not given for the host, for when it has refused one of those. */
  readonly given: (host: string, settings: Settings) => CredentialSource.CredentialSource<Credential, ChainError>
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
  const environment = yield* Environment
  const ciVariables = yield* CiVariables.make
  const gitHub = yield* GitHubLogin.make
  const { after, before } = yield* AddedSources

  /** The GitHub CLI's login may not have the scope for packages. */
  const gitHubLogin = (host: string) => {
    const account = GitHubVariables.accountOf(host)
    return CredentialSource.map(Secret.tokens(gitHub.login(account)), ({ origin, value }): Credential => ({
      origin,
      userPassword: userPassword(gitHubUser, value),
      renew: `run gh auth refresh --hostname ${account} --scopes read:packages`,
      ambient: true
    }))
  }

  const login = CredentialSource.suspend(
    "login of another tool",
    ({ host }) =>
      Effect.map(
        GitHubVariables.isRegistry(environment, host),
        (isGitHub) => isGitHub ? gitHubLogin(host) : CredentialSource.none
      )
  )

  /** Every source is passed through `keep`. */
  const chain = (
    { lookupChain, parseDockerConfig, place }: Settings,
    keep: <E>(
      source: CredentialSource.CredentialSource<Credential, E>
    ) => CredentialSource.CredentialSource<Credential, E>
  ): CredentialSource.CredentialSource<Credential, ChainError> =>
    keep(CredentialSource.firstOf(before)).pipe(
      CredentialSource.orElse(
        Option.match(lookupChain, {
          onNone: (): CredentialSource.CredentialSource<Credential, ConfigInvalid | TokenUnsafe> => keep(ciVariables),
          onSome: (entries) => LookupChain.credential(entries, place)
        })
      ),
      CredentialSource.orElse(dockerLogin.source, { when: parseDockerConfig }),
      CredentialSource.orElse(keep(login), { when: Option.isNone(lookupChain) }),
      CredentialSource.orElse(keep(CredentialSource.firstOf(after)))
    )

  return RegistryChain.of({
    forHost: (_, settings) => chain(settings, identity),
    given: (_, settings) =>
      chain(settings, (source) => CredentialSource.filter(source, ({ ambient }) => ambient !== true))
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
