/**
 * What is wrong with a configuration file that a user wrote.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"

/**
 * Our configuration file cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConfigInvalid extends Data.TaggedError("ConfigInvalid")<{
  readonly path: string
  /** Where in the file: `$.urls[0].helper`; `$` is the whole file. */
  readonly at: string
  /** What was found, without any value that may be a secret. */
  readonly found: string
  /** What is allowed there. */
  readonly allowed: string
  /** The name that was probably meant. */
  readonly suggestion?: string | undefined
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    const hint = this.suggestion === undefined ? "" : ` Did you mean "${this.suggestion}"?`
    return `${this.path}: ${this.at}: ${this.found}; allowed: ${this.allowed}.${hint}`
  }
}
