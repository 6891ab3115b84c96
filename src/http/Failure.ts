/**
 * Maps an error of the HTTP client to an error of ours. A client error repeats the URL with its query, and the headers, so
 * only its error code is passed on.
 *
 * @since 0.2.0
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Data from "effect/Data"
import { codeOf } from "../platform/SystemError.ts"
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
 * @since 0.2.0
 * @category models
 */
export interface Failure {
  readonly error: HostUnreachable
  /** Whether another attempt may succeed. */
  readonly transient: boolean
}

const certificateCodes = /^(?:CERT_|DEPTH_|EPROTO|ERR_SSL_|ERR_TLS_|HOSTNAME_|INVALID_|SELF_SIGNED|UNABLE_)/

/**
 * Whether the server was reached, and no TLS connection was established. The request has not been sent then.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isTlsError = (error: HttpClientError.HttpClientError): boolean =>
  certificateCodes.test(codeOf(error) ?? "")

const unknownAuthorityCodes = /^(?:CERT_UNTRUSTED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_|UNABLE_TO_)/

/**
 * Whether other CA certificates might verify the server.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isUnknownAuthority = (error: HttpClientError.HttpClientError): boolean =>
  unknownAuthorityCodes.test(codeOf(error) ?? "")

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
  return {
    error: new HostUnreachable({
      host,
      reason: error._tag === "RequestError" ? "Connect" : "Aborted",
      detail: code
    }),
    transient: code !== "ENOTFOUND" && !certificateCodes.test(code)
  }
}
