/**
 * One case of a vectors file: what came out, and what should have.
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
 * Both in the words of the vectors, as JSON.
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
  /** Never fails: a case that makes no sense is one that did not pass. */
  readonly check: (input: unknown) => Effect.Effect<Result>
}

/** Equal as JSON: the order of members does not count, and a member that is `undefined` is none. */
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

/** Nothing waits for as long as this in all. */
const steps = 100

/**
 * Runs at that instant (milliseconds since the epoch), in a time that passes at once: nobody waits for a slow helper.
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
 * The members of an outcome that the case speaks of.
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
 * Members of any kind.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Members = Schema.Record({ key: Schema.String, value: Schema.Unknown })
