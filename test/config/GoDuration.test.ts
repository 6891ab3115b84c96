import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as GoDuration from "../../src/config/GoDuration.ts"

/** In milliseconds. */
const parse = (text: string): number | undefined =>
  Option.getOrUndefined(Option.map(GoDuration.parse(text), Duration.toMillis))

const off = Number.POSITIVE_INFINITY

const durations: Readonly<Record<string, number>> = {
  "3h": 10_800_000,
  "1m30s": 90_000,
  "250ms": 250,
  "+1s": 1000,
  " 1s\n": 1000,
  "1.5h": 5_400_000,
  "1.s": 1000,
  ".5s": 500,
  "2us": 0.002,
  "2µs": 0.002,
  "2μs": 0.002,
  "5ns": 0.000005,
  "1s1h": 3_601_000,
  "0": off,
  "+0": off,
  "-0": off,
  "0s": off,
  "0h0m": off,
  "-1s": off,
  "-1h30m": off
}

const invalid = [
  "",
  " ",
  "-",
  "+",
  "3",
  "1h 30m",
  "h",
  "1d",
  "1w",
  "1H",
  "--1s",
  "1s-1s",
  ".s",
  "1..5s",
  "1e3s",
  "1h3",
  "never"
]

describe("GoDuration.parse", () => {
  for (const [text, expected] of Object.entries(durations)) {
    const name = expected === off ? "off" : `${expected} ms`
    it(`reads ${JSON.stringify(text)} as ${name}`, () => assert.strictEqual(parse(text), expected))
  }

  for (const text of invalid) {
    it(`rejects ${JSON.stringify(text)}`, () => assert.strictEqual(parse(text), undefined))
  }

  it.prop(
    "adds up hours, minutes, seconds and milliseconds",
    [FastCheck.nat(1000), FastCheck.nat(1000), FastCheck.nat(1000), FastCheck.nat(1000)],
    ([hours, minutes, seconds, ms]) => {
      const sum = hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + ms
      assert.strictEqual(parse(`${hours}h${minutes}m${seconds}s${ms}ms`), sum === 0 ? off : sum)
      assert.strictEqual(parse(`-${hours}h${minutes}m${seconds}s${ms}ms`), off)
    }
  )

  it.prop("returns a positive duration or none for any string", [FastCheck.string()], ([text]) => {
    const parsed = parse(text)
    assert.isTrue(parsed === undefined || parsed > 0)
  })
})
