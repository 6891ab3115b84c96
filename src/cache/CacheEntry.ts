/**
 * One answer as the agent keeps it: the line that is printed, what it depends on, and how long it is good.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Provenance from "../domain/Provenance.ts"
import type { Failure } from "../domain/Report.ts"
import * as Environment from "../platform/Environment.ts"
import * as Timestamp from "../platform/Timestamp.ts"
import * as CallVariables from "./CallVariables.ts"

/**
 * What is told to the caller, and for how long it is right.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly line: Redacted.Redacted
  /** The number of headers in it. */
  readonly headers: number
  readonly expires: Option.Option<DateTime.Utc>
}

/**
 * An answer, or why there is none, and how it came about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolution {
  readonly result: Either.Either<Answer, Failure>
  readonly provenance: Provenance.Provenance
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  /** The URI without query and user, for a person to read. */
  readonly label: string
  readonly answer: Answer
  /** Where the credential is from. */
  readonly source: string
  readonly steps: ReadonlyArray<Provenance.Step>
  readonly inputs: ReadonlyArray<Provenance.Input>
  /** What stands for all variables of the caller, when a program was asked: it was handed them all. */
  readonly handed: Option.Option<string>
  /** When the attempt began. */
  readonly asked: Timestamp.Timestamp
  /** Milliseconds since the epoch. */
  readonly usableUntil: number
  /** From here on, a use renews the entry in the background. */
  refreshAt: number
}

/** How long an answer without `expires` is kept, and after which a program's answer is asked again. */
const unknownLife = Duration.toMillis("5 minutes")

const isFound = (step: Provenance.Step): step is Extract<Provenance.Step, { readonly _tag: "SourceAsked" }> =>
  step._tag === "SourceAsked" && step.outcome._tag === "Found"

const sourceOf = ({ steps }: Provenance.Provenance): string =>
  Provenance.flatten(steps).findLast(isFound)?.source ?? "no credential"

/**
 * Makes entries. The answers of a build depend on the same inputs, so thousands of entries hold one list of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const maker = () => {
  let last: { readonly key: string; readonly inputs: ReadonlyArray<Provenance.Input> } = { key: "", inputs: [] }
  const shared = (inputs: ReadonlyArray<Provenance.Input>): ReadonlyArray<Provenance.Input> => {
    const key = Environment.fingerprintOfAll(inputs.flatMap((input) => Object.values(input)))
    if (key !== last.key) last = { key, inputs }
    return last.inputs
  }
  return (
    { label, variables }: { readonly label: string; readonly variables: ReadonlyMap<string, string> },
    answer: Answer,
    provenance: Provenance.Provenance,
    asked: Timestamp.Timestamp,
    now: Timestamp.Timestamp
  ): Entry => {
    const inputs = shared(provenance.inputs)
    const usableUntil = Option.match(answer.expires, {
      onNone: () => now.wall + unknownLife,
      onSome: (_) => _.epochMillis
    })
    const lastQuarter = now.wall + (usableUntil - now.wall) * 0.75
    const unwatched = inputs.some((input) => input._tag === "Program")
    const refreshAt = unwatched ? Math.min(lastQuarter, now.wall + unknownLife) : lastQuarter
    const handed = unwatched ? Option.some(CallVariables.fingerprintOf(variables)) : Option.none()
    const { steps } = provenance
    return { label, answer, source: sourceOf(provenance), steps, inputs, handed, asked, usableUntil, refreshAt }
  }
}

/**
 * What the wall clock says to an entry: `None` when it was set since, and nothing can be said about the entry's age.
 *
 * @since 0.1.0
 * @category accessors
 */
export const clockOf = ({ asked }: Entry, now: Timestamp.Timestamp): Option.Option<number> =>
  Option.map(Timestamp.between(asked, now), (age) => asked.wall + age)

/**
 * @since 0.1.0
 * @category predicates
 */
export const isAlive = (now: Timestamp.Timestamp) => (entry: Entry): boolean =>
  Option.exists(clockOf(entry, now), (wall) => wall < entry.usableUntil)

/**
 * Whether a caller may have it, as far as programs are concerned; the inputs are another matter.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isFor = (variables: ReadonlyMap<string, string>) => ({ handed }: Entry): boolean =>
  Option.isNone(handed) || handed.value === CallVariables.fingerprintOf(variables)
