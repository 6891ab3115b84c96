/**
 * Container registries that speak the OCI distribution API: ghcr.io, Docker Hub, a registry of one's own.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Credential, userPassword } from "../domain/Credential.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import { Environment } from "../platform/Environment.ts"
import * as Authorization from "../registry/Authorization.ts"
import { Challenges } from "../registry/Challenges.ts"
import * as KnownRegistries from "../registry/KnownRegistries.ts"
import * as RegistryUri from "../registry/RegistryUri.ts"
import type * as TokenExchange from "../registry/TokenExchange.ts"
import { Tokens } from "../registry/Tokens.ts"
import * as CiVariables from "../source/CiVariables.ts"
import * as CredentialSource from "../source/CredentialSource.ts"
import { DockerCredentials } from "../source/DockerConfig.ts"
import * as GitHubAccount from "../source/GitHubAccount.ts"
import { LookupChain } from "../source/LookupChain.ts"
import * as LookupEntry from "../source/LookupEntry.ts"
import * as Provider from "./Provider.ts"
import type { LookupError } from "./ProviderError.ts"
import { CredentialRequired } from "./ProviderError.ts"

/**
 * `urls[].config` of the helper `oci`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Config = Schema.Struct({
  parse_docker_config: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  token_exchange_method: Schema.optionalWith(Schema.Literal("auto", "oauth2", "basic"), { default: () => "auto" }),
  lookup_chain: Schema.optional(LookupEntry.ociChain),
  trusted_realms: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), { default: () => [] })
})

type Config = typeof Config.Type

/** What a client has to accept so that a registry does not answer with a manifest of 2014 (distribution-spec, "Pulling manifests"). */
const manifestTypes = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json"
]

const hint = (host: string): string => `Run docker login ${host}, or add a lookup_chain to its entry.`

