/**
 * What is wrong with the question itself.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The command line makes no sense.
 *
 * @since 0.1.0
 * @category errors
 */
export class UsageError extends Schema.TaggedError<UsageError>("CredentialHelper/UsageError")("UsageError", {
  reason: Schema.String,
  hint: Schema.String
}) {
  override get message(): string {
    return `${this.reason}. ${this.hint}`
  }
}

/**
 * Stdin does not hold a request. The input is never repeated.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestInvalid extends Schema.TaggedError<RequestInvalid>("CredentialHelper/RequestInvalid")(
  "RequestInvalid",
  { reason: Schema.String, expected: Schema.String }
) {
  override get message(): string {
    return `${this.reason}. ${this.expected}.`
  }
}

/**
 * The URI cannot be a registry's (registry-auth E).
 *
 * @since 0.1.0
 * @category errors
 */
export class UriRejected extends Schema.TaggedError<UriRejected>("CredentialHelper/UriRejected")("UriRejected", {
  reason: Schema.Literal("UriInvalid", "SchemeUnsupported", "UserinfoInUri")
}) {
  override get message(): string {
    switch (this.reason) {
      case "UriInvalid":
        return "the URI cannot be parsed. Ask for an absolute URI such as https://ghcr.io/v2/org/image/manifests/latest, or for a bare registry host."
      case "SchemeUnsupported":
        return "the URI's scheme is not supported here. Use https; http is for loopback registries alone."
      case "UserinfoInUri":
        return "the URI carries a user name or password. Remove it and log in to the registry instead: docker login."
    }
  }
}

/**
 * The answer could not be written.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputFailed extends Schema.TaggedError<OutputFailed>("CredentialHelper/OutputFailed")("OutputFailed", {
  /** The system's error code, such as `EPIPE` or `ENOSPC`. */
  code: Schema.String
}) {
  override get message(): string {
    return `the answer cannot be written to stdout (${this.code}). Is the disk full, or has the reader gone?`
  }
}
