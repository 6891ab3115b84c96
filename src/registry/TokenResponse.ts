/**
 * What a token service answers: a token and how long it may be used, or a refusal.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Url from "../domain/Url.ts"
import type * as Http from "../http/Http.ts"
import * as Retry from "../http/Retry.ts"
import { HostUnreachable, RateLimited } from "../http/TransportError.ts"
import * as Authorization from "./Authorization.ts"
import * as ErrorBody from "./ErrorBody.ts"
import { EndpointUnsupported, NoToken, type TokenError, TokenRefused, TokenUnsafe } from "./RegistryError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Token {
  readonly value: Redacted.Redacted
  readonly obtained: DateTime.Utc
  /** The server's word, in whole seconds: `usableUntil` is what callers are told. */
  readonly expires: DateTime.Utc
}

/**
 * What the response is about, for messages.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject {
  readonly registry: string
  /** Host and port of the token service. */
  readonly realm: string
  /** Where the credential came from; absent for an anonymous request. */
  readonly origin?: string
  /** How to renew it. */
  readonly renew?: string | undefined
  /** What the request carried: never shown, even when the server repeats it. */
  readonly secrets?: ReadonlyArray<Redacted.Redacted>
}

const shortest = 60
const longest = 24 * 60 * 60

/** Some servers send a number as text, or with a fraction. */
const secondsOf = (value: unknown): number => {
  const number = typeof value === "string" && /^ *[+-]?\d+(?:\.\d+)? *$/.test(value) ? Number(value) : value
  return typeof number === "number" && !Number.isNaN(number) ? Math.trunc(number) : shortest
}

/** Go's zero time stands for "not set". */
const instantOf = (value: unknown): Option.Option<number> =>
  typeof value === "string" &&
    /^(?!0001-)\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(value)
    ? Option.map(DateTime.make(value.toUpperCase()), (instant) => instant.epochMillis)
    : Option.none()

/**
 * The instant until which the server lets the token be used. The clocks of two machines differ, so `issued_at` can only
 * bring it nearer, and never nearer than the 60 s that every token has to last.
 *
 * @since 0.1.0
 * @category expiry
 */
export const expiry = (answer: {
  readonly sentAt: number
  readonly expiresIn: unknown
  readonly issuedAt: unknown
}): DateTime.Utc => {
  const lifetime = Math.min(Math.max(secondsOf(answer.expiresIn), shortest), longest) * 1000
  const issued = Option.filter(instantOf(answer.issuedAt), (instant) => instant < answer.sentAt)
  const end = Math.max(Option.getOrElse(issued, () => answer.sentAt) + lifetime, answer.sentAt + shortest * 1000)
  return DateTime.unsafeMake(Math.floor(end / 1000) * 1000)
}

/**
 * What has to be left of a token's life so that a download does not start with a dying one, in milliseconds: a tenth of
 * it, 30 s at most.
 *
 * @since 0.1.0
 * @category expiry
 */
export const leeway = (token: Pick<Token, "obtained" | "expires">): number =>
  Math.max(0, Math.min(30_000, (token.expires.epochMillis - token.obtained.epochMillis) / 10))

/**
 * @since 0.1.0
 * @category expiry
 */
export const usableUntil = (token: Pick<Token, "obtained" | "expires">): DateTime.Utc =>
  DateTime.unsafeMake(token.expires.epochMillis - leeway(token))

const field = Schema.optionalWith(Schema.String, { nullable: true })

const decodeBody = Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct({
  token: field,
  access_token: field,
  expires_in: Schema.optional(Schema.Unknown),
  issued_at: Schema.optional(Schema.Unknown)
})))

/** Nothing that the user has stored. */
const unsafeToken = "report it to the registry's operator"

const decodeToken = (subject: Subject, response: Http.Response): Effect.Effect<Token, TokenError> => {
  const { realm, registry } = subject
  const body = decodeBody(Redacted.value(response.body))
  if (Option.isNone(body)) return refused(subject, "ResponseInvalid", response.status, "no JSON with a token")
  const { access_token, expires_in, issued_at, token } = body.value
  const value = [access_token, token].find((text) => text !== undefined && text !== "")
  if (value === undefined) return Effect.fail(new NoToken({ registry, realm }))
  if (!Authorization.isSafe(value)) return Effect.fail(new TokenUnsafe({ registry, origin: realm, renew: unsafeToken }))
  return Effect.succeed({
    value: Redacted.make(value),
    obtained: DateTime.unsafeMake(response.sentAt),
    expires: expiry({ sentAt: response.sentAt, expiresIn: expires_in, issuedAt: issued_at })
  })
}

const refused = (
  { origin, realm, registry, renew }: Subject,
  reason: TokenRefused["reason"],
  status: number,
  detail: string
): Effect.Effect<never, TokenRefused> =>
  Effect.fail(
    new TokenRefused({ registry, realm, reason, status, detail, ...(origin === undefined ? {} : { origin, renew }) })
  )

/**
 * @since 0.1.0
 * @category decoding
 */
export const decode = (subject: Subject, response: Http.Response): Effect.Effect<Token, TokenError> => {
  const { realm, registry } = subject
  const { status } = response
  if (status >= 200 && status < 300) return decodeToken(subject, response)
  const detail = ErrorBody.describe(response.body, subject.secrets)
  const told = Retry.retryAfter(response.headers["retry-after"], response.sentAt)
  const retryAfter = Option.isSome(told) ? { retryAfterMillis: told.value } : {}
  if (status >= 300 && status < 400) {
    return refused(subject, "RedirectRefused", status, locationHost(response.headers["location"], realm))
  }
  if (status === 401) return refused(subject, "Unauthorized", status, detail)
  if (status === 403) return refused(subject, "Forbidden", status, detail)
  if (status === 404 || status === 405) return Effect.fail(new EndpointUnsupported({ registry, realm, status }))
  if (status === 429) return Effect.fail(new RateLimited({ host: realm, ...retryAfter }))
  if (status >= 500) {
    const words = detail === "" ? `${status}` : `${status}: ${detail}`
    return Effect.fail(new HostUnreachable({ host: realm, reason: "ServerError", detail: words, ...retryAfter }))
  }
  return refused(subject, "UnexpectedStatus", status, detail)
}

/** A location's path and query may hold a secret. */
const locationHost = (location: string | undefined, realm: string): string =>
  Option.match(location === undefined ? Option.none() : Url.parse(location, `https://${realm}`), {
    onNone: () => "no location",
    onSome: ({ host }) => host
  })
