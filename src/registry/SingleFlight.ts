/**
 * Work that is done once for everybody who asks for the same at the same time, and whose result is kept for a while.
 *
 * @since 0.1.0
 */
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Provenance from "../domain/Provenance.ts"

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

/** A cache looks work up by its key and in its own context; ours brings the work of the caller who was first. */
class Key<A, E> implements Equal.Equal {
  readonly id: string
  #work: Effect.Effect<A, E>
  constructor(id: string, work: Effect.Effect<A, E>) {
    this.id = id
    this.#work = work
  }
  /** The work, once: a kept key must not keep its caller's secrets and context as well. */
  readonly take = (): Effect.Effect<A, E> => {
    const work = this.#work
    this.#work = Effect.interrupt
    return work
  };
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof Key && that.id === this.id
  }
  [Hash.symbol](): number {
    return Hash.string(this.id)
  }
}

/**
 * Failures are told to everybody who waits, and not kept. Work goes on in the scope when its caller has gone away.
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
    const cache = yield* Cache.makeWith<Key<A, E>, A, E>({
      capacity: options.capacity,
      lookup: (key) => Effect.suspend(key.take),
      timeToLive: Exit.match({ onFailure: () => Duration.zero, onSuccess: options.timeToLive })
    })
    const get: SingleFlight<A, E>["get"] = (id, subject, work) =>
      Effect.gen(function*() {
        // The deadline and the recorder of the caller, which the cache would not pass on.
        const context = yield* Effect.context<never>()
        let own = false
        const key = new Key(
          id,
          Effect.zipRight(
            Effect.sync(() => own = true),
            Effect.mapInputContext<A, E, never, never>(work, () => context)
          )
        )
        const fiber = yield* cache.get(key).pipe(
          Effect.onError(() => own ? cache.invalidate(key) : Effect.void),
          // An interrupted caller must not take those along who wait for the same.
          Effect.forkIn(scope)
        )
        const value = yield* Fiber.join(fiber)
        if (!own) yield* Provenance.step({ kind: "decision", subject, outcome: "shared" })
        return value
      })
    const bare = (id: string) => new Key<A, E>(id, Effect.interrupt)
    return {
      get,
      renew: (id, subject, work, isStale) =>
        Effect.gen(function*() {
          const kept = yield* cache.getOptionComplete(bare(id))
          if (Option.isSome(kept) && !isStale(kept.value)) return kept.value
          // Under a key of its own, so that the kept result goes on being served.
          const renewal = `${id} renewal`
          const value = yield* get(renewal, subject, work)
          yield* cache.set(bare(id), value)
          yield* cache.invalidate(bare(renewal))
          return value
        }),
      invalidate: (matches) =>
        Effect.flatMap(cache.keys, (keys) =>
          Effect.forEach(
            keys.filter(({ id }) => matches(id)),
            (key) => cache.invalidate(key),
            { discard: true }
          ))
    }
  })
