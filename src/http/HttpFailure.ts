/**
 * Why a request failed, in words that hold nothing of the request: an error of the HTTP client repeats the URL with its
 * query, and shows the headers to whoever inspects it.
 *
 * @since 0.1.0
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Data from "effect/Data"
import * as SystemError from "../platform/SystemError.ts"
import { HostUnreachable } from "./TransportError.ts"

/**
 * The proxy, and not the host behind it, is what failed. Stands as the cause of the client's error, and never holds the
 * proxy's URL, in which a password may be.
 *
 * @since 0.1.0
 * @category models
 */
export class ProxyFailure extends Data.TaggedError("ProxyFailure")<{ readonly detail: string }> {}

/**
 * A cause with something to add to the reason that the system gives.
 *
 * @since 0.1.0
 * @category models
 */
export class NotedFailure extends Data.TaggedError("NotedFailure")<{
  readonly note: string
  readonly cause: unknown
}> {}

/** Another attempt meets the same certificate and the same missing name. */
const lasting = /^(?:CERT_|DEPTH_|ENOTFOUND|EPROTO|ERR_SSL_|ERR_TLS_|HOSTNAME_|INVALID_|SELF_SIGNED|UNABLE_)/

/**
 * @since 0.1.0
 * @category predicates
 */
export const isCertificateProblem = (code: string | undefined): boolean =>
  code !== undefined && code !== "ENOTFOUND" && lasting.test(code)

/**
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly error: HostUnreachable
  /** May another attempt succeed? */
  readonly passing: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (host: string, error: HttpClientError.HttpClientError): Failure => {
  const cause = "cause" in error ? error.cause : undefined
  if (cause instanceof ProxyFailure) {
    return { error: new HostUnreachable({ host, reason: "Proxy", detail: cause.detail }), passing: false }
  }
  const code = SystemError.codeOf(cause)
  const note = cause instanceof NotedFailure ? [cause.note] : []
  const detail = [code ?? "", ...note].filter((part) => part !== "").join("; ")
  return {
    error: new HostUnreachable({ host, reason: error._tag === "RequestError" ? "Connect" : "Aborted", detail }),
    passing: code === undefined || !lasting.test(code)
  }
}
