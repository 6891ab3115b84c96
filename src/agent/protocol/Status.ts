/**
 * What can be seen of an agent from outside. Never a secret: addresses, ages and numbers.
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
  /** The socket's path: what tells this agent from others. */
  identity: Schema.String,
  uptimeSeconds: Schema.Number,
  memoryBytes: Schema.Number,
  hits: Schema.Int,
  misses: Schema.Int,
  /** Calls that waited for another call's attempt. */
  shared: Schema.Int,
  refreshes: Schema.Int,
  failures: Schema.Int,
  /** From a complete request to the reply; of the last 1,000 calls. */
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
 * The `share` (0 to 1) quantile; 0 of nothing.
 *
 * @since 0.1.0
 * @category numbers
 */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = Arr.sort(values, Order.number)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 1000) / 1000
}

/**
 * @since 0.1.0
 * @category rendering
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

const entryLimit = 50

/**
 * For a person: a few lines, then one line an entry.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (status: Status): string => {
  const { latencyMillis: latency } = status
  const entries = status.entries.slice(0, entryLimit).map((entry) =>
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
