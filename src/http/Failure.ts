/**
 * Maps an error of the HTTP client to an error of ours. A client error repeats the URL with its query, and the headers, so
 * only its error code is passed on.
 *
 * @since 0.2.0
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { codeOf } from "../platform/SystemError.ts"
import * as TlsFault from "./TlsFault.ts"
import { HostUnreachable } from "./TransportError.ts"

/**
 * The proxy failed, not the host behind it. Used as the cause of a client error. `detail` never contains the proxy's URL,
 * which may hold a password.
 *
 * @since 0.2.0
 * @category errors
 */
export class ProxyFailure extends Data.TaggedError("ProxyFailure")<{
  readonly detail: string
  readonly cause?: unknown
}> {}

/**
 * The server was reached, and it is known why no request could be sent. Used as the cause of a client error.
 *
 * @since 0.2.0
 * @category errors
 */
export class TlsFailure extends Data.TaggedError("TlsFailure")<{ readonly fault: TlsFault.TlsFault }> {}

/**
 * Fails with a client error of this cause.
 *
 * @since 0.2.0
 * @category constructors
 */
export const fail = (
  request: HttpClientRequest,
  cause: unknown
): Effect.Effect<never, HttpClientError.RequestError> =>
  Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))

/**
 * @since 0.2.0
 * @category models
 */
export interface Failure {
  readonly error: HostUnreachable
  /** Whether another attempt may succeed. */
  readonly transient: boolean
}

/**
 * Whether the server was reached, and no TLS connection was established. The request has not been sent then.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isTlsError = (error: HttpClientError.HttpClientError): boolean => TlsFault.isTlsCode(codeOf(error) ?? "")

/**
 * @since 0.2.0
 * @category predicates
 */
export const isProxyError = (error: HttpClientError.HttpClientError): boolean =>
  "cause" in error && error.cause instanceof ProxyFailure

/**
 * Whether other CA certificates might verify the server.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isUnknownAuthority = (error: HttpClientError.HttpClientError): boolean =>
  TlsFault.isUnknownAuthority(codeOf(error) ?? "")

/** For a client that does not look at the server after a failure. */
const faultOf = (host: string, code: string): TlsFault.TlsFault =>
  TlsFault.make({ code, hostname: host.replace(/:\d+$/, ""), inspection: Option.none(), extra: Option.none() })

/**
 * An error of ours is permanent.
 *
 * @since 0.2.0
 * @category constructors
 */
export const fromError = (host: string, error: HttpClientError.HttpClientError | HostUnreachable): Failure => {
  if (error._tag === "HostUnreachable") return { error, transient: false }
  const cause = "cause" in error ? error.cause : undefined
  if (cause instanceof ProxyFailure) {
    return { error: new HostUnreachable({ host, reason: "Proxy", detail: cause.detail }), transient: false }
  }
  const code = codeOf(cause) ?? ""
  if (cause instanceof TlsFailure || TlsFault.isTlsCode(code)) {
    const fault = cause instanceof TlsFailure ? cause.fault : faultOf(host, code)
    return { error: new HostUnreachable({ host, ...fault }), transient: false }
  }
  return {
    error: new HostUnreachable({
      host,
      reason: error._tag === "RequestError" ? "Connect" : "Aborted",
      detail: code
    }),
    transient: code !== "ENOTFOUND"
  }
}
