/**
 * What a lookup leaves on stderr. A failure is one line, `credential-helper: <what happened>. <what to do>`, and an exit
 * code; notes stand before it. The program and the agent report in the same words.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { ExitCode } from "./ExitCode.ts"
import * as ForeignText from "./ForeignText.ts"
import * as Provenance from "./Provenance.ts"

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

const written = (text: string): string => `credential-helper: ${ForeignText.oneLine(text, maxLineLength)}\n`

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
  return written(message)
}

/**
 * The exit code of the program.
 *
 * @since 0.1.0
 * @category accessors
 */
export const code = (cause: Cause.Cause<Failure>): number =>
  Option.match(Cause.failureOption(cause), { onNone: () => ExitCode.defect, onSome: (error) => error.exitCode })

/**
 * How much is told besides the error: the warnings of a lookup that fails; warnings and the reason for an answer without a
 * header; a line for each answer, too; every step.
 *
 * @since 0.2.0
 * @category models
 */
export type Verbosity = "errors" | "notices" | "answers" | "steps"

/**
 * What `CREDENTIAL_HELPER_LOGGING` asks for. A person at a terminal is told why there is no header without asking.
 *
 * @since 0.2.0
 * @category constructors
 */
export const verbosity = (logging: "off" | "basic" | "debug", terminal: boolean): Verbosity =>
  logging === "debug" ? "steps" : logging === "basic" ? "answers" : terminal ? "notices" : "errors"

/**
 * A lookup that has ended.
 *
 * @since 0.2.0
 * @category models
 */
export interface Lookup {
  /** Host and path. */
  readonly label: string
  readonly steps: ReadonlyArray<Provenance.Step>
  /** The number of headers; absent for a lookup that failed. */
  readonly headers: Option.Option<number>
  /** For an answer from a cache, its age in milliseconds. */
  readonly cachedMs: Option.Option<number>
}

/** Stderr stays below the 64 KiB at which Bazel would block. */
const maxNotesLength = 40_000

const bounded = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  let length = 0
  const fitting = lines.filter((line) => (length += line.length) <= maxNotesLength)
  return fitting.length === lines.length
    ? lines
    : [...fitting, written(`${lines.length - fitting.length} more lines are left out`)]
}

const isTold = (verbosity: Verbosity, failed: boolean) => ({ _tag }: Provenance.Step): boolean => {
  if (verbosity === "steps") return true
  return _tag === "Warned" ? failed || verbosity !== "errors" : _tag === "NoHeader" && verbosity !== "errors"
}

const answered = ({ cachedMs, headers, label }: Lookup): ReadonlyArray<string> => {
  const age = Option.match(cachedMs, { onNone: () => "", onSome: (ms) => `, cached ${Math.round(ms / 1000)} s ago` })
  return Option.toArray(headers).map((count) => `${label}: ${count} ${count === 1 ? "header" : "headers"}${age}`)
}

/**
 * The lines for stderr besides that of the error, each with its newline.
 *
 * @since 0.2.0
 * @category encoding
 */
export const notes = (verbosity: Verbosity, lookup: Lookup): ReadonlyArray<string> => {
  const told = Provenance.flatten(lookup.steps).filter(isTold(verbosity, Option.isNone(lookup.headers)))
  const summary = verbosity === "answers" || verbosity === "steps" ? answered(lookup) : []
  return bounded([...new Set([...told.map(Provenance.render), ...summary])].map(written))
}
