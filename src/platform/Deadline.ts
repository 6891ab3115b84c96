/**
 * How much of the caller's patience is left. Bazel waits 10 s for us; we stop before that.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * The instant, in milliseconds since the epoch, at which the look-up is given up. Endless unless somebody sets it.
 *
 * @since 0.1.0
 * @category context
 */
export class Deadline extends Context.Reference<Deadline>()("CredentialHelper/Deadline", {
  defaultValue: (): number => Number.POSITIVE_INFINITY
}) {}

/**
 * Milliseconds that are left.
 *
 * @since 0.1.0
 * @category accessors
 */
export const left: Effect.Effect<number> = Effect.zipWith(
  Deadline,
  Clock.currentTimeMillis,
  (deadline, now) => Math.max(0, deadline - now)
)
