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
import { RateLimited, RegistryUnreachable } from "../domain/RegistryError.ts"
import * as Deadline from "./Deadline.ts"

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
  readonly request: (request: Request) => Effect.Effect<Response, RegistryUnreachable | RateLimited>
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

/** 128 KiB: oras' limit for a token answer; no token comes near it. */
const bodyLimit = 128 * 1024

const retryable = (status: number): boolean => status === 408 || status === 429 || status >= 500

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3). A date in the past says nothing.
 *
 * @since 0.1.0
 * @category decoding
 */
export const retryAfter = (value: string | undefined, now: number): Option.Option<number> => {
  const text = value?.trim() ?? ""
  if (/^\d{1,9}$/.test(text)) return Option.some(Number(text) * 1000)
  const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) ? Date.parse(text) : NaN
  return Number.isFinite(date) && date > now ? Option.some(date - now) : Option.none()
}

const build = ({ accept, authorization, form, method, url }: Request): HttpClientRequest.HttpClientRequest => {
  const headers: Record<string, string> = { "user-agent": "effect-credential-helper" }
  if (accept !== undefined) headers["accept"] = accept
  if (authorization !== undefined) headers["authorization"] = Redacted.value(authorization)
  const request = HttpClientRequest.make(method)(url, { headers })
  return form === undefined ? request : HttpClientRequest.bodyUrlParams(
    request,
    UrlParams.fromInput(
      form.map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value] as const)
    )
  )
}

const causeOf = (error: HttpClientError.HttpClientError): string => {
  const seen: Array<string> = []
  let cause: unknown = "cause" in error ? error.cause : undefined
  while (cause instanceof Error) {
    if ("code" in cause && typeof cause.code === "string") seen.push(cause.code)
    cause = cause.cause
  }
  return seen.at(-1) ?? (error._tag === "RequestError" ? error.reason : "no details")
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Http["Type"], never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    // Trace headers would tell a foreign host about our internals.
    const client = (yield* HttpClient.HttpClient).pipe(HttpClient.withTracerPropagation(false))

    const readBody = (response: HttpClientResponse.HttpClientResponse, host: string) =>
      response.stream.pipe(
        Stream.runFoldEffect(Buffer.alloc(0), (body, chunk) =>
          body.length + chunk.length > bodyLimit
            ? new RegistryUnreachable({ host, reason: "BodyTooLarge", detail: `more than ${bodyLimit} bytes` })
            : Effect.succeed(Buffer.concat([body, chunk]))),
        Effect.catchTag("ResponseError", (error) =>
          // A response without a body has none to read.
          error.reason === "EmptyBody"
            ? Effect.succeed(Buffer.alloc(0))
            : new RegistryUnreachable({ host, reason: "Aborted", detail: causeOf(error) }))
      )

    const attempt = (request: Request) => {
      const host = request.url.host
      return Effect.gen(function*() {
        const sentAt = yield* Clock.currentTimeMillis
        const response = yield* Effect.mapError(
          client.execute(build(request)),
          (error) => new RegistryUnreachable({ host, reason: "Connect", detail: causeOf(error) })
        )
        const body = request.method === "HEAD" ? Buffer.alloc(0) : yield* readBody(response, host)
        return {
          status: response.status,
          headers: response.headers,
          body: Redacted.make(body.toString("utf8")),
          sentAt
        }
      }).pipe(
        Effect.timeoutFail({
          duration: options.timeout,
          onTimeout: () =>
            new RegistryUnreachable({ host, reason: "Timeout", detail: Duration.format(options.timeout) })
        }),
        Effect.tapBoth({
          onSuccess: (response) => record(request, `${response.status}`),
          onFailure: (error) => record(request, error.detail === "" ? error.reason : `${error.reason}: ${error.detail}`)
        })
      )
    }

    /** 250 ms × 2ⁿ ± 25 %, unless the server said how long. */
    const pause = (count: number, told: Option.Option<number>) =>
      Effect.map(Random.nextRange(0.75, 1.25), (jitter) => Option.getOrElse(told, () => 250 * 2 ** count * jitter))

    const attempts = (
      request: Request,
      count: number
    ): Effect.Effect<Response, RegistryUnreachable | RateLimited> =>
      Effect.gen(function*() {
        const result = yield* Effect.either(attempt(request))
        const left = yield* Deadline.left
        if (result._tag === "Left") {
          const { reason } = result.left
          const again = count < options.retries &&
            (reason === "Connect" || (reason === "Aborted" && request.repeatable))
          const wait = yield* pause(count, Option.none())
          if (!again || wait >= left) return yield* result.left
          return yield* Effect.zipRight(Effect.sleep(wait), attempts(request, count + 1))
        }
        const response = result.right
        if (!retryable(response.status)) return response
        const told = retryAfter(response.headers["retry-after"], yield* Clock.currentTimeMillis)
        const wait = yield* pause(count, told)
        if (count < options.retries && request.repeatable && wait < left) {
          return yield* Effect.zipRight(Effect.sleep(wait), attempts(request, count + 1))
        }
        if (response.status !== 429) return response
        return yield* new RateLimited({
          host: request.url.host,
          ...(Option.isSome(told) ? { retryAfterMillis: told.value } : {})
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
 * @category layers
 */
export const layer: Layer.Layer<Http, never, HttpClient.HttpClient> = Layer.effect(
  Http,
  make({ timeout: "5 seconds", retries: 2 })
)
