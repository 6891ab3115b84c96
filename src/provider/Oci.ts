/**
 * Container registries that speak the OCI distribution API: ghcr.io, Docker Hub, self-hosted ones.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Decode from "../config/Decode.ts"
import { type Credential, userPassword } from "../domain/Credential.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Resource } from "../domain/Resource.ts"
import * as Authorization from "../registry/Authorization.ts"
import type * as Challenge from "../registry/Challenge.ts"
import { Challenges } from "../registry/Challenges.ts"
import type * as Probe from "../registry/Probe.ts"
import * as Reasons from "../registry/Reasons.ts"
import * as RegistryUri from "../registry/RegistryUri.ts"
import * as TokenEndpoint from "../registry/TokenEndpoint.ts"
import type * as TokenExchange from "../registry/TokenExchange.ts"
import { Tokens } from "../registry/Tokens.ts"
import * as LookupChain from "../source/LookupChain.ts"
import { RegistryChain } from "../source/RegistryChain.ts"
import type { SourceKind } from "../source/SourceKind.ts"
import { Sources } from "../source/Sources.ts"
import * as AmbientFallback from "./AmbientFallback.ts"
import * as OciTokens from "./OciTokens.ts"
import * as Provider from "./Provider.ts"

/** Anything else would match no realm: see `RealmPolicy`. */
const Realm = Schema.String.pipe(
  Schema.pattern(/^(?:https?:\/\/)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@\\:*[\]]+)(?::[0-9]{1,5})?(?:\/\S*)?$/, {
    description: "a host such as \"auth.example.com\", a host with a port, or a URL; there are no wildcards"
  })
)

/** `urls[].config` of the helper `oci`. */
const configSchema = (kinds: ReadonlyArray<SourceKind>) =>
  Schema.Struct({
    parse_docker_config: Schema.optionalWith(Schema.Boolean, { default: () => true }),
    token_exchange_method: Schema.optionalWith(Schema.Literal("auto", "oauth2", "basic"), { default: () => "auto" }),
    lookup_chain: Schema.optional(LookupChain.schema(kinds, ...LookupChain.registryBindings)),
    trusted_realms: Schema.optionalWith(Schema.Array(Realm), { default: () => [] })
  })

type Config = ReturnType<typeof configSchema>["Type"]

type Found = Option.Option<Credential>

interface Question {
  readonly challenge: Challenge.Bearer
  readonly credential: Found
  readonly config: Config
}

/** Without these, registries answer with a manifest of schema 1 (distribution-spec, "Pulling manifests"). */
const manifestTypes = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json"
]

const setup = (host: string, { lookup_chain, parse_docker_config }: Config): ReadonlyArray<Provider.SetupHint> => [
  ...LookupChain.setup(lookup_chain ?? []),
  ...(parse_docker_config ? [`run docker login ${host}`] : []),
  ...(lookup_chain === undefined ? ["add a lookup_chain to its entry"] : [])
]

const decided = (host: string, decision: string) => Provenance.step(Provenance.Step.Decided({ host, decision }))

/** Records why, and answers without a header. */
const withoutHeader = (host: string, reason: string) =>
  Effect.as(Provenance.step(Provenance.Step.NoHeader({ host, reason })), GetCredentials.empty)

/** One value, because some clients keep one of several (RFC 9110, section 5.3). */
const accept = (kind: RegistryUri.Registry["kind"]) => kind === "manifest" ? { Accept: [manifestTypes.join(", ")] } : {}

const authorized = (kind: RegistryUri.Registry["kind"], { authorization, usableUntil }: TokenExchange.Answer) =>
  GetCredentials.make({
    Authorization: authorization,
    ...accept(kind),
    "Docker-Distribution-API-Version": ["registry/2.0"]
  }, usableUntil)

/** Where no token service is asked, an identity token takes the place of the password (docker's user `<token>`). */
const asPassword = (credential: Credential): Credential => {
  const { identityToken, userPassword: login } = credential
  return identityToken === undefined || Option.isSome(Authorization.userPasswordOf(credential))
    ? credential
    : { ...credential, userPassword: userPassword(login?.username ?? "<token>", identityToken) }
}

