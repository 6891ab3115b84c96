/**
 * Small requests to registries and token services: bounded in time and size, never following a redirect, retried only
 * where that is safe (registry-auth C.4).
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Provenance from "../domain/Provenance.ts"
import * as Deadline from "../platform/Deadline.ts"
import * as HttpFailure from "./HttpFailure.ts"
import { HostUnreachable, RateLimited } from "./TransportError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly method: "GET" | "HEAD" | "POST"
  readonly url: URL
  /** The value of `Authorization`. */
  readonly authorization?: Redacted.Redacted
  readonly accept?: string
  /** A form, sent as `application/x-www-form-urlencoded`. */
  readonly form?: ReadonlyArray<readonly [string, string | Redacted.Redacted]>
  /** May the request be sent again after the server answered it with an error? A password POST may not. */
  readonly repeatable: boolean
}

/**
 * Whatever the server answered: no status is a failure here, except 429 that lasts too long.
 *
 * @since 0.1.0
 * @category models
 */
export interface Response {
  readonly status: number
  /** Lower-case names; several lines of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Redacted.Redacted
  /** The local time, in milliseconds since the epoch, at which the request was sent. */
  readonly sentAt: number
}

/**
 * @since 0.1.0
 * @category context
 */
export class Http extends Context.Tag("CredentialHelper/Http")<Http, {
  readonly request: (request: Request) => Effect.Effect<Response, HostUnreachable | RateLimited>
}>() {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly timeout: Duration.DurationInput
  /** How often a request is sent again. */
  readonly retries: number
}

/** 128 KiB: no token comes near it. */
const bodyLimit = 128 * 1024

/** Nobody waits longer than this for a second attempt, however much time there is. */
const longestPause = 10_000

const retryable = (status: number): boolean => status === 408 || status === 429 || status >= 500

const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3). A date in the past says nothing.
 *
 * @since 0.1.0
 * @category decoding
 */
export const retryAfter = (value: string | undefined, now: number): Option.Option<number> => {
  const text = value?.trim() ?? ""
  if (/^\d+$/.test(text)) return Option.some(Math.min(Number(text), 1e9) * 1000)
  const date = httpDate.test(text) ? Date.parse(text) : NaN
  return Number.isFinite(date) && date > now ? Option.some(date - now) : Option.none()
}

const build = ({ accept, authorization, form, method, url }: Request): HttpClientRequest.HttpClientRequest => {
  const headers: Record<string, string> = { "user-agent": "effect-credential-helper" }
  if (accept !== undefined) headers["accept"] = accept
  if (authorization !== undefined) headers["authorization"] = Redacted.value(authorization)
  // As text: from a URL the client takes the query apart, and writes it in another way than the server did.
  const request = HttpClientRequest.make(method)(url.href, { headers })
  return form === undefined ? request : HttpClientRequest.bodyUrlParams(
    request,
    UrlParams.fromInput(
      form.map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value] as const)
    )
  )
}

/** The length is what HTTP holds the server to, unless the client has unpacked the body. */
const isSmall = ({ headers }: HttpClientResponse.HttpClientResponse): boolean =>
  headers["content-encoding"] === undefined && /^\d+$/.test(headers["content-length"] ?? "") &&
  Number(headers["content-length"]) <= bodyLimit

/** Read to its end even when it is empty: an unread response keeps its connection. A stream costs more than the request. */
const bodyOf = <E>(
  response: HttpClientResponse.HttpClientResponse,
  failed: (error: HttpClientError.HttpClientError) => Effect.Effect<never, E>,
  tooLarge: () => E
): Effect.Effect<string, E> => {
  if (isSmall(response)) {
    return Effect.catchAll(response.text, (error) => error.reason === "EmptyBody" ? Effect.succeed("") : failed(error))
  }
  return response.stream.pipe(
    Stream.catchAll((error) => error.reason === "EmptyBody" ? Stream.empty : Stream.fromEffect(failed(error))),
    Stream.runFoldEffect(Buffer.alloc(0), (body, chunk) =>
      body.length + chunk.length > bodyLimit
        ? Effect.fail(tooLarge())
        : Effect.succeed(Buffer.concat([body, chunk]))),
    Effect.map((body) => body.toString("utf8"))
  )
}

