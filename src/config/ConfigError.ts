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
