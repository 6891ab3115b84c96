/**
 * Which requests are sent again, and when.
 *
 * @since 0.2.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Deadline from "../platform/Deadline.ts"

/**
 * An attempt that did not settle the request.
 *
 * @since 0.2.0
 * @category models
 */
export interface Unsettled<A, E> {
  /** Whether the request may be sent again. */
  readonly retryable: boolean
  /** The pause that the server asked for. */
  readonly retryAfterMillis: Option.Option<number>
  /** The outcome of the request if this was the last attempt. */
  readonly outcome: Either.Either<A, E>
}

const maxPauseMillis = 10_000

/**
 * Whether another attempt may get another status.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isTransient = (status: number): boolean => status === 408 || status === 429 || status >= 500

const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3). `None` for a date in the past and for
 * anything else.
 *
 * @since 0.2.0
 * @category decoding
 */
export const retryAfter = (value: string | undefined, now: number): Option.Option<number> => {
  const text = value?.trim() ?? ""
  if (/^\d+$/.test(text)) return Option.some(Math.min(Number(text), 1e9) * 1000)
  const date = httpDate.test(text) ? Date.parse(text) : NaN
  return Number.isFinite(date) && date > now ? Option.some(date - now) : Option.none()
}

/**
 * Pauses for 250 ms × 2ⁿ ± 25 %, or for as long as the server asked. Stops after `retries` retries, and when the pause would
 * reach the deadline or 10 seconds.
 *
 * @since 0.2.0
 * @category constructors
 */
export const schedule = (retries: number): Schedule.Schedule<unknown, Unsettled<unknown, unknown>> =>
  Schedule.exponential("250 millis").pipe(
    Schedule.jitteredWith({ min: 0.75, max: 1.25 }),
    Schedule.passthrough<unknown, Unsettled<unknown, unknown>, never>,
    Schedule.modifyDelay(({ retryAfterMillis }, pause) => Option.getOrElse(retryAfterMillis, () => pause)),
    Schedule.delays,
    Schedule.whileOutputEffect((pause) =>
      Effect.map(Deadline.left, (left) => Duration.toMillis(pause) < Math.min(left, maxPauseMillis))
    ),
    Schedule.intersect(Schedule.recurs(retries)),
    Schedule.whileInput(({ retryable }) => retryable)
  )
