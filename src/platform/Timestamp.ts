/**
 * A point in time on two clocks: the wall clock, which users and time servers set, and the monotonic clock. An age is
 * known only while the two agree.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * @since 0.2.0
 * @category models
 */
export interface Timestamp {
  /** Wall clock: milliseconds since the epoch. */
  readonly wall: number
  /** Monotonic clock: milliseconds since an arbitrary origin. */
  readonly monotonic: number
}

/** Time servers slew the wall clock by small amounts; expiry times have a margin for that. */
const toleranceMs = 2000

/**
 * @since 0.1.0
 * @category constructors
 */
export const now: Effect.Effect<Timestamp> = Effect.zipWith(
  Clock.currentTimeMillis,
  Clock.currentTimeNanos,
  (wall, nanos) => ({ wall, monotonic: Number(nanos / 1000n) / 1000 })
)

/**
 * Milliseconds between two timestamps, by the clock that advanced further. `None` when the wall clock was set in between,
 * or the machine slept.
 *
 * @since 0.1.0
 * @category accessors
 */
export const between = (then: Timestamp, now: Timestamp): Option.Option<number> => {
  const wall = now.wall - then.wall
  const monotonic = now.monotonic - then.monotonic
  return Math.abs(wall - monotonic) > toleranceMs ? Option.none() : Option.some(Math.max(wall, monotonic, 0))
}

/**
 * Milliseconds from a timestamp until now; see `between`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const since = (then: Timestamp): Effect.Effect<Option.Option<number>> =>
  Effect.map(now, (now) => between(then, now))
