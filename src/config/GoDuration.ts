/**
 * Durations in Go's syntax, which the variables of tweag/credential-helper use: `3h`, `1m30s`, `250ms`, `-1s`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000
}

const component = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy

/** The sum of all components in milliseconds; `None` if anything else is in the string. */
const sumMs = (text: string): Option.Option<number> => {
  let sum = 0
  component.lastIndex = 0
  while (component.lastIndex < text.length) {
    const [, number, unit = ""] = component.exec(text) ?? []
    if (number === undefined) return Option.none()
    sum += Number(number) * (unitMs[unit] ?? 0)
  }
  return text === "" ? Option.none() : Option.some(sum)
}

/**
 * A timeout or interval. Zero and negative durations turn it off, and are `Duration.infinity`. `None` if the string is
 * not a duration.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (text: string): Option.Option<Duration.Duration> => {
  const [, sign, unsigned = ""] = /^([+-]?)(.*)$/s.exec(text.trim()) ?? []
  const sum = unsigned === "0" ? Option.some(0) : sumMs(unsigned)
  return Option.map(sum, (ms) => sign === "-" || ms === 0 ? Duration.infinity : Duration.millis(ms))
}
