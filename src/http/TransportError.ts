/**
 * Why no usable response came.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"

const wait = (millis: number | undefined): string =>
  millis === undefined ? "Try again later" : `Try again in ${Math.ceil(millis / 1000)} s`

/**
 * No usable response came.
 *
 * @since 0.1.0
 * @category errors
 */
export class HostUnreachable extends Data.TaggedError("HostUnreachable")<{
  /** Host and port that was asked. */
  readonly host: string
  readonly reason: "Connect" | "Timeout" | "ServerError" | "BodyTooLarge" | "Aborted" | "Proxy"
  readonly detail: string
  /** How long a server with a problem wants us to wait. */
  readonly retryAfterMillis?: number | undefined
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    const detail = this.detail === "" ? "" : ` (${this.detail})`
    switch (this.reason) {
      case "Timeout":
        return `${this.host} did not answer in time${detail}. Check the network and the proxy settings.`
      case "ServerError":
        return `${this.host} has a problem of its own${detail}. ${wait(this.retryAfterMillis)}.`
      case "BodyTooLarge":
        return `${this.host} answered with far more than a token${detail}. A proxy or a captive portal may be in between.`
      case "Aborted":
        return `${this.host} broke off its answer${detail}. Try again.`
      case "Proxy":
        return `${this.host} cannot be reached through the proxy${detail}. Check HTTPS_PROXY, ALL_PROXY and NO_PROXY.`
      case "Connect":
        return `${this.host} cannot be reached${detail}. Check the network, the proxy settings and the certificate authorities (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE).`
    }
  }
}

/**
 * The server asks us to wait for longer than the build would.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Data.TaggedError("RateLimited")<{
  readonly host: string
  /** How long the server wants us to wait; absent when it did not say. */
  readonly retryAfterMillis?: number | undefined
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    const again = wait(this.retryAfterMillis)
    return `${this.host} limits the rate of requests (429). ${again}, or log in: limits are higher with an account.`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type TransportError = HostUnreachable | RateLimited
