import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Retry from "../../src/http/Retry.ts"

describe("Retry.isTransient", () => {
  it("holds for 408, 429 and 5xx", () => {
    for (const status of [408, 429, 500, 502, 503, 504]) assert.isTrue(Retry.isTransient(status), `${status}`)
    for (const status of [200, 204, 301, 400, 401, 403, 404, 405, 418]) {
      assert.isFalse(Retry.isTransient(status), `${status}`)
    }
  })
})

describe("Retry.retryAfter", () => {
  it.prop("reads seconds, with an upper limit", [FastCheck.bigInt({ min: 0n, max: 10n ** 30n })], ([seconds]) => {
    const millis = Option.getOrThrow(Retry.retryAfter(` ${seconds} `, 0))
    assert.strictEqual(millis, Math.min(Number(seconds), 1e9) * 1000)
    assert.isTrue(Number.isSafeInteger(millis))
  })

  it.prop("reads a date as the time until then, and ignores a date in the past", [
    FastCheck.integer({ min: -1_000_000, max: 1_000_000 }),
    FastCheck.integer({ min: 946_684_800, max: 4_102_444_800 })
  ], ([offset, seconds]) => {
    const date = DateTime.toDateUtc(DateTime.unsafeMake(seconds * 1000)).toUTCString()
    const pause = Retry.retryAfter(date, seconds * 1000 - offset)
    assert.deepStrictEqual(pause, offset > 0 ? Option.some(offset) : Option.none())
  })

  it.prop("is finite for any string", [FastCheck.string()], ([text]) => {
    const pause = Retry.retryAfter(text, 0)
    if (Option.isSome(pause)) assert.isTrue(Number.isFinite(pause.value) && pause.value >= 0)
  })

  it("ignores anything else", () => {
    for (
      const text of [
        undefined,
        "",
        "-1",
        "1.5",
        "0x10",
        "1e3",
        "soon",
        "2026-01-01T00:00:00Z",
        "Thu, 01 Foo 2026 00:00:05 GMT"
      ]
    ) {
      assert.deepStrictEqual(Retry.retryAfter(text, 0), Option.none())
    }
  })
})
