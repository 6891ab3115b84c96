/**
 * Errors in the configuration file.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"

/**
 * The configuration file is invalid.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConfigInvalid extends Data.TaggedError("ConfigInvalid")<{
  readonly path: string
  /** Path of the value inside the file, such as `$.urls[0].helper`; `$` for the whole file. */
  readonly at: string
  /** What was found, without a value that may be a secret. */
  readonly found: string
  /** What is allowed there. */
  readonly allowed: string
  /** The key or word that was probably meant. */
  readonly suggestion?: string | undefined
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    const hint = this.suggestion === undefined ? "" : ` Did you mean "${this.suggestion}"?`
    return `${this.path}: ${this.at}: ${this.found}; allowed: ${this.allowed}.${hint}`
  }
}

/**
 * Someone else may have written the configuration file of a workspace.
 *
 * @since 0.2.0
 * @category errors
 */
export class ConfigUntrusted extends Data.TaggedError("ConfigUntrusted")<{
  readonly path: string
  readonly reason: string
  /** The command that makes it the caller's own file. */
  readonly command: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} is not used: ${this.reason}. If its content is yours, run ${this.command}, or name it in CREDENTIAL_HELPER_CONFIG_FILE.`
  }
}
