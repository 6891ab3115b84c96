/**
 * Small HTTP requests, bounded in time and size. Redirects are not followed, and requests are only sent again if that is
 * safe.
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
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Provenance from "../domain/Provenance.ts"
import * as Failure from "./Failure.ts"
import * as Retry from "./Retry.ts"
import { HostUnreachable, RateLimited, type TransportError } from "./TransportError.ts"

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
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: ReadonlyArray<readonly [string, string | Redacted.Redacted]>
  /** Whether the request may be sent again after the server has received it. A password must not be. */
  readonly repeatable: boolean
}

/**
 * A response with any status, except a 429 that lasts too long.
 *
 * @since 0.1.0
 * @category models
 */
export interface Response {
  readonly status: number
  /** Names are in lower case; multiple values of a name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Redacted.Redacted
  /** When the request was sent, in milliseconds since the epoch by the local clock. */
  readonly sentAt: number
}

/**
 * @since 0.1.0
 * @category context
 */
export class Http extends Context.Tag("CredentialHelper/Http")<Http, {
  readonly request: (request: Request) => Effect.Effect<Response, TransportError>
}>() {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The time limit of an attempt. */
  readonly timeout: Duration.DurationInput
  /** The number of attempts after the first one. */
  readonly retries: number
}

const maxBodyBytes = 128 * 1024

const encode = ({ accept, authorization, form, method, url }: Request): HttpClientRequest.HttpClientRequest => {
  const headers: Record<string, string> = { "user-agent": "effect-credential-helper" }
  if (accept !== undefined) headers["accept"] = accept
  if (authorization !== undefined) headers["authorization"] = Redacted.value(authorization)
  // A string, because the client would re-encode the query of a `URL`.
  const request = HttpClientRequest.make(method)(url.href, { headers })
  return form === undefined ? request : HttpClientRequest.bodyUrlParams(
    request,
    UrlParams.fromInput(
      form.map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value] as const)
    )
  )
}

/** HTTP enforces `content-length`, unless the client has decompressed the body. */
const isSmall = ({ headers }: HttpClientResponse.HttpClientResponse): boolean =>
  headers["content-encoding"] === undefined && /^\d+$/.test(headers["content-length"] ?? "") &&
  Number(headers["content-length"]) <= maxBodyBytes

const isEmptyBody = (error: HttpClientError.HttpClientError): boolean => error.reason === "EmptyBody"

const tooLarge = (host: string) =>
  new HostUnreachable({ host, reason: "BodyTooLarge", detail: `more than ${maxBodyBytes / 1024} KiB` })

const decode = (encoding: string, body: Buffer, host: string): Effect.Effect<Buffer, HostUnreachable> =>
  Effect.promise(() => import("./ContentEncoding.ts")).pipe(
    Effect.flatMap((ContentEncoding) => ContentEncoding.decode(encoding, body, maxBodyBytes)),
    Effect.mapError((problem) =>
      problem === "TooLarge" ? tooLarge(host) : new HostUnreachable({ host, reason: "Aborted", detail: encoding })
    )
  )

/** Reads empty bodies, too, to release the connection. A small body is read without a stream, which is faster. */
const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  host: string
): Effect.Effect<string, HttpClientError.ResponseError | HostUnreachable> => {
  if (isSmall(response)) return Effect.catchIf(response.text, isEmptyBody, () => Effect.succeed(""))
  const encoding = response.headers["content-encoding"]
  return response.stream.pipe(
    Stream.catchAll((error) => isEmptyBody(error) ? Stream.empty : Stream.fail(error)),
    Stream.runFoldEffect(Buffer.alloc(0), (body, chunk) =>
      body.length + chunk.length > maxBodyBytes
        ? tooLarge(host)
        : Effect.succeed(Buffer.concat([body, chunk]))),
    Effect.flatMap((body) => encoding === undefined ? Effect.succeed(body) : decode(encoding, body, host)),
    Effect.map((body) => body.toString("utf8"))
  )
}

const record = ({ method, url }: Request, outcome: string): Effect.Effect<void> =>
  Provenance.step(Provenance.Step.RequestSent({ method, url: `${url.host}${url.pathname}`, outcome }))

/** Sends the request once. */
const attempt = (
  client: HttpClient.HttpClient,
  request: Request,
  timeout: Duration.DurationInput
): Effect.Effect<Response, Failure.Failure> => {
  const { host } = request.url
  return Effect.gen(function*() {
    const sentAt = yield* Clock.currentTimeMillis
    const response = yield* client.execute(encode(request))
    const body = yield* readBody(response, host)
    return { status: response.status, headers: response.headers, body: Redacted.make(body), sentAt }
  }).pipe(
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () => new HostUnreachable({ host, reason: "Timeout", detail: Duration.format(timeout) })
    }),
    Effect.mapError((error) => Failure.fromError(host, error)),
    Effect.tapBoth({
      onSuccess: ({ status }) => record(request, `${status}`),
      onFailure: ({ error }) => record(request, error.detail === "" ? error.reason : `${error.reason}: ${error.detail}`)
    })
  )
}

type Unsettled = Retry.Unsettled<Response, TransportError>

/** A request that never reached the server may always be sent again. */
const failed = (request: Request, { error, transient }: Failure.Failure): Effect.Effect<never, Unsettled> =>
  Effect.fail({
    retryable: transient && (error.reason === "Connect" || request.repeatable),
    retryAfterMillis: Option.none(),
    outcome: Either.left(error)
  })

const responded = (request: Request, response: Response): Effect.Effect<Response, Unsettled> =>
  Retry.isTransient(response.status)
    ? Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const { host } = request.url
      const retryAfterMillis = Retry.retryAfter(response.headers["retry-after"], now)
      const limited = () => new RateLimited({ host, retryAfterMillis: Option.getOrUndefined(retryAfterMillis) })
      return Effect.fail({
        retryable: request.repeatable,
        retryAfterMillis,
        outcome: response.status === 429 ? Either.left(limited()) : Either.right(response)
      })
    })
    : Effect.succeed(response)

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
const spanAttributes = ({ method, url }: Request) => ({
  "http.request.method": method,
  "server.address": url.hostname,
  "server.port": url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port)
})

const annotateOutcome = (outcome: Effect.Effect<Response, TransportError>): Effect.Effect<Response, TransportError> =>
  Effect.tapBoth(outcome, {
    onSuccess: ({ status }) => Effect.annotateCurrentSpan("http.response.status_code", status),
    onFailure: (error) =>
      Effect.annotateCurrentSpan(
        error._tag === "RateLimited"
          ? { "http.response.status_code": 429, "error.type": "429" }
          : { "error.type": error.reason }
      )
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ retries, timeout }: Options): Effect.Effect<Http["Type"], never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (given) => {
    // Hosts must not see our trace headers, and the client's own spans contain URLs with their queries.
    const client = given.pipe(HttpClient.withTracerPropagation(false), HttpClient.withTracerDisabledWhen(() => true))
    const schedule = Retry.schedule(retries)
    return Http.of({
      request: (request) =>
        attempt(client, request, timeout).pipe(
          Effect.matchEffect({
            onFailure: (failure) => failed(request, failure),
            onSuccess: (response) => responded(request, response)
          }),
          Effect.retry(schedule),
          Effect.catchAll(({ outcome }) => outcome),
          annotateOutcome,
          Effect.withSpan("Http.request", { kind: "client", attributes: spanAttributes(request) })
        )
    })
  })

/**
 * A timeout of 5 seconds and two retries.
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
