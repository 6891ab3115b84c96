/**
 * How a lookup can fail in a provider.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { ConfigInvalid } from "../config/ConfigError.ts"
import type { DockerConfigError } from "../docker/DockerError.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import type { UriRejected } from "../domain/Resource.ts"
import type { RealmNotTrusted, TokenError } from "../registry/RegistryError.ts"

/**
 * A host that must have a credential has none.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialRequired extends Data.TaggedError("CredentialRequired")<{
  readonly host: string
  /** What was asked, in order, each with its outcome. */
  readonly tried: ReadonlyArray<string>
  readonly hint: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    const tried = this.tried.length === 0 ? "" : ` (asked: ${this.tried.join("; ")})`
    return `no credential for ${this.host}, which the configuration requires${tried}. ${this.hint}`
  }
}

/**
 * What the built-in providers can fail with.
 *
 * @since 0.2.0
 * @category models
 */
export type ProviderError = ConfigInvalid | DockerConfigError | RealmNotTrusted | TokenError

/**
 * What the router can fail with.
 *
 * @since 0.2.0
 * @category models
 */
export type LookupError = CredentialRequired | ProviderError | UriRejected
