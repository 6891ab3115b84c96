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
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Provenance from "../domain/Provenance.ts"
import type { Failure } from "../domain/Report.ts"
import * as Environment from "../platform/Environment.ts"
import * as Files from "../platform/Files.ts"
import * as Timestamp from "../platform/Timestamp.ts"
import * as CacheEntry from "./CacheEntry.ts"
import { Refresh } from "./Freshness.ts"
import * as SingleFlight from "./SingleFlight.ts"

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
  /** Run when the answer is not at hand, before it is waited for. */
  readonly atWork: Effect.Effect<unknown>
  readonly resolve: Effect.Effect<CacheEntry.Resolution>
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
  readonly get: (question: Question) => Effect.Effect<CacheEntry.Answer, Failure>
  /** Forgets what has expired; gives the number of entries that went. */
  readonly prune: Effect.Effect<number>
  /** Forgets the entries whose label satisfies the predicate, and keeps nothing of the look-ups that are going on. */
  readonly invalidate: (matches: (label: string) => boolean) => Effect.Effect<number>
  /** Those that may still be served. */
  readonly entries: Effect.Effect<ReadonlyArray<CacheEntry.Entry>>
  readonly counts: Effect.Effect<Counts>
}>() {}

/** Entries in all, and entries of one key that differ in their inputs. */
const capacity = 10_000
const variants = 8

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Answers["Type"], never, FileSystem.FileSystem | Scope.Scope> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  // In the order of use: the first key is the one that was used least recently.
  const kept = new Map<string, ReadonlyArray<CacheEntry.Entry>>()
  const flights = yield* SingleFlight.make<CacheEntry.Resolution, never>({
    capacity: Number.POSITIVE_INFINITY,
    timeToLive: () => Duration.zero
  })
  const counts = { hits: 0, misses: 0, shared: 0, refreshes: 0, failures: 0 }
  const makeEntry = CacheEntry.maker()
  let size = 0
  // Counts the invalidations: a look-up that began before one knows nothing that may be kept.
  let generation = 0

  const put = (key: string, entries: ReadonlyArray<CacheEntry.Entry>) => {
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

  /** On a file system that hangs it has no end; nobody says then that the agent is at work, and the caller goes. */
  const areUnchanged = (inputs: ReadonlyArray<Provenance.Input>, variables: ReadonlyMap<string, string>) =>
    Effect.every(inputs, unchanged(variables))

  const isCurrent = (variables: ReadonlyMap<string, string>) => (entry: CacheEntry.Entry) =>
    Effect.flatMap(Timestamp.now, (now) =>
      CacheEntry.isAlive(now)(entry) && CacheEntry.isFor(variables)(entry)
        ? areUnchanged(entry.inputs, variables)
        : Effect.succeed(false))

  /** An answer over which the wall clock was set does not know its own end: once more. */
  const attempt = ({ resolve }: Question) =>
    Effect.gen(function*() {
      const asked = yield* Timestamp.now
      const { provenance, result } = yield* resolve
      return { asked, provenance, result, age: yield* Timestamp.since(asked) }
    }).pipe(Effect.repeat({ times: 1, until: ({ age }) => Option.isSome(age) }))

  /** An attempt whose answer is kept, if it is one. */
  const learn = (question: Question, replaced: Option.Option<CacheEntry.Entry>) =>
    Effect.gen(function*() {
      const before = generation
      const { age, asked, provenance, result } = yield* attempt(question)
      const now = yield* Timestamp.now
      const { key } = question
      if (Either.isLeft(result)) counts.failures++
      else if (Option.isSome(age) && generation === before) {
        const entry = makeEntry(question, result.right, provenance, asked, now)
        const others = (kept.get(key) ?? []).filter((other) =>
          CacheEntry.isAlive(now)(other) && !Option.contains(replaced, other)
        )
        put(key, [entry, ...others].slice(0, variants))
      }
      return { provenance, result }
    })

  const refresh = (question: Question, entry: CacheEntry.Entry) =>
    Effect.suspend(() => {
      counts.refreshes++
      const before = entry.refreshAt
      // Before the fork: the next caller may come before the fiber does.
      entry.refreshAt = Number.POSITIVE_INFINITY
      // What is kept is still good. Ask again when half of what is left has gone by.
      const later = Effect.map(Timestamp.now, (moment) => {
        const now = Option.getOrElse(CacheEntry.clockOf(entry, moment), () => entry.usableUntil)
        entry.refreshAt = Math.max(before, now + (entry.usableUntil - now) / 2)
      })
      return learn(question, Option.some(entry)).pipe(
        Effect.provideService(Refresh, true),
        Effect.flatMap(({ result }) => Either.isRight(result) ? Effect.void : later),
        Effect.catchAllDefect(() => later),
        Effect.forkIn(scope)
      )
    })

  /** The outcome of an attempt, and whether it was ours: callers with the same variables may wait for the same one. */
  const fly = (question: Question) =>
    Effect.suspend(() => {
      let own = false
      const work = Effect.suspend(() => {
        own = true
        counts.misses++
        return learn(question, Option.none())
      })
      return flights.get(`${question.key} ${Environment.fingerprintOf(question.variables)}`, question.label, work).pipe(
        Effect.map((resolution) => ({ ...resolution, own }))
      )
    })

  /**
   * One attempt for all who ask at the same time. A caller that goes away takes nothing with it, and one that came after a
   * file had changed under the attempt of others makes its own.
   */
  const resolve = (question: Question) =>
    Effect.gen(function*() {
      yield* question.atWork
      const { own, provenance, result } = yield* fly(question)
      if (own) return yield* result
      counts.shared++
      if (yield* areUnchanged(provenance.inputs, question.variables)) return yield* result
      return yield* (yield* fly(question)).result
    })

  const drop = (keep: (entry: CacheEntry.Entry) => boolean): number => {
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
      const wall = CacheEntry.clockOf(found.value, yield* Timestamp.now)
      if (Option.exists(wall, (wall) => wall >= found.value.refreshAt)) yield* refresh(question, found.value)
      put(question.key, kept.get(question.key) ?? [])
      return found.value.answer
    }),
    prune: Effect.map(Timestamp.now, (now) => drop(CacheEntry.isAlive(now))),
    invalidate: (matches) =>
      Effect.suspend(() => {
        generation++
        return Effect.as(flights.invalidate(() => true), drop((entry) => !matches(entry.label)))
      }),
    entries: Effect.map(Timestamp.now, (now) => [...kept.values()].flat().filter(CacheEntry.isAlive(now))),
    counts: Effect.sync(() => ({ ...counts }))
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Answers, never, FileSystem.FileSystem> = Layer.scoped(Answers, make)
