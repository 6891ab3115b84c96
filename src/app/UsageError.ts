/**
 * The command line makes no sense.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"

/**
 * The command line makes no sense.
 *
 * @since 0.1.0
 * @category errors
 */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly reason: string
  readonly hint: string
}> {
  readonly exitCode = ExitCode.usage
  override get message(): string {
    return `${this.reason}. ${this.hint}`
  }
}
