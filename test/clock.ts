/** The clock of the test, with a wall clock that can be set apart from it. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export interface Wall {
  /** As a person or a time server does; the steady clock does not notice. */
  readonly step: (by: Duration.DurationInput, direction: "back" | "forward") => Effect.Effect<void>
}

export const settable = <A, E, R>(use: (wall: Wall) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((inner) => {
    let offset = 0
    // Behind it is the TestClock, which goes on being adjusted.
    const clock: Clock.Clock = Object.assign(Object.create(inner), {
      unsafeCurrentTimeMillis: () => inner.unsafeCurrentTimeMillis() + offset,
      currentTimeMillis: Effect.map(inner.currentTimeMillis, (millis) => millis + offset)
    })
    const step: Wall["step"] = (by, direction) =>
      Effect.sync(() => offset += (direction === "back" ? -1 : 1) * Duration.toMillis(by))
    return Effect.withClock(use({ step }), clock)
  })
