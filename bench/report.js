// The figures of the benchmark, and where they go: a table, a file, a picture.
import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { bun } from "../scripts/bun.js"
import { draw } from "./chart.js"
import { median, rounded, summary } from "./measure.js"

const results = fileURLToPath(new URL("results/", import.meta.url))

/** Times of a program, and of another that does nothing, in milliseconds. */
export const ratio = (name, times, { cpu, group, of, target, times: baseline }) => {
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
    ...(cpu === undefined || cpu.some(Number.isNaN) ? {} : { cpuMillis: rounded(cpu[0]), baselineCpuMillis: rounded(cpu[1]) })
  }
}

/** What a registry was asked in the worst of several storms. */
export const requests = (name, outcomes, target) => {
  const worst = Object.fromEntries(
    Object.keys(target).map((key) => [key, Math.max(...outcomes.map(({ requests }) => requests[key]))])
  )
  const failures = outcomes.reduce((sum, outcome) => sum + outcome.failures.length, 0)
  return {
    name,
    kind: "requests",
    value: worst,
    target,
    met: failures === 0 && Object.keys(target).every((key) => worst[key] <= target[key]),
    failures,
    millis: summary(outcomes.map(({ millis }) => millis))
  }
}

export const rate = (name, perSecond, more = {}) => ({
  name,
  kind: "rate",
  value: rounded(median(perSecond)),
  perSecond: summary(perSecond),
  ...Object.fromEntries(Object.entries(more).map(([key, value]) => [key, rounded(value)]))
})

const megabytes = (bytes) => Math.round(bytes / 1024 / 1024)

/** In MB, of 1024 × 1024 bytes. */
export const size = (name, found, { target }) => ({
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

const asked = ({ challenges, others, tokens }) =>
  `${challenges} + ${tokens} requests${others > 0 ? ` and ${others} others` : ""}`

/** A figure as texts: its value, what it was made of, its target. */
export const words = (figure) => {
  const { failures, kind, millis, target, value } = figure
  switch (kind) {
    case "ratio":
      return [
        `${value.toFixed(value < 10 ? 2 : 1)} ×`,
        `${millis.median.toFixed(1)} ms to ${figure.baselineMillis.median.toFixed(1)} ms of ${figure.of}`,
        `≤ ${target} ×`
      ]
    case "requests":
      return [asked(value), `${failures} failures, ${(millis.median / 1000).toFixed(1)} s`, asked(target)]
    case "rate":
      return [
        `${value.toLocaleString("en")} /s`,
        figure.microsOfAgent > 0 ? `${figure.microsOfAgent} µs of its processor time each` : "",
        ""
      ]
    default:
      return [
        `${value} MB`,
        `${figure.megabytes.withOneAnswer} MB with one answer`,
        `≤ ${target} MB`
      ]
  }
}

export const verdict = ({ met }) => met === undefined ? "" : met ? "met" : "missed"

const table = (figures) => {
  const rows = [
    ["figure", "value", "", "target", ""],
    ...figures.map((figure) => [figure.name, ...words(figure), verdict(figure)])
  ]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n")
}

/** How many processes wanted a processor before we did: beyond the number of processors, the ratios are rough. */
const load = rounded(loadavg()[0])

export const publish = (figures, seconds) => {
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
  writeFileSync(`${results}latest.svg`, draw(figures.map((figure) => ({ ...figure, words: words(figure) })), machine))
}
