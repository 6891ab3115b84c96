/** What another process, the kernel or the event loop does in its own time: asserted until it holds, for ten seconds. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

const patience = Schedule.spaced("10 millis").pipe(Schedule.upTo("10 seconds"))

export const eventually = <A, E, R>(assertion: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  assertion.pipe(Effect.sandbox, Effect.retry(patience), Effect.unsandbox)
