/**
 * Why a request got no usable response.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"
import { isOutOfDescriptors } from "../platform/SystemError.ts"

const retryAdvice = (millis: number | undefined): string =>
  millis === undefined ? "Try again later" : `Try again in ${Math.ceil(millis / 1000)} s`

/**
 * The host returned no usable response.
 *
 * @since 0.1.0
 * @category errors
 */
export class HostUnreachable extends Data.TaggedError("HostUnreachable")<{
  /** Host and port of the request. */
  readonly host: string
  readonly reason:
    | "Connect"
    | "Timeout"
    | "ServerError"
    | "BodyTooLarge"
    | "Aborted"
    | "Proxy"
    | "Certificate"
    | "Protocol"
  /** An error code, a status or a limit, or what is wrong with the certificate or protocol; empty if there is none. */
  readonly detail: string
  /** `Retry-After` of a server error. */
  readonly retryAfterMillis?: number | undefined
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    const detail = this.detail === "" ? "" : ` (${this.detail})`
    switch (this.reason) {
      case "Connect":
        return isOutOfDescriptors(this.detail)
          ? `${this.host} cannot be reached (too many open files). Raise the limit: ulimit -n 1024`
          : `${this.host} cannot be reached${detail}. Check the network and the proxy settings.`
      case "Certificate":
        return `The certificate of ${this.host} ${this.detail}`
      case "Protocol":
        return `${this.host} ${this.detail}`
      case "Proxy":
        return `${this.host} cannot be reached through the proxy${detail}. Check HTTPS_PROXY, ALL_PROXY and NO_PROXY.`
      case "Timeout":
        return `${this.host} did not respond in time${detail}. Check the network and the proxy settings.`
      case "ServerError":
        return `${this.host} returned a server error${detail}. ${retryAdvice(this.retryAfterMillis)}.`
      case "Aborted":
        return `${this.host} closed the connection before the response was complete${detail}. Try again.`
      case "BodyTooLarge":
        return `${this.host} returned a response that is too large${detail}. Check that no proxy or captive portal intercepts the connection.`
    }
  }
}

/**
 * The server limits the rate of requests, and the wait is longer than the time that is left.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Data.TaggedError("RateLimited")<{
  /** Host and port of the request. */
  readonly host: string
  /** `Retry-After`; absent if the server sent none. */
  readonly retryAfterMillis?: number | undefined
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    const advice = retryAdvice(this.retryAfterMillis)
    return `${this.host} limits the rate of requests (429). ${advice}, or log in: authenticated users have higher limits.`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type TransportError = HostUnreachable | RateLimited
