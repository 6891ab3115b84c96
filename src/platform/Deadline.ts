/**
 * How much time is left for the current lookup. Bazel gives up after 10 s; we fail before that, with a message.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * The time at which the lookup fails, in milliseconds since the epoch. Infinity by default.
 *
 * @since 0.1.0
 * @category context
 */
export class Deadline extends Context.Reference<Deadline>()("CredentialHelper/Deadline", {
  defaultValue: (): number => Number.POSITIVE_INFINITY
}) {}

/**
 * Milliseconds left; never negative.
 *
 * @since 0.1.0
 * @category accessors
 */
export const left: Effect.Effect<number> = Effect.zipWith(
  Deadline,
  Clock.currentTimeMillis,
  (deadline, now) => Math.max(0, deadline - now)
)
