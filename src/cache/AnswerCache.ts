/**
 * The cache of answers.
 *
 * An answer is served only while every input it depends on has the same fingerprint for this caller, and until it expires.
 * One that is used in the last quarter of its lifetime is refreshed in the background.
 *
 * Failures are not cached here: challenges, tokens and programs cache their own for a moment, and that would double.
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
import * as Environment from "../platform/Environment.ts"
import * as Timestamp from "../platform/Timestamp.ts"
import * as AnswerStore from "./AnswerStore.ts"
import * as CacheEntry from "./CacheEntry.ts"
import { Refresh } from "./Freshness.ts"
import * as InputCheck from "./InputCheck.ts"
import * as SingleFlight from "./SingleFlight.ts"

/**
 * One call: what is asked, and for which environment.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** A digest of URI and working directory; never the URI, whose query may be a secret. */
  readonly key: string
  /** The URI without query and user. */
  readonly label: string
  readonly variables: ReadonlyMap<string, string>
  /** Run on a cache miss, before the lookup. */
  readonly startHeartbeat: Effect.Effect<unknown>
  readonly resolve: Effect.Effect<CacheEntry.Resolution>
}

/**
 * What a caller is told: the outcome of a lookup, and how it came about.
 *
 * @since 0.2.0
 * @category models
 */
