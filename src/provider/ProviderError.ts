/**
 * How a lookup can fail in a provider, and in the router.
 *
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import type { ConfigInvalid, ConfigUntrusted } from "../config/ConfigError.ts"
import type { DockerConfigError } from "../docker/DockerError.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import type { UriRejected } from "../domain/Resource.ts"
import type { FileUnreadable } from "../platform/Files.ts"
import type { RealmNotTrusted, TokenError } from "../registry/RegistryError.ts"
import type { GitHubHostsInvalid } from "../source/GitHubCli.ts"

/**
 * An error of a custom provider: tagged, with a message that states the fact and what to do.
 *
 * @since 0.2.0
 * @category models
 */
export interface Fault {
  readonly _tag: string
  readonly message: string
  /** 4 if absent. */
  readonly exitCode?: number
}

/**
 * A custom provider failed.
 *
 * @since 0.2.0
 * @category errors
 */
export class ProviderFailed extends Data.TaggedError("ProviderFailed")<{
  readonly provider: string
  /** The provider's own error. */
  readonly error: Fault
}> {
  readonly exitCode: number = this.error.exitCode ?? ExitCode.credential
  override get message(): string {
    return this.error.message
  }
}

/**
 * A host whose entry says `required` has no credential.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialRequired extends Data.TaggedError("CredentialRequired")<{
  readonly host: string
  /** The sources that were asked, in order, each with its outcome. */
  readonly tried: ReadonlyArray<string>
  /** What to do, as a sentence. */
  readonly hint: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    const tried = this.tried.length === 0 ? "" : ` (asked: ${this.tried.join("; ")})`
    return `no credential for ${this.host}, which the configuration requires${tried}. ${this.hint}`
  }
}

/**
 * What a provider can fail with.
 *
 * @since 0.2.0
 * @category models
 */
export type ProviderError =
  | ConfigInvalid
  | DockerConfigError
  | GitHubHostsInvalid
  | ProviderFailed
  | RealmNotTrusted
  | TokenError

/**
 * What the router can fail with.
 *
 * @since 0.2.0
 * @category models
 */
export type LookupError = ConfigUntrusted | CredentialRequired | FileUnreadable | ProviderError | UriRejected
