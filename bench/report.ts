// The figures of the benchmark, written as a table, a file and a chart.
import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { bun } from "../scripts/bun.ts"
import type { Memory } from "./agent.ts"
import { draw } from "./chart.ts"
import { median, rounded, type Storm, type Summary, summary } from "./measure.ts"
import type { RequestCounts } from "./world.ts"

const results = fileURLToPath(new URL("results/", import.meta.url))

export interface Ratio {
  readonly name: string
  readonly kind: "ratio"
  readonly value: number
  readonly target: number
  readonly met: boolean
  readonly group: string
  readonly of: string
  readonly millis: Summary
  readonly baselineMillis: Summary
  readonly cpuMillis?: number
  readonly baselineCpuMillis?: number
}

export interface Requests {
  readonly name: string
  readonly kind: "requests"
  readonly value: RequestCounts
  readonly target: RequestCounts
  readonly met: boolean
  readonly failures: number
  readonly millis: Summary
}

export interface Rate {
  readonly name: string
  readonly kind: "rate"
  readonly value: number
  readonly perSecond: Summary
  readonly microsOfAgent?: number
}

/** In MB of 1024 × 1024 bytes. */
export interface Size {
  readonly name: string
  readonly kind: "size"
  readonly value: number
  readonly target: number
  readonly met: boolean
  readonly megabytes: { readonly withOneAnswer: number; readonly anonymous: number; readonly file: number }
}

export type Figure = Ratio | Requests | Rate | Size

/** A storm and the requests that reached the registry during it. */
export interface CountedStorm extends Storm {
  readonly requests: RequestCounts
}

interface Baseline {
  readonly group: string
  readonly of: string
  readonly times: ReadonlyArray<number>
  readonly target: number
  readonly cpu?: readonly [ours: number, baseline: number]
}

/** Compares the times of a program with those of a program that does nothing, in milliseconds. */
export const ratio = (
  name: string,
  times: ReadonlyArray<number>,
  { cpu, group, of, target, times: baseline }: Baseline
): Ratio => {
  const value = median(times) / median(baseline)
  return {
    name,
    kind: "ratio",
    value: rounded(value),
    target,
    met: value <= target,
    group,
    of,
    millis: summary(times),
    baselineMillis: summary(baseline),
    ...(cpu === undefined || cpu.some(Number.isNaN)
      ? {}
      : { cpuMillis: rounded(cpu[0]), baselineCpuMillis: rounded(cpu[1]) })
  }
}

/** The most requests of each kind in several storms. */
export const requests = (name: string, outcomes: ReadonlyArray<CountedStorm>, target: RequestCounts): Requests => {
  const most = (kind: keyof RequestCounts) => Math.max(...outcomes.map(({ requests }) => requests[kind]))
  const worst = { challenges: most("challenges"), tokens: most("tokens"), others: most("others") }
  const isWithin = (kind: keyof RequestCounts) => worst[kind] <= target[kind]
  const failures = outcomes.reduce((sum, outcome) => sum + outcome.failures.length, 0)
  return {
    name,
    kind: "requests",
    value: worst,
    target,
    met: failures === 0 && isWithin("challenges") && isWithin("tokens") && isWithin("others"),
    failures,
    millis: summary(outcomes.map(({ millis }) => millis))
  }
}

export const rate = (name: string, perSecond: ReadonlyArray<number>, microsOfAgent?: number): Rate => ({
  name,
  kind: "rate",
  value: rounded(median(perSecond)),
  perSecond: summary(perSecond),
  ...(microsOfAgent === undefined ? {} : { microsOfAgent: rounded(microsOfAgent) })
})

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)

export const size = (name: string, found: Memory, target: number): Size => ({
  name,
  kind: "size",
  value: megabytes(found.bytes),
  target,
  met: megabytes(found.bytes) <= target,
  megabytes: {
    withOneAnswer: megabytes(found.bytesBefore),
    anonymous: megabytes(found.anonymousBytes),
    file: megabytes(found.fileBytes)
  }
})

const counts = ({ challenges, others, tokens }: RequestCounts): string =>
  `${challenges} + ${tokens} requests${others > 0 ? ` and ${others} others` : ""}`

/** A figure for display. */
export interface Words {
  readonly value: string
  readonly detail: string
  readonly target: string
}

export const words = (figure: Figure): Words => {
  switch (figure.kind) {
    case "ratio":
      return {
        value: `${figure.value.toFixed(figure.value < 10 ? 2 : 1)} ×`,
        detail: `${figure.millis.median.toFixed(1)} ms to ${
          figure.baselineMillis.median.toFixed(1)
        } ms of ${figure.of}`,
        target: `≤ ${figure.target} ×`
      }
    case "requests":
      return {
        value: counts(figure.value),
        detail: `${figure.failures} failures, ${(figure.millis.median / 1000).toFixed(1)} s`,
        target: counts(figure.target)
      }
    case "rate":
      return {
        value: `${figure.value.toLocaleString("en")} /s`,
        detail: figure.microsOfAgent === undefined ? "" : `${figure.microsOfAgent} µs of the agent's CPU time each`,
        target: ""
      }
    case "size":
      return {
        value: `${figure.value} MB`,
        detail: `${figure.megabytes.withOneAnswer} MB with one answer`,
        target: `≤ ${figure.target} MB`
      }
  }
}

const verdict = (figure: Figure): string => figure.kind === "rate" ? "" : figure.met ? "met" : "missed"

const table = (figures: ReadonlyArray<Figure>): string => {
  const rows = [
    ["figure", "value", "", "target", ""],
    ...figures.map((figure) => {
      const { detail, target, value } = words(figure)
      return [figure.name, value, detail, target, verdict(figure)]
    })
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()).join("\n")
}

/** The load before the benchmark started. Above the number of processors, the ratios are rough. */
const load = rounded(loadavg()[0] ?? NaN)

export const publish = (figures: ReadonlyArray<Figure>, seconds: number): void => {
  const machine = {
    processors: availableParallelism(),
    load,
    platform: `${process.platform}-${process.arch}`,
    node: process.version.slice(1),
    bun: execFileSync(bun, ["--version"], { encoding: "utf8" }).trim()
  }
  process.stdout.write(`${table(figures)}\n`)
  if (load > machine.processors) process.stdout.write(`The machine was busy (load ${load}): the ratios are rough.\n`)
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}latest.json`, `${JSON.stringify({ machine, seconds, figures }, undefined, 2)}\n`)
  writeFileSync(`${results}latest.svg`, draw(figures.map((figure) => ({ figure, words: words(figure) })), machine))
}