/** Answers of one repository and kind are alike; a bare host has one answer, a token endpoint one for each scope. */
const unit = (resource: Resource): Provider.Unit => {
  const registry = RegistryUri.classify(resource)
  if (registry._tag === "Registry") {
    return [resource.url.origin, Option.getOrElse(registry.repository, () => ""), registry.kind]
  }
  return Option.match(TokenEndpoint.parse(resource), {
    onNone: () => [resource.host, resource.bareHost ? "bare host" : registry.reason],
    onSome: ({ scopes, service, url: { origin, pathname } }) => [
      origin,
      "token endpoint",
      pathname,
      Option.getOrElse(service, () => ""),
      ...scopes
    ]
  })
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const chain = yield* RegistryChain
  const challenges = yield* Challenges
  const tokens = yield* Tokens

  const credentialFor = (
    host: string,
    repository: Option.Option<string>,
    config: Config,
    place: Decode.Place,
    which: "forHost" | "given" = "forHost"
  ) =>
    chain[which](host, {
      lookupChain: Option.fromNullable(config.lookup_chain),
      parseDockerConfig: config.parse_docker_config,
      place
    }).lookup({ host, repository })

  /** A registry as a whole: its credential as it is, without a request. */
  const forHost = (host: string, config: Config, place: Decode.Place) =>
    Effect.gen(function*() {
      const credential = yield* credentialFor(host, Option.none(), config, place)
      const authorization = yield* Effect.transposeMapOption(
        credential,
        (credential) => Authorization.forHost(asPassword(credential), host)
      )
      return Option.match(Option.flatten(authorization), {
        onNone: () =>
          Provider.Outcome.NoCredential({
            reason: "no credential for this registry",
            setup: setup(host, config),
            anonymous: Effect.succeed(GetCredentials.empty)
          }),
        onSome: (authorization) =>
          Provider.Outcome.Headers({
            response: GetCredentials.make(
              { Authorization: authorization },
              Option.flatMapNullable(credential, ({ expires }) => expires)
            )
          })
      })
    })

  /** The token of the registry's token service. */
  const byToken = (registry: RegistryUri.Registry, demand: Probe.Demand, question: Question) =>
    Effect.gen(function*() {
      const { foreign, scope } = demand
      const { challenge, config, credential } = question
      const token = yield* tokens.get({
        registryUrl: new URL("/", registry.url),
        challenge,
        foreign: Option.isSome(foreign),
        scopes: [...new Set([registry.scope, ...(scope === undefined ? [] : [scope])])],
        credential,
        method: config.token_exchange_method,
        trustedRealms: config.trusted_realms
      })
      return authorized(registry.kind, token)
    })

  /** User name and password, once the registry has taken them. */
  const byLogin = (
    { kind, registry: host, url }: RegistryUri.Registry,
    { foreign }: Probe.Demand,
    { config, credential: found }: Omit<Question, "challenge">
  ) =>
    Effect.gen(function*() {
      if (Option.isSome(foreign)) return yield* withoutHeader(host, Reasons.foreignLogin(foreign.value))
      if (Option.isNone(found)) return yield* withoutHeader(host, Reasons.noLogin(Provider.advice(setup(host, config))))
      const credential = found.value
      const authorization = yield* Authorization.forHost(credential, host)
      if (Option.isNone(authorization)) return yield* withoutHeader(host, Reasons.noPassword(host, credential.origin))
      yield* challenges.verify({ url, credential, authorization: authorization.value })
      const usableUntil = Option.fromNullable(credential.expires)
      return authorized(kind, { authorization: authorization.value, usableUntil })
    })

  /** What the registry wants for this credential, or for a stranger. */
  const answer = (registry: RegistryUri.Registry, credential: Found, config: Config) =>
    Effect.gen(function*() {
      const { kind, registry: host, repository, url } = registry
      const verdict = yield* challenges.get({ url, repository, hasCredentials: Option.isSome(credential) })
      if (verdict._tag === "Open") {
        const unused = Option.match(credential, {
          onNone: () => "",
          onSome: (credential) => `, and that of ${credential.origin} is not sent`
        })
        yield* decided(host, `the registry asks for no credential${unused}`)
        // An open registry, too, hides the manifests that its client does not accept.
        return GetCredentials.make(accept(kind))
      }
      if (verdict._tag === "Closed") {
        yield* withoutHeader(host, verdict.reason)
        return GetCredentials.make(accept(kind))
      }
      if (Option.isSome(verdict.foreign) && Option.isSome(credential)) {
        yield* Provenance.warn(Reasons.foreignUnused(host, verdict.foreign.value, credential.value.origin))
      }
      return yield* verdict.challenge.scheme === "bearer"
        ? byToken(registry, verdict, { challenge: verdict.challenge, config, credential })
        : byLogin(registry, verdict, { config, credential })
    })

  const forContent = (registry: RegistryUri.Registry, config: Config, place: Decode.Place) =>
    Effect.gen(function*() {
      const { registry: host, repository } = registry
      const credential = yield* credentialFor(host, repository, config, place)
      return Option.isSome(credential)
        ? yield* AmbientFallback.outcome(credential.value, {
          answer: (credential) => answer(registry, credential, config),
          given: credentialFor(host, repository, config, place, "given")
        })
        : Provider.Outcome.NoCredential({
          setup: setup(host, config),
          anonymous: answer(registry, credential, config)
        })
    })

  const tokenEndpoint = yield* OciTokens.make

  const forToken = (uri: TokenEndpoint.TokenUri, config: Config, place: Decode.Place) =>
    tokenEndpoint(uri, {
      method: config.token_exchange_method,
      trustedRealms: config.trusted_realms,
      credentialFor: (host, repository) => credentialFor(host, repository, config, place),
      givenFor: (host, repository) => credentialFor(host, repository, config, place, "given"),
      setup: (host) => setup(host, config)
    })

  return Provider.loaded({
    Config: configSchema(yield* Sources),
    elsewhere: LookupChain.plannedSources,
    unit,
    get: Effect.fn("Oci.get")(function*(resource, config, place) {
      if (resource.bareHost) return yield* forHost(resource.host, config, place)
      const registry = RegistryUri.classify(resource)
      if (registry._tag === "Registry") return yield* forContent(registry, config, place)
      const token = Option.flatten(
        yield* Effect.transposeMapOption(TokenEndpoint.parse(resource), (uri) => forToken(uri, config, place))
      )
      return Option.getOrElse(
        token,
        () => Provider.Outcome.NotMine({ reason: RegistryUri.ignoredReasons[registry.reason] })
      )
    })
  })
})
