/**
 * Answers that are kept, and why they can be trusted.
 *
 * An answer is served only while every input it was made of has the same fingerprint for this caller, and while enough of
 * its life is left. One that is used in the last quarter of its life is renewed in the background.
 *
 * Failures are not kept here: whoever made the attempt, a request or a program, keeps its failure for a moment, and to keep
 * it once more would double that.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { CredentialHelperError } from "../domain/Errors.ts"
import type * as Provenance from "../domain/Provenance.ts"
import * as Environment from "../platform/Environment.ts"
import * as Files from "../platform/Files.ts"
import * as Moment from "../platform/Moment.ts"
import * as SingleFlight from "../registry/SingleFlight.ts"
import * as Tokens from "../registry/Tokens.ts"

/**
 * What is asked, and in which circumstances.
 *
 * @since 0.1.0
 * @category models
 */
export interface Question {
  /** A digest of URI and working directory; never the URI, whose query may be a secret. */
  readonly key: string
  /** The URI without query and user, for a person to read. */
  readonly label: string
  readonly variables: ReadonlyMap<string, string>
  readonly resolve: Effect.Effect<Resolution>
}

/**
 * What is told to the caller, and for how long it is right.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly line: Redacted.Redacted
  readonly expires: Option.Option<DateTime.Utc>
}

/**
 * An answer, or why there is none, and how it came about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolution {
  readonly result: Either.Either<Answer, CredentialHelperError>
  readonly provenance: Provenance.Provenance
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly label: string
  readonly answer: Answer
  /** Where the credential is from. */
  readonly source: string
  readonly inputs: ReadonlyArray<Provenance.Input>
  /** When the attempt began. */
  readonly asked: Moment.Moment
  /** Milliseconds since the epoch. */
  readonly usableUntil: number
  /** From here on, a use renews the entry in the background. */
  refreshAt: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly hits: number
  readonly misses: number
  readonly shared: number
  readonly refreshes: number
  readonly failures: number
}

/**
 * @since 0.1.0
 * @category context
 */
export class Answers extends Context.Tag("CredentialHelper/Answers")<Answers, {
  readonly get: (question: Question) => Effect.Effect<Answer, CredentialHelperError>
  /** Forgets what is stale or changed; gives the number of entries that went. */
  readonly prune: Effect.Effect<number>
  /** Forgets the entries whose label satisfies the predicate. */
  readonly invalidate: (matches: (label: string) => boolean) => Effect.Effect<number>
  /** Those that may still be served. */
  readonly entries: Effect.Effect<ReadonlyArray<Entry>>
  readonly counts: Effect.Effect<Counts>
}>() {}

/** How long an answer without `expires` is kept, and after which a program's answer is asked again. */
const unknownLife = Duration.toMillis("5 minutes")

/** Entries in all, and entries of one key that differ in their inputs. */
const capacity = 10_000
const variants = 8

const life = (
  { expires }: Answer,
  inputs: ReadonlyArray<Provenance.Input>,
  now: number
): { readonly usableUntil: number; readonly refreshAt: number } => {
  const usableUntil = Option.match(expires, { onNone: () => now + unknownLife, onSome: (_) => _.epochMillis })
  const lastQuarter = now + (usableUntil - now) * 0.75
  const unwatched = inputs.some((input) => input._tag === "Program")
  return { usableUntil, refreshAt: unwatched ? Math.min(lastQuarter, now + unknownLife) : lastQuarter }
}

const sourceOf = ({ steps }: Provenance.Provenance): string =>
  steps.findLast(({ kind, outcome }) => kind === "source" && outcome === "found")?.subject ?? "no credential"

/** The answers of a build depend on the same inputs: thousands of entries hold one list of them. */
const makeInterned = () => {
  let last: { readonly text: string; readonly inputs: ReadonlyArray<Provenance.Input> } = { text: "", inputs: [] }
  return (inputs: ReadonlyArray<Provenance.Input>): ReadonlyArray<Provenance.Input> => {
    const text = inputs.map((input) => Object.values(input).join(" ")).join("\n")
    if (text !== last.text) last = { text, inputs }
    return last.inputs
  }
}

/** What the wall clock says to an entry: `None` when it was set since, and nothing can be said about the entry's age. */
const clockOf = ({ asked }: Entry, now: Moment.Moment): Option.Option<number> =>
  Option.map(Moment.between(asked, now), (age) => asked.wall + age)

