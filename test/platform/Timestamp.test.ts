import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Timestamp from "../../src/platform/Timestamp.ts"
import * as Clock from "../clock.ts"

const millisOf = (text: string) => DateTime.unsafeMake(text).epochMillis

describe("Timestamp", () => {
  it.effect("measures an age by the clock that advanced further, and none after the wall clock was set", () =>
    Clock.settable(({ step }) =>
      Effect.gen(function*() {
        const then = yield* Timestamp.now
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* Timestamp.since(then), Option.some(3_600_000))
        yield* step("1 second", "forward")
        assert.deepStrictEqual(yield* Timestamp.since(then), Option.some(3_601_000))
        yield* step("2 seconds", "back")
        assert.deepStrictEqual(yield* Timestamp.since(then), Option.some(3_600_000))
        yield* step("1001 millis", "back")
        assert.deepStrictEqual(yield* Timestamp.since(then), Option.none())
      })
    ))

  it.effect("counts the hour in which daylight saving time ends", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(millisOf("2026-10-25T02:30:00+02:00"))
      const then = yield* Timestamp.now
      yield* TestClock.setTime(millisOf("2026-10-25T02:30:00+01:00"))
      assert.deepStrictEqual(yield* Timestamp.since(then), Option.some(3_600_000))
    }))
})
