/**
 * How a failure is reported: one line on stderr, `credential-helper: <what happened>. <what to do>`, and an exit code.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { ExitCode } from "./ExitCode.ts"
import * as ForeignText from "./ForeignText.ts"

/**
 * An error that the program can exit with.
 *
 * @since 0.2.0
 * @category models
 */
export interface Failure {
  readonly message: string
  readonly exitCode: number
}

/** Bazel shows stderr to the user: 2 KB is still readable. */
const maxLineLength = 2000

/** Only the kind of a defect: its message may contain anything, including source text and secrets. */
const defect = (cause: Cause.Cause<unknown>): string => {
  const [first] = Cause.defects(cause)
  const kind = first instanceof Error ? first.name : typeof first
  const code = first instanceof Error && "code" in first ? ` ${String(first.code)}` : ""
  return `internal error (${kind}${code}). Please report it, with the output of CREDENTIAL_HELPER_LOGGING=debug`
}

/**
 * The line for stderr, including its newline.
 *
 * @since 0.1.0
 * @category encoding
 */
export const line = (cause: Cause.Cause<Failure>): string => {
  const message = Option.match(Cause.failureOption(cause), {
    onNone: () => defect(cause),
    onSome: (error) => error.message
  })
  return `credential-helper: ${ForeignText.oneLine(message, maxLineLength)}\n`
}

/**
 * The exit code of the program.
 *
 * @since 0.1.0
 * @category accessors
 */
export const code = (cause: Cause.Cause<Failure>): number =>
  Option.match(Cause.failureOption(cause), { onNone: () => ExitCode.defect, onSome: (error) => error.exitCode })