const isAlive = (now: Moment.Moment) => (entry: Entry): boolean =>
  Option.exists(clockOf(entry, now), (wall) => wall < entry.usableUntil)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Answers["Type"], never, FileSystem.FileSystem | Scope.Scope> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  // In the order of use: the first key is the one that was used least recently.
  const kept = new Map<string, ReadonlyArray<Entry>>()
  const flights = yield* SingleFlight.make<Resolution["result"], never>({
    capacity: Number.POSITIVE_INFINITY,
    timeToLive: () => Duration.zero
  })
  const counts = { hits: 0, misses: 0, shared: 0, refreshes: 0, failures: 0 }
  const interned = makeInterned()
  let size = 0

  const put = (key: string, entries: ReadonlyArray<Entry>) => {
    size += entries.length - (kept.get(key)?.length ?? 0)
    kept.delete(key)
    if (entries.length > 0) kept.set(key, entries)
    for (const [oldest, gone] of kept) {
      if (size <= capacity || oldest === key) break
      kept.delete(oldest)
      size -= gone.length
    }
  }

  const unchanged = (variables: ReadonlyMap<string, string>) => (input: Provenance.Input): Effect.Effect<boolean> => {
    switch (input._tag) {
      case "Variable":
        return Effect.succeed(Environment.fingerprint(variables.get(input.name)) === input.fingerprint)
      case "File":
        return Files.fingerprint(fs, input.path).pipe(
          Effect.map((fingerprint) => fingerprint === input.fingerprint),
          Effect.orElseSucceed(() => false)
        )
      case "Program":
        return Effect.succeed(true)
    }
  }

  const isCurrent = (variables: ReadonlyMap<string, string>) => (entry: Entry) =>
    Effect.flatMap(Moment.now, (now) =>
      isAlive(now)(entry)
        ? Effect.every(entry.inputs, unchanged(variables))
        : Effect.succeed(false))

  /** An answer over which the wall clock was set does not know its own end: once more. */
  const attempt = ({ resolve }: Question) =>
    Effect.gen(function*() {
      const asked = yield* Moment.now
      const { provenance, result } = yield* resolve
      return { asked, provenance, result, age: yield* Moment.since(asked) }
    }).pipe(Effect.repeat({ times: 1, until: ({ age }) => Option.isSome(age) }))

  /** An attempt whose answer is kept, if it is one. */
  const learn = (question: Question, replaced: Option.Option<Entry>) =>
    Effect.gen(function*() {
      const { age, asked, provenance, result } = yield* attempt(question)
      const now = yield* Moment.now
      const { key, label } = question
      if (Either.isLeft(result)) counts.failures++
      else if (Option.isSome(age)) {
        const inputs = interned(provenance.inputs)
        const answer = result.right
        const entry = { label, answer, source: sourceOf(provenance), inputs, asked, ...life(answer, inputs, now.wall) }
        const others = (kept.get(key) ?? []).filter((other) => isAlive(now)(other) && !Option.contains(replaced, other))
        put(key, [entry, ...others].slice(0, variants))
      }
      return result
    })

  const refresh = (question: Question, entry: Entry) =>
    Effect.suspend(() => {
      counts.refreshes++
      const before = entry.refreshAt
      // Before the fork: the next caller may come before the fiber does.
      entry.refreshAt = Number.POSITIVE_INFINITY
      return Effect.gen(function*() {
        const result = yield* Effect.provideService(learn(question, Option.some(entry)), Tokens.Renew, true)
        if (Either.isRight(result)) return
        // What is kept is still good. Ask again when half of what is left has gone by.
        const now = Option.getOrElse(clockOf(entry, yield* Moment.now), () => entry.usableUntil)
        entry.refreshAt = Math.max(before, now + (entry.usableUntil - now) / 2)
      }).pipe(Effect.forkIn(scope))
    })

  /** One attempt for all who ask at the same time. A caller that goes away takes nothing with it. */
  const resolve = (question: Question) =>
    Effect.suspend(() => {
      let own = false
      const work = Effect.suspend(() => {
        own = true
        counts.misses++
        return learn(question, Option.none())
      })
      // Callers with the same variables may wait for the same attempt.
      return flights.get(`${question.key} ${Environment.fingerprintOf(question.variables)}`, question.label, work).pipe(
        Effect.tap(() => Effect.sync(() => own ? undefined : counts.shared++)),
        Effect.flatten
      )
    })

  const drop = (keep: (entry: Entry) => boolean): number => {
    const before = size
    for (const [key, entries] of [...kept]) put(key, entries.filter(keep))
    return before - size
  }

  return Answers.of({
    get: Effect.fnUntraced(function*(question: Question) {
      const entries = kept.get(question.key) ?? []
      const found = yield* Effect.findFirst(entries, isCurrent(question.variables))
      if (Option.isNone(found)) return yield* resolve(question)
      counts.hits++
      const wall = clockOf(found.value, yield* Moment.now)
      if (Option.exists(wall, (wall) => wall >= found.value.refreshAt)) yield* refresh(question, found.value)
      put(question.key, kept.get(question.key) ?? [])
      return found.value.answer
    }),
    prune: Effect.map(Moment.now, (now) => drop(isAlive(now))),
    invalidate: (matches) => Effect.sync(() => drop((entry) => !matches(entry.label))),
    entries: Effect.map(Moment.now, (now) => [...kept.values()].flat().filter(isAlive(now))),
    counts: Effect.sync(() => ({ ...counts }))
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Answers, never, FileSystem.FileSystem> = Layer.scoped(Answers, make)
