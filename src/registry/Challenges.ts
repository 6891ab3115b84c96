/**
 * How a registry authenticates: its challenge, from `/v2/` or from the request itself, and whether it takes a login.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SingleFlight from "../cache/SingleFlight.ts"
import type { Credential } from "../domain/Credential.ts"
import { Http, type Request } from "../http/Http.ts"
import * as Redirect from "../http/Redirect.ts"
import type { TransportError } from "../http/TransportError.ts"
import * as Authorization from "./Authorization.ts"
import * as CacheKey from "./CacheKey.ts"
import * as ErrorBody from "./ErrorBody.ts"
import * as KnownRegistries from "./KnownRegistries.ts"
import * as Probe from "./Probe.ts"
import { type NotARegistry, TokenRefused } from "./RegistryError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ChallengeRequest {
  /** What the caller is about to fetch; the registry is its origin. */
  readonly url: URL
  /** All of a repository has one challenge: its manifests and blobs are guarded alike. */
  readonly repository: Option.Option<string>
  /** An open registry is probed once more if there is a credential. */
  readonly hasCredentials: boolean
}

/**
 * @since 0.2.0
 * @category models
 */
export interface LoginRequest {
  readonly url: URL
  readonly credential: Credential
  /** The value of the header that is to be handed out. */
  readonly authorization: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category context
 */
export class Challenges extends Context.Tag("CredentialHelper/Challenges")<Challenges, {
  readonly get: (request: ChallengeRequest) => Effect.Effect<Probe.Verdict, NotARegistry | TransportError>
  /**
   * Fails if the registry refuses the header with 401. Any other response, or none, decides nothing: 403 is what some
   * registries answer to an account of one repository.
   */
  readonly verify: (request: LoginRequest) => Effect.Effect<void, TokenRefused>
  /** Forgets what a registry said, or all. */
  readonly invalidate: (registry?: string) => Effect.Effect<void>
}>() {}

const capacity = 1000
const challengeTtl = Duration.minutes(5)
const redirects = { limit: 5, statuses: [301, 302, 303, 307, 308] }

/** The challenge is there: a registry that hangs now must not cost the answer. */
const verifyTimeout = Duration.seconds(3)

/** What the registry said to a login. */
interface Reply {
  readonly status: number
  readonly detail: string
}

const isRefusal = ({ status }: Reply): boolean => status === 401

/** Where the API of a registry is. */
const baseOf = ({ host, origin }: URL): URL => {
  const api = Option.flatMapNullable(KnownRegistries.find(host), ({ api }) => api)
  return new URL("/v2/", Option.match(api, { onNone: () => origin, onSome: (host) => `https://${host}` }))
}

const withoutScope = ({ challenge, foreign }: Probe.Demand): Probe.Demand =>
  Probe.Verdict.Demand({ challenge, foreign })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { failureTtl }: SingleFlight.FailureOptions
): Effect.Effect<Challenges["Type"], never, Http | Scope.Scope> =>
  Effect.gen(function*() {
    const http = yield* Http
    const findings = yield* SingleFlight.make<Probe.Finding, TransportError>({
      capacity,
      timeToLive: (finding) => Probe.isPassing(finding) ? failureTtl : challengeTtl,
      failureTtl
    })
    const replies = yield* SingleFlight.make<Reply, TransportError>({
      capacity,
      timeToLive: (reply) => isRefusal(reply) || reply.status >= 500 ? failureTtl : challengeTtl,
      failureTtl
    })

    const ask = (method: Request["method"], asked: URL, sameOrigin: boolean) =>
      Effect.map(
        Redirect.follow(http, { method, url: asked, repeatable: true }, { ...redirects, sameOrigin }),
        ({ response, url }) => Probe.findingOf(response, url)
      )

    const ping = (uri: URL, base: URL) =>
      findings.get(`${uri.host} ${uri.origin}`, `GET ${base.host}${base.pathname}`, ask("GET", base, false))

    const probe = ({ repository, url }: ChallengeRequest) => {
      const key = `${url.host} ${url.origin} ${Option.getOrElse(repository, () => url.pathname)}`
      return findings.get(key, `HEAD ${url.host}${url.pathname}`, ask("HEAD", url, true))
    }

    const login = ({ authorization, credential, url }: LoginRequest) => {
      const base = baseOf(url)
      const request: Request = { method: "GET", url: base, authorization, repeatable: true }
      return replies.get(
        CacheKey.make(url.host, [url.origin, authorization]),
        `GET ${base.host}${base.pathname} with the credential`,
        Effect.map(Redirect.follow(http, request, { ...redirects, sameOrigin: true }), ({ response }): Reply => ({
          status: response.status,
          detail: response.status === 401 ? ErrorBody.describe(response.body, Authorization.secretsOf(credential)) : ""
        }))
      )
    }

    return Challenges.of({
      get: Effect.fn("Challenges.get")(function*(request: ChallengeRequest) {
        const { hasCredentials, url } = request
        const asked = baseOf(url)
        const base = yield* ping(url, asked)
        const demand = Probe.demandOf(base, asked)
        if (Option.isSome(demand)) return withoutScope(demand.value)
        if (Probe.isOpen(base) && !hasCredentials) return Probe.Verdict.Open()
        const own = yield* probe(request)
        const ownDemand = Probe.demandOf(own, url)
        return Option.isSome(ownDemand) ? ownDemand.value : yield* Probe.conclude(url, base, own)
      }),
      verify: Effect.fn("Challenges.verify")(function*(request: LoginRequest) {
        const reply = yield* login(request).pipe(
          Effect.timeoutOption(verifyTimeout),
          Effect.catchAll(() => Effect.succeedNone)
        )
        if (Option.isNone(reply) || !isRefusal(reply.value)) return
        const { credential: { origin, renew }, url: { host } } = request
        return yield* new TokenRefused({
          registry: host,
          realm: host,
          reason: "Unauthorized",
          ...reply.value,
          origin,
          renew
        })
      }),
      invalidate: (registry) =>
        Effect.zipRight(findings.invalidate(CacheKey.isOf(registry)), replies.invalidate(CacheKey.isOf(registry)))
    })
  })

/**
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (options: SingleFlight.FailureOptions): Layer.Layer<Challenges, never, Http> =>
  Layer.scoped(Challenges, make(options))

/**
 * Failures are not cached.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Challenges, never, Http> = layerWith({ failureTtl: Duration.zero })
