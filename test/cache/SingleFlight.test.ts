import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as SingleFlight from "../../src/cache/SingleFlight.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Deadline from "../../src/platform/Deadline.ts"
import * as Clock from "../clock.ts"

const options = { capacity: 10, timeToLive: () => Duration.minutes(1), failureTtl: Duration.zero }

const make = SingleFlight.make<number, string>(options)

/** Work that counts how often it is done, and its next result. */
const counting = Effect.map(Ref.make(0), (count) => ({ count, work: Ref.updateAndGet(count, (n) => n + 1) }))

describe("SingleFlight", () => {
  it.scoped("a result is cached for its TTL, and fetched again after it", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const { work } = yield* counting
      const get = flights.get("k", "s", work)
      assert.deepStrictEqual([yield* get, yield* get], [1, 1])
      assert.strictEqual(yield* flights.get("other", "s", work), 2)
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(yield* get, 3)
    }))

  it.scoped("who asks at the same time shares one attempt", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const { count, work } = yield* counting
      const all = yield* Effect.all(
        Array.from({ length: 100 }, () => flights.get("k", "s", Effect.delay(work, "1 second"))),
        { concurrency: "unbounded" }
      ).pipe(Effect.fork)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([...new Set(yield* all)], [1])
      assert.strictEqual(yield* Ref.get(count), 1)
    }))

  it.scoped("a caller who goes away takes nobody along", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const { count, work } = yield* counting
      const get = flights.get("k", "s", Effect.delay(work, "1 second"))
      const first = yield* Effect.fork(get)
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(get)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* second, 1)
      assert.strictEqual(yield* get, 1)
      assert.strictEqual(yield* Ref.get(count), 1)
    }))

  it.scoped("a failure is told to all who wait, and forgotten at once", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const gate = yield* Deferred.make<number, string>()
      const waiting = yield* Effect.fork(Effect.all(
        [1, 2, 3].map(() => Effect.exit(flights.get("k", "s", Deferred.await(gate)))),
        { concurrency: "unbounded" }
      ))
      yield* TestClock.adjust("1 second")
      yield* Deferred.fail(gate, "no")
      assert.deepStrictEqual(yield* waiting, [1, 2, 3].map(() => Exit.fail("no")))
      assert.strictEqual(yield* flights.get("k", "s", Effect.succeed(7)), 7)
    }))

  it.scoped("the work sees its caller's deadline and writes to its caller's record; a sharer gets its steps and inputs", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const input: Provenance.Input = { _tag: "Variable", name: "V", fingerprint: "f" }
      const work = Effect.tap(
        Deadline.Deadline,
        (millis) =>
          Effect.zipRight(
            Provenance.input(input),
            Provenance.step(Provenance.Step.RequestSent({ method: "GET", url: "r", outcome: `${millis}` }))
          )
      )
      const recordOf = (deadline: number) =>
        Provenance.recording((sofar) => Effect.zipRight(flights.get("k", "token of r", work), sofar)).pipe(
          Effect.provideService(Deadline.Deadline, deadline)
        )
      const sent = Provenance.Step.RequestSent({ method: "GET", url: "r", outcome: "7" })
      assert.deepStrictEqual(yield* recordOf(7), { steps: [sent], inputs: [input] })
      assert.deepStrictEqual(yield* recordOf(8), {
        steps: [Provenance.Step.Shared({ subject: "token of r", steps: [sent] })],
        inputs: [input]
      })
    }))

  it.scoped("a refresh replaces a stale result, and leaves a fresh one alone", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const { work } = yield* counting
      assert.strictEqual(yield* flights.get("k", "s", work), 1)
      assert.strictEqual(yield* flights.refresh("k", "s", work, () => false), 1)
      assert.strictEqual(yield* flights.refresh("k", "s", work, () => true), 2)
      assert.strictEqual(yield* flights.refresh("k", "s", work, (value) => value < 2), 2)
      assert.strictEqual(yield* flights.get("k", "s", work), 2)
      yield* Effect.exit(flights.refresh("k", "s", Effect.fail("no"), () => true))
      assert.strictEqual(yield* flights.get("k", "s", work), 2)
    }))

  it.scoped("invalidate drops the keys that match", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const { work } = yield* counting
      const all = () => Effect.all([flights.get("a", "s", work), flights.get("b", "s", work)])
      assert.deepStrictEqual(yield* all(), [1, 2])
      yield* flights.invalidate((key) => key === "a")
      assert.deepStrictEqual(yield* all(), [3, 2])
    }))

  for (const direction of ["back", "forward"] as const) {
    it.scoped(`nothing is cached over a wall clock that is set ${direction} by an hour`, () =>
      Clock.settable(({ step }) =>
        Effect.gen(function*() {
          const flights = yield* make
          const { work } = yield* counting
          assert.strictEqual(yield* flights.get("k", "s", work), 1)
          yield* step("1 hour", direction)
          assert.strictEqual(yield* flights.get("k", "s", work), 2)
          assert.strictEqual(yield* flights.get("k", "s", work), 2)
          yield* step("1 hour", direction)
          assert.strictEqual(yield* flights.refresh("k", "s", work, () => false), 3)
        })
      ))
  }

  it.scoped("a result is as old as its work: the clock was set while it went on", () =>
    Clock.settable(({ step }) =>
      Effect.gen(function*() {
        const flights = yield* make
        const { work } = yield* counting
        const first = yield* Effect.fork(flights.get("k", "s", Effect.delay(work, "1 second")))
        yield* TestClock.adjust("500 millis")
        yield* step("1 hour", "back")
        yield* TestClock.adjust("500 millis")
        assert.strictEqual(yield* first, 1)
        assert.strictEqual(yield* flights.get("k", "s", work), 2)
      })
    ))

  it.scoped("small corrections of the clock neither lose a result nor make it live longer", () =>
    Clock.settable(({ step }) =>
      Effect.gen(function*() {
        const flights = yield* make
        const { work } = yield* counting
        const get = flights.get("k", "s", work)
        yield* get
        yield* step("1500 millis", "back")
        yield* TestClock.adjust("59 seconds")
        assert.strictEqual(yield* get, 1)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* get, 2)
      })
    ))

  it.scoped("failures are cached for their TTL from their arrival, bugs and interruptions are not", () =>
    Effect.gen(function*() {
      const flights = yield* SingleFlight.make<number, string>({ ...options, failureTtl: Duration.seconds(2) })
      const { count, work } = yield* counting
      const failing = Effect.exit(flights.get("k", "s", Effect.zipRight(work, Effect.fail("no"))))
      yield* failing
      yield* TestClock.adjust("1999 millis")
      assert.deepStrictEqual(yield* failing, Exit.fail("no"))
      assert.strictEqual(yield* Ref.get(count), 1)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* failing, Exit.fail("no"))
      assert.strictEqual(yield* Ref.get(count), 2)
      yield* TestClock.adjust("2 seconds")
      for (const end of [Effect.die("bug"), Effect.interrupt]) {
        yield* Effect.exit(flights.get("k", "s", Effect.zipRight(work, end)))
      }
      assert.strictEqual(yield* flights.get("k", "s", work), 5)
    }))

  it.scoped("the least recently used key is evicted first", () =>
    Effect.gen(function*() {
      const flights = yield* make
      const { work } = yield* counting
      const get = (n: number) => flights.get(`${n}`, "s", work)
      yield* Effect.forEach(Array.from({ length: 10 }, (_, n) => n), get)
      yield* get(0)
      yield* get(10)
      assert.deepStrictEqual([yield* get(0), yield* get(1)], [1, 12])
    }))
})
