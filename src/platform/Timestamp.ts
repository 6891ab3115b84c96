/**
 * An instant on two clocks: the one on the wall, which a person or a time server may set, and the steady one, which only
 * counts. What was learnt at a moment can be judged by its age only while the two agree.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * @since 0.1.0
 * @category models
 */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly wall: number
  /** Milliseconds since some instant. */
  readonly steady: number
}

/** Milliseconds. Time servers correct this much in small steps; what is handed out has a margin for it. */
const tolerance = 2000

/**
 * @since 0.1.0
 * @category moments
 */
export const now: Effect.Effect<Moment> = Effect.zipWith(
  Clock.currentTimeMillis,
  Clock.currentTimeNanos,
  (wall, nanos) => ({ wall, steady: Number(nanos / 1000n) / 1000 })
)

/**
 * Milliseconds between two moments, by the clock that went faster; `None` when the wall clock was set in between, or the
 * machine slept.
 *
 * @since 0.1.0
 * @category moments
 */
export const between = (then: Moment, now: Moment): Option.Option<number> => {
  const wall = now.wall - then.wall
  const steady = now.steady - then.steady
  return Math.abs(wall - steady) > tolerance ? Option.none() : Option.some(Math.max(wall, steady, 0))
}

/**
 * @since 0.1.0
 * @category moments
 */
export const since = (then: Moment): Effect.Effect<Option.Option<number>> =>
  Effect.map(now, (now) => between(then, now))
