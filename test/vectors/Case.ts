/**
 * One case of a vectors file: its actual and its expected result.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"

/**
 * Both results as JSON, in the terms of the vectors.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  readonly got: unknown
  readonly want: unknown
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Result extends Outcome {
  readonly id: string
  readonly passed: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Section {
  readonly name: string
  /** Never fails: an invalid case is reported as failed. */
  readonly check: (input: unknown) => Effect.Effect<Result>
}

/** Equal as JSON: the order of members does not matter, and `undefined` members are ignored. */
const sameJson = (a: unknown, b: unknown): boolean => {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Equal.equals(a, b)
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [one, other] = [entriesOf(a), entriesOf(b)]
  return one.size === other.size &&
    [...one].every(([name, value]) => other.has(name) && sameJson(value, other.get(name)))
}

const entriesOf = (value: object): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(value).filter(([, member]) => member !== undefined))

const idOf = (input: unknown): string =>
  typeof input === "object" && input !== null && "id" in input ? `${input.id}` : "(no id)"

/**
 * @since 0.1.0
 * @category constructors
 */
export const section = <A, I>(
  name: string,
  schema: Schema.Schema<A, I>,
  check: (vector: A) => Effect.Effect<Outcome>
): Section => ({
  name,
  check: (input) =>
    Schema.decodeUnknown(schema)(input).pipe(
      Effect.flatMap(check),
      Effect.map(({ got, want }) => ({ id: idOf(input), passed: sameJson(got, want), got, want })),
      Effect.catchAllCause((cause) =>
        Effect.succeed({
          id: idOf(input),
          passed: false,
          got: { broken: Cause.pretty(cause).split("\n", 6).join(" ") },
          want: "a case of this section"
        })
      )
    )
})

/** The limit of the simulated time, in minutes. */
const steps = 100

/**
 * Runs at an instant (milliseconds since the epoch) under the TestClock, so that waiting takes no real time.
 *
 * @since 0.1.0
 * @category running
 */
export const atInstant = (now: number) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function*() {
    yield* TestClock.setTime(now)
    const fiber = yield* Effect.fork(self)
    const ended = Effect.map(Fiber.poll(fiber), Option.isSome)
    yield* Effect.repeat(TestClock.adjust("1 minute"), { times: steps, until: () => ended })
    if (!(yield* ended)) return yield* Effect.dieMessage("it does not end")
    return yield* fiber
  }).pipe(Effect.provide(TestContext.TestContext))

/**
 * The members of an outcome that the case lists.
 *
 * @since 0.1.0
 * @category comparing
 */
export const only = (
  names: Readonly<Record<string, unknown>>,
  outcome: Readonly<Record<string, unknown>>
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(outcome).filter(([name, value]) => name in names && value !== undefined))

/**
 * An object with any members.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Members = Schema.Record({ key: Schema.String, value: Schema.Unknown })
