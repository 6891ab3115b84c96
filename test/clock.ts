/** A test clock whose wall clock can be set independently of the monotonic one. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export interface Wall {
  /** Sets the wall clock, as a user or a time server does. The monotonic clock is not affected. */
  readonly step: (by: Duration.DurationInput, direction: "back" | "forward") => Effect.Effect<void>
}

export const settable = <A, E, R>(use: (wall: Wall) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((inner) => {
    let offset = 0
    // The TestClock underneath can still be adjusted.
    const clock: Clock.Clock = Object.assign(Object.create(inner), {
      unsafeCurrentTimeMillis: () => inner.unsafeCurrentTimeMillis() + offset,
      currentTimeMillis: Effect.map(inner.currentTimeMillis, (millis) => millis + offset)
    })
    const step: Wall["step"] = (by, direction) =>
      Effect.sync(() => offset += (direction === "back" ? -1 : 1) * Duration.toMillis(by))
    return Effect.withClock(use({ step }), clock)
  })