export interface Served {
  readonly result: CacheEntry.Resolution["result"]
  readonly steps: ReadonlyArray<Provenance.Step>
  /** The age of a cached answer in milliseconds. */
  readonly cachedMs: Option.Option<number>
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
export class AnswerCache extends Context.Tag("CredentialHelper/AnswerCache")<AnswerCache, {
  readonly get: (request: Request) => Effect.Effect<Served>
  /** Removes expired entries; returns their number. */
  readonly prune: Effect.Effect<number>
  /** Removes the entries whose label satisfies the predicate; lookups in progress are not cached. Returns their number. */
  readonly invalidate: (matches: (label: string) => boolean) => Effect.Effect<number>
  /** The entries that have not expired. */
  readonly entries: Effect.Effect<ReadonlyArray<CacheEntry.Entry>>
  readonly counts: Effect.Effect<Counts>
}>() {}

/**
 * A lookup that was made now.
 *
 * @since 0.2.0
 * @category constructors
 */
export const served = ({ provenance, result }: CacheEntry.Resolution): Served => ({
  result,
  steps: provenance.steps,
  cachedMs: Option.none()
})

/** Entries in all, and entries of one key that differ in their inputs. */
const capacity = 10_000
const variants = 8

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<AnswerCache["Type"], never, FileSystem.FileSystem | Scope.Scope> = Effect.gen(
  function*() {
    const fs = yield* FileSystem.FileSystem
    const scope = yield* Effect.scope
    const store = AnswerStore.makeMemory(capacity)
    const flights = yield* SingleFlight.make<CacheEntry.Resolution, never>({
      capacity: Number.POSITIVE_INFINITY,
      timeToLive: () => Duration.zero,
      failureTtl: Duration.zero
    })
    const counts = { hits: 0, misses: 0, shared: 0, refreshes: 0, failures: 0 }
    const makeEntry = CacheEntry.maker()
    // Counts the invalidations: a lookup that began before one is not cached.
    let generation = 0

    const areUnchanged = (inputs: ReadonlyArray<Provenance.Input>, variables: ReadonlyMap<string, string>) =>
      InputCheck.areUnchanged(fs, inputs, variables)

    const isCurrent = (variables: ReadonlyMap<string, string>) => (entry: CacheEntry.Entry) =>
      Effect.flatMap(Timestamp.now, (now) =>
        CacheEntry.isAlive(now)(entry) && CacheEntry.isFor(variables)(entry)
          ? areUnchanged(entry.inputs, variables)
          : Effect.succeed(false))

    /** If the wall clock is set during a lookup, its expiry is unknown: look up once more. */
    const attempt = ({ resolve }: Request) =>
      Effect.gen(function*() {
        const asked = yield* Timestamp.now
        const { provenance, result } = yield* resolve
        return { asked, provenance, result, age: yield* Timestamp.since(asked) }
      }).pipe(Effect.repeat({ times: 1, until: ({ age }) => Option.isSome(age) }))

    /** Looks up, and caches an answer. */
    const learn = (request: Request, replaced: Option.Option<CacheEntry.Entry>) =>
      Effect.gen(function*() {
        const before = generation
        const { age, asked, provenance, result } = yield* attempt(request)
        const now = yield* Timestamp.now
        const { key } = request
        if (Either.isLeft(result)) counts.failures++
        else if (Option.isSome(age) && generation === before) {
          const entry = makeEntry(request, result.right, provenance, asked, now)
          const others = store.get(key).filter((other) =>
            CacheEntry.isAlive(now)(other) && !Option.contains(replaced, other)
          )
          store.put(key, [entry, ...others].slice(0, variants))
        }
        return { provenance, result }
      })

    const refresh = (request: Request, entry: CacheEntry.Entry) =>
      Effect.suspend(() => {
        counts.refreshes++
        const before = entry.refreshAt
        // Before the fork: the next caller may come before the fiber runs.
        entry.refreshAt = Number.POSITIVE_INFINITY
        // The cached answer is still good. Refresh again after half of the time that is left.
        const later = Effect.map(Timestamp.now, (moment) => {
          const now = Option.getOrElse(CacheEntry.clockOf(entry, moment), () => entry.usableUntil)
          entry.refreshAt = Math.max(before, now + (entry.usableUntil - now) / 2)
        })
        return learn(request, Option.some(entry)).pipe(
          Effect.provideService(Refresh, true),
          Effect.flatMap(({ result }) => Either.isRight(result) ? Effect.void : later),
          Effect.catchAllDefect(() => later),
          Effect.forkIn(scope)
        )
      })

    /** The outcome of a lookup, and whether this caller started it: callers with the same variables share one. */
    const fly = (request: Request) =>
      Effect.suspend(() => {
        let own = false
        const work = Effect.suspend(() => {
          own = true
          counts.misses++
          return learn(request, Option.none())
        })
        return flights.get(`${request.key} ${Environment.fingerprintOf(request.variables)}`, request.label, work).pipe(
          Effect.map((resolution) => ({ ...resolution, own }))
        )
      })

    /**
     * One attempt for all who ask at the same time. A caller that goes away takes nothing with it, and one that came after a
     * file had changed under the attempt of others makes its own.
     */
    const resolve = (request: Request) =>
      Effect.gen(function*() {
        yield* request.startHeartbeat
        const { own, provenance, result } = yield* fly(request)
        if (own) return served({ provenance, result })
        counts.shared++
        return (yield* areUnchanged(provenance.inputs, request.variables))
          ? served({ provenance, result })
          : served(yield* fly(request))
      })

    return AnswerCache.of({
      get: Effect.fnUntraced(function*(request: Request) {
        const entries = store.get(request.key)
        const found = yield* Effect.findFirst(entries, isCurrent(request.variables))
        if (Option.isNone(found)) return yield* resolve(request)
        counts.hits++
        const wall = CacheEntry.clockOf(found.value, yield* Timestamp.now)
        if (Option.exists(wall, (wall) => wall >= found.value.refreshAt)) yield* refresh(request, found.value)
        store.put(request.key, store.get(request.key))
        const { answer, asked, steps } = found.value
        return {
          result: Either.right(answer),
          steps,
          cachedMs: Option.map(wall, (wall) => wall - asked.wall)
        }
      }),
      prune: Effect.map(Timestamp.now, (now) => store.retain(CacheEntry.isAlive(now))),
      invalidate: (matches) =>
        Effect.suspend(() => {
          generation++
          return Effect.as(flights.invalidate(() => true), store.retain((entry) => !matches(entry.label)))
        }),
      entries: Effect.map(Timestamp.now, (now) => store.entries().filter(CacheEntry.isAlive(now))),
      counts: Effect.sync(() => ({ ...counts }))
    })
  }
)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<AnswerCache, never, FileSystem.FileSystem> = Layer.scoped(AnswerCache, make)
