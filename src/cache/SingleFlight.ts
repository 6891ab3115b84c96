/**
 * Work that is done once for everybody who asks for the same at the same time, and whose result is kept for a while.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
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
  /** The kept result, or the running work, or this work. `subject` is what the step of a sharer is about. */
  readonly get: (key: string, subject: string, work: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Does the work although there is a result, if that one is stale, and keeps what comes of it. A failure loses nothing. */
  readonly renew: (
    key: string,
    subject: string,
    work: Effect.Effect<A, E>,
    isStale: (value: A) => boolean
  ) => Effect.Effect<A, E>
  /** Forgets the keys that satisfy the predicate. */
  readonly invalidate: (matches: (key: string) => boolean) => Effect.Effect<void>
}

/**
 * How long a failure is told to those who ask for the same; zero unless somebody sets it. Read by `make`.
 *
 * @since 0.1.0
 * @category context
 */
export class FailureLife extends Context.Reference<FailureLife>()("CredentialHelper/FailureLife", {
  defaultValue: (): Duration.Duration => Duration.zero
}) {}

interface Slot<A, E> {
  /** When the work began: what it learnt may be as old as that. */
  readonly asked: Timestamp.Timestamp
  readonly result: Deferred.Deferred<A, E>
  /** Milliseconds from `asked` on; absent while the work goes on. */
  life?: number
}

/**
 * Failures are told to everybody who waits, and kept for `FailureLife`. Nothing is kept over a change of the wall clock.
 * Work goes on in the scope when its caller has gone away.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E>(options: {
  readonly capacity: number
  /** How long a result is kept, counted from its arrival. */
  readonly timeToLive: (value: A) => Duration.DurationInput
}): Effect.Effect<SingleFlight<A, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const failureLife = Duration.toMillis(yield* FailureLife)
    // In the order of use: the first key is the one that was used least recently.
    const slots = new Map<string, Slot<A, E>>()

    const put = (id: string, slot: Slot<A, E>) => {
      slots.delete(id)
      slots.set(id, slot)
      for (const oldest of slots.keys()) {
        if (slots.size <= options.capacity) break
        slots.delete(oldest)
      }
    }

    /** The running work, or a result that is still good. */
    const find = (id: string, now: Timestamp.Timestamp): Slot<A, E> | undefined => {
      const slot = slots.get(id)
      const life = slot?.life
      if (slot === undefined || life === undefined) return slot
      return Option.exists(Timestamp.between(slot.asked, now), (age) => age < life) ? slot : undefined
    }

    const lifeOf = (exit: Exit.Exit<A, E>): number =>
      Exit.match(exit, {
        onSuccess: (value) => Duration.toMillis(options.timeToLive(value)),
        // Neither a bug nor an interruption is an answer.
        onFailure: (cause) => Cause.isFailType(cause) ? failureLife : 0
      })

    const settle = (id: string, slot: Slot<A, E>) => (exit: Exit.Exit<A, E>) =>
      Effect.gen(function*() {
        const age = yield* Timestamp.since(slot.asked)
        const life = lifeOf(exit)
        slot.life = Option.match(age, { onNone: () => 0, onSome: (age) => life > 0 ? age + life : 0 })
        if (slot.life === 0 && slots.get(id) === slot) slots.delete(id)
        yield* Deferred.done(slot.result, exit)
      })

    const get: SingleFlight<A, E>["get"] = (id, subject, work) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const now = yield* Timestamp.now
          const me = yield* Effect.fiberId
          // From here to `put` nothing else runs: two callers cannot both find nobody.
          const known = find(id, now)
          if (known !== undefined) {
            put(id, known)
            yield* Provenance.step({ kind: "decision", subject, outcome: "shared" })
            return yield* restore(Deferred.await(known.result))
          }
          const slot: Slot<A, E> = { asked: now, result: Deferred.unsafeMake(me) }
          put(id, slot)
          yield* Effect.interruptible(work).pipe(Effect.onExit(settle(id, slot)), Effect.forkIn(scope))
          return yield* restore(Deferred.await(slot.result))
        })
      )

    /** The kept result, if there is one and it is not a failure. */
    const kept = (id: string): Effect.Effect<Option.Option<A>> =>
      Effect.gen(function*() {
        const slot = find(id, yield* Timestamp.now)
        const result = slot === undefined ? Option.none() : yield* Deferred.poll(slot.result)
        return Option.isNone(result) ? Option.none() : yield* Effect.option(result.value)
      })

    return {
      get,
      renew: (id, subject, work, isStale) =>
        Effect.gen(function*() {
          const value = yield* kept(id)
          if (!Option.exists(value, isStale)) return yield* get(id, subject, work)
          // Under a key of its own, so that the kept result goes on being served.
          const renewal = `${id} renewal`
          const renewed = yield* get(renewal, subject, work)
          const slot = slots.get(renewal)
          if (slot !== undefined) put(id, slot)
          slots.delete(renewal)
          return renewed
        }),
      invalidate: (matches) =>
        Effect.sync(() => {
          for (const id of [...slots.keys()]) if (matches(id)) slots.delete(id)
        })
    }
  })
