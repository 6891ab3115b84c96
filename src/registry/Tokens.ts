/**
 * Tokens that are shared: one exchange for all lookups that need the same token, which is handed out while enough of its
 * lifetime is left.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Refresh } from "../cache/Freshness.ts"
import * as SingleFlight from "../cache/SingleFlight.ts"
import type { Credential } from "../domain/Credential.ts"
import { Http } from "../http/Http.ts"
import * as CacheKey from "./CacheKey.ts"
import type { RealmNotTrusted, TokenError } from "./RegistryError.ts"
import * as TokenExchange from "./TokenExchange.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Tokens extends Context.Tag("CredentialHelper/Tokens")<Tokens, {
  readonly get: (
    request: TokenExchange.Request
  ) => Effect.Effect<TokenExchange.Answer, RealmNotTrusted | TokenError>
  /** Drops the tokens of a registry, or all. */
  readonly invalidate: (registry?: string) => Effect.Effect<void>
}>() {}

const capacity = 1000

const secretsOf = ({ identityToken, userPassword }: Credential): ReadonlyArray<string | Redacted.Redacted> =>
  [identityToken, userPassword?.basic].map((secret) => secret ?? "")

/** All that an exchange depends on. The secrets count by their hash alone. */
const keyOf = (
  { challenge, credential, foreign, method, registryUrl, scopes, trustedRealms }: TokenExchange.Request
): string => {
  const parts = [
    registryUrl.origin,
    challenge.realm,
    challenge.service ?? "",
    scopes.join(" "),
    `${foreign}`,
    method,
    trustedRealms.join(" "),
    ...Option.match(credential, { onNone: () => [], onSome: secretsOf })
  ]
  return CacheKey.make(registryUrl.host, parts)
}

interface CachedToken {
  readonly answer: TokenExchange.Answer
  readonly timeToLive: Duration.Duration
  /** Milliseconds since the epoch. */
  readonly staleFrom: number
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { failureTtl }: SingleFlight.FailureOptions
): Effect.Effect<Tokens["Type"], never, Http | Scope.Scope> =>
  Effect.gen(function*() {
    const http = yield* Http
    const flights = yield* SingleFlight.make<CachedToken, RealmNotTrusted | TokenError>({
      capacity,
      timeToLive: ({ timeToLive }) => timeToLive,
      failureTtl
    })

    const exchange = (request: TokenExchange.Request) =>
      Effect.zipWith(TokenExchange.exchange(http, request), Clock.currentTimeMillis, (answer, now): CachedToken => {
        const end = Option.match(answer.usableUntil, { onNone: () => now, onSome: (_) => _.epochMillis })
        const left = Math.max(0, end - now)
        return { answer, timeToLive: Duration.millis(left), staleFrom: now + left * 0.75 }
      })

    return Tokens.of({
      get: Effect.fn("Tokens.get")(function*(request: TokenExchange.Request) {
        const ready = yield* TokenExchange.registryToken(request)
        if (Option.isSome(ready)) return ready.value
        const subject = `token of ${request.registryUrl.host}`
        const key = keyOf(request)
        const now = yield* Clock.currentTimeMillis
        const { answer } = (yield* Refresh)
          ? yield* flights.refresh(key, subject, exchange(request), ({ staleFrom }) => now >= staleFrom)
          : yield* flights.get(key, subject, exchange(request))
        return answer
      }),
      invalidate: (registry) => flights.invalidate(CacheKey.isOf(registry))
    })
  })

/**
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (options: SingleFlight.FailureOptions): Layer.Layer<Tokens, never, Http> =>
  Layer.scoped(Tokens, make(options))

/**
 * Failures are not cached.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Tokens, never, Http> = layerWith({ failureTtl: Duration.zero })
