/**
 * The status of an agent: URIs without their query, ages and counts. It contains no secrets.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import type { Entry } from "../../cache/CacheEntry.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Status = Schema.Struct({
  pid: Schema.Int,
  version: Schema.String,
  /** The path of the agent's socket. */
  identity: Schema.String,
  uptimeSeconds: Schema.Number,
  memoryBytes: Schema.Number,
  hits: Schema.Int,
  misses: Schema.Int,
  /** Calls that waited for the attempt of another call. */
  shared: Schema.Int,
  refreshes: Schema.Int,
  failures: Schema.Int,
  /** The time from request to reply, over the last 1,000 calls. */
  latencyMillis: Schema.Struct({ p50: Schema.Number, p90: Schema.Number, p99: Schema.Number }),
  entries: Schema.Array(Schema.Struct({
    uri: Schema.String,
    source: Schema.String,
    ageSeconds: Schema.Number,
    leftSeconds: Schema.Number
  }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Status = typeof Status.Type

/**
 * The quantile for a fraction from 0 to 1, rounded to three decimals; 0 if there are no values.
 *
 * @since 0.1.0
 * @category accessors
 */
export const quantile = (values: ReadonlyArray<number>, fraction: number): number => {
  const sorted = Arr.sort(values, Order.number)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0) * 1000) / 1000
}

/**
 * The status of a cached answer at a time, in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category encoding
 */
export const describe = (now: number) => ({ asked, label, source, usableUntil }: Entry) => ({
  uri: label,
  source,
  ageSeconds: Math.round((now - asked.wall) / 1000),
  leftSeconds: Math.round((usableUntil - now) / 1000)
})

const duration = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
    ? `${Math.round(seconds / 60)} min`
    : `${Math.round(seconds / 3600)} h`

/** The number of entries that are shown. */
const maxEntries = 50

/**
 * The status as text: a summary, then one line for each entry.
 *
 * @since 0.1.0
 * @category encoding
 */
export const render = (status: Status): string => {
  const { latencyMillis: latency } = status
  const entries = status.entries.slice(0, maxEntries).map((entry) =>
    `  ${entry.uri}  (${entry.source}; ${duration(entry.ageSeconds)} old, ${duration(entry.leftSeconds)} left)`
  )
  const more = status.entries.length - entries.length
  return [
    `pid        ${status.pid}, version ${status.version}, up for ${duration(Math.round(status.uptimeSeconds))}`,
    `socket     ${status.identity}`,
    `memory     ${Math.round(status.memoryBytes / 1024 / 1024)} MB`,
    `calls      ${status.hits} hits, ${status.misses} misses, ${status.shared} shared, ${status.refreshes} refreshes, ${status.failures} failures`,
    `latency    ${latency.p50} ms median, ${latency.p90} ms 90 %, ${latency.p99} ms 99 %`,
    `answers    ${status.entries.length}`,
    ...entries,
    ...(more > 0 ? [`  and ${more} more; --json lists all`] : []),
    ""
  ].join("\n")
}
