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
import { Challenges } from "../registry/Challenges.ts"
import * as RegistryUri from "../registry/RegistryUri.ts"
import type * as TokenExchange from "../registry/TokenExchange.ts"
import { Tokens } from "../registry/Tokens.ts"
import * as LookupChain from "../source/LookupChain.ts"
import { RegistryChain } from "../source/RegistryChain.ts"
import type { SourceKind } from "../source/SourceKind.ts"
import { Sources } from "../source/Sources.ts"
import * as Provider from "./Provider.ts"

/** `urls[].config` of the helper `oci`. */
const configSchema = (kinds: ReadonlyArray<SourceKind>) =>
  Schema.Struct({
    parse_docker_config: Schema.optionalWith(Schema.Boolean, { default: () => true }),
    token_exchange_method: Schema.optionalWith(Schema.Literal("auto", "oauth2", "basic"), { default: () => "auto" }),
    lookup_chain: Schema.optional(LookupChain.schema(kinds, ...LookupChain.registryBindings)),
    trusted_realms: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), { default: () => [] })
  })

type Config = ReturnType<typeof configSchema>["Type"]

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

const accept = (kind: RegistryUri.Registry["kind"]) => kind === "manifest" ? { Accept: manifestTypes } : {}

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

/** Answers of one repository and kind are alike; a bare host has one answer, and any other URI none. */
const unit = (resource: Resource): Provider.Unit => {
  const registry = RegistryUri.classify(resource)
  return registry._tag === "Ignored"
    ? [resource.host, resource.bareHost ? "bare host" : registry.reason]
    : [resource.url.origin, Option.getOrElse(registry.repository, () => ""), registry.kind]
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const chain = yield* RegistryChain
  const challenges = yield* Challenges
  const tokens = yield* Tokens

  const credentialFor = (host: string, repository: Option.Option<string>, config: Config, place: Decode.Place) =>
    chain.forHost(host, {
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

  /** What the registry wants for this credential, or for a stranger. */
  const answer = (registry: RegistryUri.Registry, credential: Option.Option<Credential>, config: Config) =>
    Effect.gen(function*() {
      const { kind, registry: host, repository, url } = registry
      const { challenge, foreign, scope } = yield* challenges.get({
        url,
        repository,
        hasCredentials: Option.isSome(credential)
      })
      if (Option.isNone(challenge)) {
        yield* decided(host, "the registry asks for no credential")
        // An open registry, too, hides the manifests that its client does not accept.
        return GetCredentials.make(accept(kind))
      }
      if (challenge.value.scheme === "bearer") {
        const token = yield* tokens.get({
          registryUrl: new URL("/", url),
          challenge: challenge.value,
          foreign,
          scopes: [...new Set([registry.scope, ...(scope === undefined ? [] : [scope])])],
          credential,
          method: config.token_exchange_method,
          trustedRealms: config.trusted_realms
        })
        return authorized(kind, token)
      }
      const usable = foreign ? Option.none() : credential
      const authorization = yield* Effect.transposeMapOption(usable, (_) => Authorization.forHost(_, host))
      if (Option.isSome(authorization) && Option.isSome(authorization.value)) {
        const usableUntil = Option.flatMapNullable(usable, ({ expires }) => expires)
        return authorized(kind, { authorization: authorization.value.value, usableUntil })
      }
      yield* decided(host, "the registry asks for user and password, and there is none")
      return GetCredentials.empty
    })

  const forContent = (registry: RegistryUri.Registry, config: Config, place: Decode.Place) =>
    Effect.gen(function*() {
      const credential = yield* credentialFor(registry.registry, registry.repository, config, place)
      const response = answer(registry, credential, config)
      return Option.isSome(credential)
        ? Provider.Outcome.Headers({ response: yield* response })
        : Provider.Outcome.NoCredential({
          reason: "no credential",
          setup: setup(registry.registry, config),
          anonymous: response
        })
    })

  return Provider.loaded({
    Config: configSchema(yield* Sources),
    elsewhere: LookupChain.plannedSources,
    unit,
    get: Effect.fn("Oci.get")(function*(resource, config, place) {
      if (resource.bareHost) return yield* forHost(resource.host, config, place)
      const registry = RegistryUri.classify(resource)
      return registry._tag === "Ignored"
        ? Provider.Outcome.NotMine({ reason: RegistryUri.ignoredReasons[registry.reason] })
        : yield* forContent(registry, config, place)
    })
  })
})
