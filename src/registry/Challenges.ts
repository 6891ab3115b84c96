/**
 * How a registry authenticates: its challenge, from `/v2/` or from the request itself.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as SingleFlight from "../cache/SingleFlight.ts"
import { Http, type Request, type Response } from "../http/Http.ts"
import * as Redirect from "../http/Redirect.ts"
import { HostUnreachable, type TransportError } from "../http/TransportError.ts"
import * as Challenge from "./Challenge.ts"
import * as KnownRegistries from "./KnownRegistries.ts"

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
 * @since 0.1.0
 * @category models
 */
export interface ChallengeResponse {
  /** `None`: no header is needed, or none would help. */
  readonly challenge: Option.Option<Challenge.Selected>
  /** Did another host than the registry make the demand? Then no credential may be used for it. */
  readonly foreign: boolean
  /** A scope that was demanded for this very URI; `/v2/` only names an example. */
  readonly scope?: string
}

/**
 * @since 0.1.0
 * @category context
 */
export class Challenges extends Context.Tag("CredentialHelper/Challenges")<Challenges, {
  readonly get: (request: ChallengeRequest) => Effect.Effect<ChallengeResponse, TransportError>
  /** Forgets the challenges of a registry, or all. */
  readonly invalidate: (registry?: string) => Effect.Effect<void>
}>() {}

const capacity = 1000
const challengeTtl = Duration.minutes(5)
const redirects = { limit: 5, statuses: [301, 302, 303, 307, 308] }

/** What came of one probe. A passing fault is not kept. */
interface Finding {
  readonly demand: Option.Option<ChallengeResponse>
  readonly status: number
}

const nothing: ChallengeResponse = { challenge: Option.none(), foreign: false }

const findingOf = (response: Response, from: URL, asked: URL): Finding => {
  const header = response.headers["www-authenticate"]
  const selected = response.status === 401 && header !== undefined
    ? Either.getRight(Challenge.select(Challenge.parse([header])))
    : Option.none()
  return {
    status: response.status,
    demand: Option.map(selected, (challenge) => ({
      challenge: Option.some(challenge),
      foreign: from.origin !== asked.origin,
      ...(challenge.scheme === "bearer" && challenge.scope !== undefined ? { scope: challenge.scope } : {})
    }))
  }
}

const withoutScope = ({ challenge, foreign }: ChallengeResponse): ChallengeResponse => ({ challenge, foreign })

const isPassing = (status: number): boolean => status === 408 || status >= 500

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { failureTtl }: SingleFlight.FailureOptions
): Effect.Effect<Challenges["Type"], never, Http | Scope.Scope> =>
  Effect.gen(function*() {
    const http = yield* Http
    const flights = yield* SingleFlight.make<Finding, TransportError>({
      capacity,
      timeToLive: ({ status }) => isPassing(status) ? failureTtl : challengeTtl,
      failureTtl
    })

    const ask = (method: Request["method"], asked: URL, sameOrigin: boolean): Effect.Effect<Finding, TransportError> =>
      Effect.map(
        Redirect.follow(http, { method, url: asked, repeatable: true }, { ...redirects, sameOrigin }),
        ({ response, url }) => findingOf(response, url, asked)
      )

    const ping = (uri: URL) => {
      const api = Option.flatMapNullable(KnownRegistries.find(uri.host), ({ api }) => api)
      const url = new URL("/v2/", Option.match(api, { onNone: () => uri.origin, onSome: (host) => `https://${host}` }))
      return flights.get(`${uri.host} ${uri.origin}`, `GET ${url.host}${url.pathname}`, ask("GET", url, false))
    }

    const probe = ({ repository, url }: ChallengeRequest) => {
      const key = `${url.host} ${url.origin} ${Option.getOrElse(repository, () => url.pathname)}`
      return flights.get(key, `HEAD ${url.host}${url.pathname}`, ask("HEAD", url, true))
    }

    return Challenges.of({
      get: Effect.fn("Challenges.get")(function*(request: ChallengeRequest) {
        const { hasCredentials, url } = request
        const base = yield* ping(url)
        if (Option.isSome(base.demand)) return withoutScope(base.demand.value)
        if (base.status === 200 && !hasCredentials) return nothing
        const own = yield* probe(request)
        if (Option.isSome(own.demand)) return own.demand.value
        if (hasCredentials && isPassing(own.status)) {
          return yield* new HostUnreachable({ host: url.host, reason: "ServerError", detail: `${own.status}` })
        }
        yield* Effect.logDebug(`${url.host} sends no challenge that is supported`)
        return nothing
      }),
      invalidate: (registry) => flights.invalidate((key) => registry === undefined || key.startsWith(`${registry} `))
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
