/**
 * The token endpoint of a registry, for clients that exchange their credential themselves, such as rules_oci: the
 * registry's user name and password, once its token service has taken them.
 *
 * @since 0.2.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Credential } from "../domain/Credential.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import * as Address from "../http/Address.ts"
import * as Authorization from "../registry/Authorization.ts"
import type * as Challenge from "../registry/Challenge.ts"
import { Challenges } from "../registry/Challenges.ts"
import * as Reasons from "../registry/Reasons.ts"
import { RealmNotTrusted } from "../registry/RegistryError.ts"
import * as TokenEndpoint from "../registry/TokenEndpoint.ts"
import * as TokenPlan from "../registry/TokenPlan.ts"
import { Tokens } from "../registry/Tokens.ts"
import * as AmbientFallback from "./AmbientFallback.ts"
import * as Provider from "./Provider.ts"
import type { ProviderError } from "./ProviderError.ts"

/**
 * What an entry says about it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Settings {
  readonly method: TokenPlan.Method
  readonly trustedRealms: ReadonlyArray<string>
  readonly credentialFor: (
    host: string,
    repository: Option.Option<string>
  ) => Effect.Effect<Option.Option<Credential>, ProviderError>
  /** The same without those that were not given for the host. */
  readonly givenFor: Settings["credentialFor"]
  readonly setup: (host: string) => ReadonlyArray<Provider.SetupHint>
}

interface Endpoint {
  readonly registryUrl: URL
  readonly challenge: Challenge.Bearer
  readonly credential: Credential
}

/** The registry at that host. Over http it is asked on this machine alone. */
const registryUrlOf = (host: string, { url }: TokenEndpoint.TokenUri): URL => {
  const registry = new URL(`https://${host}/`)
  return url.protocol === "http:" && Address.isLoopback(registry.hostname) ? new URL(`http://${host}/`) : registry
}

/** What can be sent as `Basic`: an identity token cannot, unless the settings say so. */
const loginOf = (credential: Credential, method: TokenPlan.Method) =>
  Arr.findFirst(
    TokenPlan.make(method, Option.some(credential)),
    ({ grant }) => grant._tag === "Basic" ? Option.some(grant.userPassword) : Option.none()
  )

const noCredential = (host: string, settings: Settings) =>
  Provider.Outcome.NoCredential({
    reason: `no credential for ${host}, so that its token is requested anonymously`,
    setup: settings.setup(host),
    anonymous: Effect.succeed(GetCredentials.empty)
  })

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const challenges = yield* Challenges
  const tokens = yield* Tokens

  /** The bearer challenge of the registry, if it names this URI. */
  const challengeOf = (uri: TokenEndpoint.TokenUri, registryUrl: URL) =>
    challenges.get({ url: new URL("/v2/", registryUrl), repository: Option.none(), hasCredentials: false }).pipe(
      Effect.catchTag("NotARegistry", () => Effect.succeed({ _tag: "Open" } as const)),
      Effect.map((verdict) =>
        verdict._tag === "Demand" && Option.isNone(verdict.foreign) && verdict.challenge.scheme === "bearer" &&
          TokenEndpoint.isNamedBy(verdict.challenge, uri)
          ? Option.some(verdict.challenge)
          : Option.none()
      )
    )

  const endpointOf = (uri: TokenEndpoint.TokenUri, host: string, credential: Credential) =>
    Effect.gen(function*() {
      const registryUrl = registryUrlOf(host, uri)
      const asked = challengeOf(uri, registryUrl)
      const isNamedByUri = host !== uri.url.host && Option.isNone(TokenEndpoint.knownRegistry(uri))
      // The faults of a host that only the URI names are not ours.
      const challenge = yield* isNamedByUri ? Effect.orElseSucceed(asked, Option.none) : asked
      return Option.map(challenge, (challenge): Endpoint => ({ challenge, credential, registryUrl }))
    })

  /** The service says whether it takes the login, by giving a token; what that opens is the registry's business. */
  const verify = (uri: TokenEndpoint.TokenUri, endpoint: Endpoint, credential: Credential, settings: Settings) =>
    tokens.get({
      registryUrl: endpoint.registryUrl,
      challenge: endpoint.challenge,
      foreign: false,
      scopes: uri.scopes,
      credential: Option.some(credential),
      method: credential.identityToken === undefined && settings.method !== "oauth2" ? settings.method : "basic",
      trustedRealms: settings.trustedRealms
    }).pipe(
      Effect.asVoid,
      Effect.catchTag("ScopeInsufficient", () => Effect.void),
      Effect.catchTag("RealmNotTrusted", (error) => new RealmNotTrusted({ ...error, entry: uri.url.host }))
    )

  const answer = (uri: TokenEndpoint.TokenUri, endpoint: Endpoint, settings: Settings) =>
    Effect.gen(function*() {
      const { credential: found, registryUrl: { host } } = endpoint
      const response = (credential: Credential) =>
        Effect.gen(function*() {
          const login = loginOf(credential, settings.method)
          if (Option.isNone(login)) {
            const reason = Reasons.noPassword(host, credential.origin)
            return yield* Effect.as(Provenance.step(Provenance.Step.NoHeader({ host, reason })), GetCredentials.empty)
          }
          // What is verified is what is sent: a registry token is for the registry itself.
          const { registryToken: _, ...sent } = credential
          yield* verify(uri, endpoint, sent, settings)
          const authorization = yield* Authorization.basic(login.value)
          return GetCredentials.make({ Authorization: authorization }, Option.fromNullable(credential.expires))
        })
      return yield* AmbientFallback.outcome(found, {
        answer: Option.match({ onNone: () => Effect.succeed(GetCredentials.empty), onSome: response }),
        given: settings.givenFor(host, uri.repository),
        needsHeader: false
      })
    })

  /**
   * The answer for a URI that is the token endpoint of a registry, as the registry's challenge says; `None` if it is not. No
   * registry is asked if there is nothing to send.
   */
  return (uri: TokenEndpoint.TokenUri, settings: Settings) =>
    Effect.gen(function*() {
      const hosts = TokenEndpoint.candidates(uri)
      const found = yield* Effect.forEach(hosts, (host) =>
        Effect.map(
          settings.credentialFor(host, uri.repository),
          Option.map((credential) => ({ credential, host }))
        ))
      for (const { credential, host } of Arr.getSomes(found)) {
        const endpoint = yield* endpointOf(uri, host, credential)
        if (Option.isSome(endpoint)) return Option.some(yield* answer(uri, endpoint.value, settings))
      }
      return Arr.getSomes(found).length > 0
        ? Option.none()
        : Option.some(noCredential(hosts[0] ?? uri.url.host, settings))
    })
})
