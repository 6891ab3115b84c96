/**
 * Work that is done once for all who ask for the same at the same time, and whose result is cached for a while.
 *
 * `effect/Cache` is not used: a refresh that fails replaces the good value, and its lookup runs in the context of `make`,
 * where the caller's recorder is lost.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Provenance from "../domain/Provenance.ts"
import * as Timestamp from "../platform/Timestamp.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface SingleFlight<A, E> {
  /** The cached result, or the result of the work that is going on, or of this work. `subject` names it for `Shared`. */
  readonly get: (key: string, subject: string, work: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Does the work although a result is cached, if that one is stale. A failure leaves the cached result in place. */
  readonly refresh: (
    key: string,
    subject: string,
    work: Effect.Effect<A, E>,
    isStale: (value: A) => boolean
  ) => Effect.Effect<A, E>
  /** Drops the keys that satisfy the predicate. */
  readonly invalidate: (matches: (key: string) => boolean) => Effect.Effect<void>
}

/**
 * @since 0.2.0
 * @category models
 */
export interface FailureOptions {
  /** How long a failure is cached: that many parallel calls make one failing attempt. */
  readonly failureTtl: Duration.DurationInput
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Options<A> extends FailureOptions {
  readonly capacity: number
  /** How long a result is cached, counted from its arrival. */
  readonly timeToLive: (value: A) => Duration.DurationInput
}

interface Slot<A, E> {
  /** When the work began: what it learnt may be as old as that. */
  readonly asked: Timestamp.Timestamp
  readonly result: Deferred.Deferred<A, E>
  /** The steps and inputs of the work, for those who share it. */
  readonly record: Provenance.Recorder
  /** Milliseconds from `asked` on; absent while the work goes on. */
  timeToLiveMs?: number
}

/** Slots in the order of use: the first key is the least recently used one. */
const makeSlots = <A, E>(capacity: number) => {
  const slots = new Map<string, Slot<A, E>>()
  return {
    put: (key: string, slot: Slot<A, E>): void => {
      slots.delete(key)
      slots.set(key, slot)
      for (const oldest of slots.keys()) {
        if (slots.size <= capacity) break
        slots.delete(oldest)
      }
    },
    /** The work that is going on, or a result that has not expired. */
    find: (key: string, now: Timestamp.Timestamp): Slot<A, E> | undefined => {
      const slot = slots.get(key)
      const timeToLiveMs = slot?.timeToLiveMs
      if (slot === undefined || timeToLiveMs === undefined) return slot
      return Option.exists(Timestamp.between(slot.asked, now), (age) => age < timeToLiveMs) ? slot : undefined
    },
    drop: (key: string, slot: Slot<A, E>): void => {
      if (slots.get(key) === slot) slots.delete(key)
    },
    rename: (from: string, to: string): void => {
      const slot = slots.get(from)
      slots.delete(from)
      if (slot !== undefined) slots.set(to, slot)
    },
    invalidate: (matches: (key: string) => boolean): void => {
      for (const key of [...slots.keys()]) if (matches(key)) slots.delete(key)
    }
  }
}

/** What a sharer's answer came about by, and depends on. */
const share = <A, E>(subject: string, { record, result }: Slot<A, E>): Effect.Effect<A, E> => {
  const inputs = Effect.suspend(() => Effect.forEach(record.read().inputs, Provenance.input, { discard: true }))
  return Effect.zipRight(
    Provenance.step(Provenance.Step.Shared({ subject, steps: record.read().steps })),
    Effect.ensuring(Deferred.await(result), inputs)
  )
}

/**
 * All callers that wait get the same failure. Nothing is cached over a change of the wall clock. Work goes on in the scope
 * when its caller is interrupted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E>(options: Options<A>): Effect.Effect<SingleFlight<A, E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const slots = makeSlots<A, E>(options.capacity)

    const timeToLiveMs = (exit: Exit.Exit<A, E>): number =>
      Duration.toMillis(Exit.match(exit, {
        onSuccess: options.timeToLive,
        // Neither a bug nor an interruption is an answer.
        onFailure: (cause) => Cause.isFailType(cause) ? options.failureTtl : 0
      }))

    const settle = (key: string, slot: Slot<A, E>) => (exit: Exit.Exit<A, E>) =>
      Effect.gen(function*() {
        const age = yield* Timestamp.since(slot.asked)
        const left = timeToLiveMs(exit)
        slot.timeToLiveMs = Option.match(age, { onNone: () => 0, onSome: (age) => left > 0 ? age + left : 0 })
        if (slot.timeToLiveMs === 0) slots.drop(key, slot)
        yield* Deferred.done(slot.result, exit)
      })

    const get: SingleFlight<A, E>["get"] = (key, subject, work) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const now = yield* Timestamp.now
          const me = yield* Effect.fiberId
          const record = Provenance.makeRecorder(yield* Provenance.CurrentRecorder)
          // From here to `put` nothing else runs: two callers cannot both find no slot.
          const known = slots.find(key, now)
          if (known !== undefined) {
            slots.put(key, known)
            return yield* restore(share(subject, known))
          }
          const slot: Slot<A, E> = { asked: now, result: Deferred.unsafeMake(me), record }
          slots.put(key, slot)
          yield* Effect.interruptible(work).pipe(
            Effect.provideService(Provenance.CurrentRecorder, Option.some(record)),
            Effect.onExit(settle(key, slot)),
            Effect.forkIn(scope)
          )
          return yield* restore(Deferred.await(slot.result))
        })
      )

    /** The cached result, if there is one and it is not a failure. */
    const cached = (key: string): Effect.Effect<Option.Option<A>> =>
      Effect.gen(function*() {
        const slot = slots.find(key, yield* Timestamp.now)
        const result = slot === undefined ? Option.none() : yield* Deferred.poll(slot.result)
        return Option.isNone(result) ? Option.none() : yield* Effect.option(result.value)
      })

    return {
      get,
      refresh: (key, subject, work, isStale) =>
        Effect.gen(function*() {
          const value = yield* cached(key)
          if (!Option.exists(value, isStale)) return yield* get(key, subject, work)
          // Under another key, so that the cached result goes on being served.
          const refreshKey = `${key} refresh`
          const refreshed = yield* get(refreshKey, subject, work)
          slots.rename(refreshKey, key)
          return refreshed
        }),
      invalidate: (matches) => Effect.sync(() => slots.invalidate(matches))
    }
  })
