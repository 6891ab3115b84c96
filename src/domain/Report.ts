/**
 * What a failure looks like: one line on stderr, `credential-helper: <what happened>. <what to do>`, and an exit code.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { ExitCode } from "./ExitCode.ts"

/**
 * An error that the program can end in.
 *
 * @since 0.2.0
 * @category models
 */
export interface Failure {
  readonly message: string
  readonly exitCode: number
}

/** Bazel shows stderr to the user; 2 KiB are a line that can be read. */
const lineLimit = 2000

const oneLine = (text: string): string => {
  // eslint-disable-next-line no-control-regex -- control characters could rewrite a terminal
  const clean = text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim()
  return clean.length > lineLimit ? `${clean.slice(0, lineLimit)}…` : clean
}

/** A defect's message may hold anything, source text and secrets included; its name and kind may not. */
const defect = (cause: Cause.Cause<unknown>): string => {
  const [first] = Cause.defects(cause)
  const kind = first instanceof Error ? first.name : typeof first
  const code = first instanceof Error && "code" in first ? ` ${String(first.code)}` : ""
  return `internal error (${kind}${code}). Please report it, with the output of CREDENTIAL_HELPER_LOGGING=debug`
}

/**
 * The line for stderr, with its newline.
 *
 * @since 0.1.0
 * @category rendering
 */
export const line = (cause: Cause.Cause<Failure>): string =>
  `credential-helper: ${
    oneLine(Option.match(Cause.failureOption(cause), { onNone: () => defect(cause), onSome: (error) => error.message }))
  }\n`

/**
 * @since 0.1.0
 * @category rendering
 */
export const code = (cause: Cause.Cause<Failure>): number =>
  Option.match(Cause.failureOption(cause), { onNone: () => ExitCode.defect, onSome: (error) => error.exitCode })
