/**
 * HTTP as plain data, and a client whose server is a function.
 *
 * ```ts
 * FakeHttp.layer((request) => Effect.succeed(FakeHttp.response(request.url.pathname === "/v2/" ? 200 : 404)))
 * ```
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

/**
 * A request as a handler receives it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly method: string
  readonly url: URL
  /** Names in lower case, without `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  readonly authorization: Option.Option<Redacted.Redacted>
  /** Redacted because a form may contain a password. */
  readonly body: Redacted.Redacted
}

/**
 * What goes wrong in the transport of a response.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | { readonly _tag: "Delay"; readonly for: Duration.DurationInput }
  /** The connection is closed after this many bytes of the body. */
  | { readonly _tag: "CutOff"; readonly after: number }
  /** The response is never sent. */
  | { readonly _tag: "Hang" }
  /** No connection can be established. */
  | { readonly _tag: "Unreachable" }

/**
 * @since 0.1.0
 * @category models
 */
export interface Response {
  readonly status: number
  /** An array is sent as several header lines. */
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body: string | Uint8Array
  readonly fault?: Fault
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const response = (
  status: number,
  headers: Response["headers"] = {},
  body: Response["body"] = ""
): Response => ({ status, headers, body })

/**
 * The response of a host that does not exist.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unreachable: Response = { status: 0, headers: {}, body: "", fault: { _tag: "Unreachable" } }

/**
 * A server.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler = (request: Request) => Effect.Effect<Response>

/**
 * Applies the faults `Delay` and `Hang` of a response. `CutOff` and `Unreachable` are up to the transport.
 *
 * @since 0.1.0
 * @category combinators
 */
export const delayed = (response: Response): Effect.Effect<Response> => {
  switch (response.fault?._tag) {
    case "Delay":
      return Effect.delay(Effect.succeed(response), response.fault.for)
    case "Hang":
      return Effect.never
    default:
      return Effect.succeed(response)
  }
}

/**
 * A request from plain headers, whose `authorization` becomes redacted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const request = (
  method: string,
  url: URL,
  { authorization, ...headers }: Readonly<Record<string, string>>,
  body: string
): Request => ({
  method,
  url,
  headers,
  authorization: Option.map(Option.fromNullable(authorization), (value) => Redacted.make(value)),
  body: Redacted.make(body)
})

/** What the server receives: the body as text, and the headers, to which a form adds its boundary. */
const received = (
  sent: HttpClientRequest.HttpClientRequest
): Effect.Effect<{ readonly body: string; readonly headers: Request["headers"] }, HttpClientError.RequestError> => {
  const { body, headers } = sent
  const plain = (body: string) => Effect.succeed({ body, headers })
  switch (body._tag) {
    case "Empty":
      return plain("")
    case "Uint8Array":
      return plain(new TextDecoder().decode(body.body))
    case "Raw":
      return plain(`${body.body}`)
    case "FormData": {
      const encoded = new globalThis.Response(body.formData)
      const type = encoded.headers.get("content-type") ?? ""
      return Effect.map(Effect.promise(() => encoded.text()), (body) => ({
        body,
        headers: { ...headers, "content-type": type }
      }))
    }
    case "Stream":
      return body.stream.pipe(
        Stream.mapError((cause) => new HttpClientError.RequestError({ request: sent, reason: "Encode", cause })),
        Stream.decodeText(),
        Stream.mkString,
        Effect.map((body) => ({ body, headers }))
      )
  }
}

/**
 * Whether a response with this status has neither a body nor a `Content-Length` (RFC 9110, section 6.4.1).
 *
 * @since 0.2.0
 * @category predicates
 */
export const isWithoutContent = (status: number): boolean => status === 204 || status === 304

/** An error as Node's network functions throw it. */
const networkError = (code: string): Error => Object.assign(new Error(code), { code })

const bodyCutOff = (bytes: Uint8Array, after: number): ReadableStream<Uint8Array> => {
  const chunks = [bytes.subarray(0, after)].filter((chunk) => chunk.length > 0)
  return new ReadableStream({
    pull: (controller) => {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.error(networkError("ECONNRESET"))
      else controller.enqueue(chunk)
    }
  })
}

const toWeb = (method: string, { body, fault, headers, status }: Response): globalThis.Response => {
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value])
  )
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
  const none = method === "HEAD" || status === 205 || isWithoutContent(status)
  const content = fault?._tag === "CutOff" ? bodyCutOff(bytes, fault.after) : new Uint8Array(bytes)
  const sent = new Headers(lines)
  if (!isWithoutContent(status)) sent.set("content-length", `${status === 205 ? 0 : bytes.length}`)
  return new globalThis.Response(none ? null : content, { status, headers: sent })
}

/**
 * A client that sends every request to the handler.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (handler: Handler): HttpClient.HttpClient =>
  HttpClient.make((sent, url) =>
    received(sent).pipe(
      Effect.flatMap(({ body, headers }) => handler(request(sent.method, url, headers, body))),
      Effect.flatMap(delayed),
      Effect.flatMap((response) =>
        response.fault?._tag === "Unreachable"
          ? new HttpClientError.RequestError({ request: sent, reason: "Transport", cause: networkError("ENOTFOUND") })
          : Effect.succeed(HttpClientResponse.fromWeb(sent, toWeb(sent.method, response)))
      )
    )
  )

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (handler: Handler): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(HttpClient.HttpClient, make(handler))
