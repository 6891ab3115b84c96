/**
 * Durations as Go writes them, because the reference's variables hold them: `3h`, `1m30s`, `250ms`, `-1s`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

const millis: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000
}

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy

/**
 * What a duration asks for: a length, or that the thing be switched off (zero or negative). `None`: not a duration.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (text: string): Option.Option<Option.Option<Duration.Duration>> => {
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text.trim()) ?? []
  if (rest === "0") return Option.some(Option.none())
  part.lastIndex = 0
  let sum = 0
  while (part.lastIndex < rest.length) {
    const [, number, unit] = part.exec(rest) ?? []
    if (number === undefined || unit === undefined) return Option.none()
    sum += Number(number) * (millis[unit] ?? 0)
  }
  if (rest === "") return Option.none()
  return Option.some(sign === "-" || sum === 0 ? Option.none() : Option.some(Duration.millis(sum)))
}