/** GitHub's container registry does not look at the user's name. */
const gitHubUser = "unset"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const environment = yield* Environment
  const docker = yield* DockerCredentials
  const lookupChain = yield* LookupChain
  const challenges = yield* Challenges
  const tokens = yield* Tokens
  const registryEnvironment = yield* CiVariables.make

  const account = yield* GitHubAccount.make

  const gitHubLogin: CredentialSource.CredentialSource<Credential> = CredentialSource.map(
    account.login("github.com", { keyring: true, file: true }),
    (token) => ({ origin: "the login of the GitHub CLI", userPassword: userPassword(gitHubUser, token) })
  )

  /** What is asked, in order: a configured chain, or the registry's own variables; docker's config; gh's login. */
  const sources = (config: Config, host: string) => {
    const files = config.parse_docker_config ? docker.source : CredentialSource.none
    if (config.lookup_chain !== undefined) {
      return lookupChain.credential(config.lookup_chain).pipe(CredentialSource.orElse(files))
    }
    return registryEnvironment.pipe(
      CredentialSource.orElse(files),
      CredentialSource.orElse(host === "ghcr.io" ? gitHubLogin : CredentialSource.none)
    )
  }

  const nothing = (host: string, outcome: string) =>
    Effect.as(Provenance.step({ kind: "decision", subject: host, outcome }), GetCredentials.empty)

  const absent = (
    { required, uri }: Provider.HelperRequest,
    outcome: string
  ): Effect.Effect<GetCredentials.GetCredentialsResponse, CredentialRequired> =>
    required
      ? new CredentialRequired({ host: uri.host, tried: [], hint: hint(uri.host) })
      : nothing(uri.host, outcome)

  /** A registry as a whole: its credential as it is, without asking the registry. */
  const forHost = (request: Provider.HelperRequest, config: Config) =>
    Effect.gen(function*() {
      const { host } = request.uri
      const credential = yield* CredentialSource.find(sources(config, host), { host, repository: Option.none() })
      const authorization = Option.isNone(credential)
        ? Option.none()
        : yield* Authorization.forHost(asPassword(credential.value), host)
      return Option.isNone(authorization)
        ? yield* absent(request, "no credential for this registry")
        : GetCredentials.make({ Authorization: authorization.value })
    })

  const accept = (kind: RegistryUri.Registry["kind"]) => kind === "manifest" ? { Accept: manifestTypes } : {}

  const answer = (kind: RegistryUri.Registry["kind"], { authorization, usableUntil }: TokenExchange.Answer) =>
    GetCredentials.make({
      Authorization: authorization,
      ...accept(kind),
      "Docker-Distribution-API-Version": ["registry/2.0"]
    }, usableUntil)

  const forRepository = (request: Provider.HelperRequest, registry: RegistryUri.Registry, config: Config) =>
    Effect.gen(function*() {
      const { kind, registry: host, repository, url } = registry
      const credential = yield* CredentialSource.find(sources(config, host), { host, repository })
      if (Option.isNone(credential) && request.required) return yield* absent(request, "no credential")
      const registryUrl = new URL("/", url)
      const demand = yield* challenges.get({ uri: url, hasCredentials: Option.isSome(credential) })
      if (Option.isNone(demand.challenge)) {
        yield* nothing(host, "the registry asks for no credential")
        // An open registry, too, hides the manifests that its client does not say it understands.
        return GetCredentials.make(accept(kind))
      }
      const challenge = demand.challenge.value
      if (challenge.scheme === "bearer") {
        const token = yield* tokens.get({
          registryUrl,
          challenge,
          foreign: demand.foreign,
          scopes: [...new Set([registry.scope, ...(demand.scope === undefined ? [] : [demand.scope])])],
          credential,
          method: config.token_exchange_method,
          trustedRealms: config.trusted_realms
        })
        return answer(kind, token)
      }
      const usable = demand.foreign ? Option.none() : credential
      const authorization = Option.isNone(usable) ? Option.none() : yield* Authorization.forHost(usable.value, host)
      return Option.isNone(authorization)
        ? yield* nothing(host, "the registry asks for user and password, and there is none")
        : answer(kind, { authorization: authorization.value, usableUntil: Option.none() })
    })

  const isOn = (value: string): boolean => value !== "0" && value !== "false"

  /** Hosts that nobody configured: the table's, the one that GitLab's CI names, and, if allowed, what looks like one. */
  const claims = ({ bareHost, uri }: Provider.Question) =>
    Effect.gen(function*() {
      if (bareHost || Option.isSome(KnownRegistries.find(uri.host))) return true
      if (Option.contains(yield* CiVariables.gitLabHost(environment), uri.host)) return true
      const guess = Option.exists(yield* environment.get("CREDENTIAL_HELPER_GUESS_OCI_REGISTRY"), isOn)
      const parsed = RegistryUri.classify(uri.href, { allowHttpLoopback: true })
      return guess && Either.isRight(parsed) && parsed.right._tag === "Registry"
    })

  return Provider.make({
    name: "oci",
    config: Config,
    claims,
    get: Effect.fn("Oci.get")(
      function*(request: Provider.HelperRequest, config: Config): Effect.fn.Return<
        GetCredentials.GetCredentialsResponse,
        LookupError
      > {
        if (request.bareHost) return yield* forHost(request, config)
        const parsed = RegistryUri.classify(request.uri.href, { allowHttpLoopback: true })
        if (Either.isLeft(parsed)) return yield* absent(request, `not ours: ${parsed.left.reason}`)
        const registry = parsed.right
        return registry._tag === "Ignored"
          ? yield* absent(request, `not a request for content: ${registry.reason}`)
          : yield* forRepository(request, registry, config)
      }
    )
  })
})

/** An identity token stands for the password wherever no token service is asked (docker's `<token>` user). */
const asPassword = (credential: Credential): Credential => {
  const { identityToken, userPassword: login } = credential
  return identityToken === undefined || Option.isSome(Authorization.userPasswordOf(credential))
    ? credential
    : { ...credential, userPassword: userPassword(login?.username ?? "<token>", identityToken) }
}
