/**
 * What is asked for.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Option from "effect/Option"
import { ExitCode } from "./ExitCode.ts"

/**
 * What a credential is wanted for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  /** Host, and port unless it is the scheme's own: `ghcr.io`, `localhost:5000`. */
  readonly host: string
  /** `org/image`; absent for a registry as a whole. */
  readonly repository: Option.Option<string>
}

/**
 * The URI cannot be a registry's (registry-auth E).
 *
 * @since 0.1.0
 * @category errors
 */
export class UriRejected extends Data.TaggedError("UriRejected")<{
  readonly reason: "UriInvalid" | "SchemeUnsupported" | "UserinfoInUri"
}> {
  readonly exitCode = ExitCode.usage
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