/** An attempt that did not end in a response. */
interface Failed extends HttpFailure.Failure {
  readonly _tag: "Failed"
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Http["Type"], never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (given) => {
    // Trace headers would tell a foreign host about our internals, and the client's spans hold URLs with their queries.
    const client = given.pipe(HttpClient.withTracerPropagation(false), HttpClient.withTracerDisabledWhen(() => true))

    const attempt = (request: Request): Effect.Effect<Response, Failed> => {
      const host = request.url.host
      const failed = (error: HttpClientError.HttpClientError) =>
        Effect.fail<Failed>({ _tag: "Failed", ...HttpFailure.make(host, error) })
      const lasting = (reason: HostUnreachable["reason"], detail: string): Failed => ({
        _tag: "Failed",
        error: new HostUnreachable({ host, reason, detail }),
        passing: false
      })
      return Effect.gen(function*() {
        const sentAt = yield* Clock.currentTimeMillis
        const response = yield* Effect.catchAll(client.execute(build(request)), failed)
        const body = yield* bodyOf(response, failed, () => lasting("BodyTooLarge", `more than ${bodyLimit / 1024} KiB`))
        return {
          status: response.status,
          headers: response.headers,
          body: Redacted.make(body),
          sentAt
        }
      }).pipe(
        Effect.timeoutFail({
          duration: options.timeout,
          onTimeout: () => lasting("Timeout", Duration.format(options.timeout))
        }),
        Effect.tapBoth({
          onSuccess: ({ status }) => record(request, `${status}`),
          onFailure: ({ error }) =>
            record(request, error.detail === "" ? error.reason : `${error.reason}: ${error.detail}`)
        })
      )
    }

    /** Sends it again after a pause, when there is an attempt and time left; `otherwise` is the end of it. */
    const again = (
      request: Request,
      count: number,
      told: Option.Option<number>,
      otherwise: Effect.Effect<Response, HostUnreachable | RateLimited>
    ): Effect.Effect<Response, HostUnreachable | RateLimited> =>
      Effect.gen(function*() {
        // 250 ms × 2ⁿ ± 25 %, unless the server said how long.
        const jitter = yield* Random.nextRange(0.75, 1.25)
        const pause = Option.getOrElse(told, () => 250 * 2 ** count * jitter)
        if (count >= options.retries || pause >= Math.min(yield* Deadline.left, longestPause)) return yield* otherwise
        yield* Effect.sleep(pause)
        return yield* attempts(request, count + 1)
      })

    const attempts = (request: Request, count: number): Effect.Effect<Response, HostUnreachable | RateLimited> =>
      Effect.matchEffect(attempt(request), {
        onFailure: ({ error, passing }) => {
          // No response has come, or it may be asked for once more.
          const safe = passing && (error.reason === "Connect" || request.repeatable)
          return safe ? again(request, count, Option.none(), Effect.fail(error)) : Effect.fail(error)
        },
        onSuccess: (response) =>
          Effect.gen(function*() {
            if (!retryable(response.status)) return response
            const told = retryAfter(response.headers["retry-after"], yield* Clock.currentTimeMillis)
            const limited = new RateLimited({
              host: request.url.host,
              ...(Option.isSome(told) ? { retryAfterMillis: told.value } : {})
            })
            const end = response.status === 429 ? Effect.fail(limited) : Effect.succeed(response)
            return yield* request.repeatable ? again(request, count, told, end) : end
          })
      })

    return Http.of({
      request: (request) =>
        attempts(request, 0).pipe(
          Effect.withSpan("Http.request", { attributes: { method: request.method, host: request.url.host } })
        )
    })
  })

const record = (request: Request, outcome: string) =>
  Provenance.step({
    kind: "request",
    subject: `${request.method} ${request.url.host}${request.url.pathname}`,
    outcome
  })

/**
 * 5 s a request, two retries.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Options = { timeout: "5 seconds", retries: 2 }

/**
 * With the defaults.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Http, never, HttpClient.HttpClient> = Layer.effect(Http, make(defaults))
