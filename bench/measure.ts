// Starts processes and times them, from just before the start until the process has exited and its pipes are closed.
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"

/** The benchmark received a signal. */
export class Stopped extends Error {}

/** A wrong answer is an error, because a program that fails looks fast. */
export class WrongAnswer extends Error {}

/** A process to start, and how to check what it prints. */
export interface Call {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly isRight: (stdout: string) => boolean
}

export interface Output {
  readonly millis: number
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Storm {
  readonly millis: number
  readonly clientCpu: number
  readonly failures: ReadonlyArray<string>
}

export interface Summary {
  readonly median: number
  readonly p10: number
  readonly p90: number
  readonly samples: number
}

const running = new Set<Promise<Output>>()
let stopped = false

export const stop = (): void => void (stopped = true)

export const throwIfStopped = (): void => {
  if (stopped) throw new Stopped("stopped")
}

/** Waits for the running processes instead of killing them: one of them may be about to start an agent. */
export const drained = (): Promise<unknown> => Promise.allSettled(running)

const start = ({ args, command, cwd, env, stdin = "" }: Call): Promise<Output> =>
  new Promise((resolve, reject) => {
    let stdout = ""
    let stderr = ""
    const started = performance.now()
    const child = spawn(command, [...args], { cwd, env })
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text)
    child.on("error", reject)
    child.on("close", (code) => resolve({ millis: performance.now() - started, code, stdout, stderr }))
    // An empty program exits without reading its stdin.
    child.stdin.on("error", () => undefined)
    child.stdin.end(stdin)
  })

export const run = async (call: Call): Promise<Output> => {
  throwIfStopped()
  const output = start(call)
  running.add(output)
  return output.finally(() => running.delete(output))
}

export const expectRight = ({ args, isRight }: Call, { code, stderr, stdout }: Output): void => {
  throwIfStopped()
  if (code !== 0 || !isRight(stdout)) {
    throw new WrongAnswer(`a wrong answer (${args.join(" ")}: exit code ${code}): ${stderr}${stdout}`.trim())
  }
}

/** Milliseconds of each call. The calls take turns, so that other load affects all of them. Warm-up rounds do not count. */
export const inTurns = async (
  calls: ReadonlyArray<Call>,
  rounds: number,
  warmUp: number
): Promise<ReadonlyArray<ReadonlyArray<number>>> => {
  const times = calls.map((): Array<number> => [])
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, call] of calls.entries()) {
      const output = await run(call)
      expectRight(call, output)
      if (round >= 0) times[index]?.push(output.millis)
    }
  }
  return times
}

/** Does `work` for each index below `count`, at most `concurrency` at a time. */
export const together = async (
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>
): Promise<void> => {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

/** Runs all calls, at most `concurrency` at a time, and collects wrong answers. */
export const storm = async (calls: ReadonlyArray<Call>, concurrency: number): Promise<Storm> => {
  const failures: Array<string> = []
  const cpu = cpuOf("self").children
  const started = performance.now()
  const next = calls.values()
  await together(calls.length, concurrency, async () => {
    const { value: call } = next.next()
    if (call === undefined) return
    const output = await run(call)
    try {
      expectRight(call, output)
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error
      failures.push(error.message)
    }
  })
  return { millis: performance.now() - started, clientCpu: cpuOf("self").children - cpu, failures }
}

/** CPU time of a process and of its children that have exited, in milliseconds. `NaN` without /proc. */
export const cpuOf = (pid: number | "self"): { readonly own: number; readonly children: number } => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ").map(Number) ?? []
    // A tick is 10 ms. utime, stime, cutime and cstime are fields 14 to 17; the first two are cut off here.
    const [utime = NaN, stime = NaN, cutime = NaN, cstime = NaN] = fields.slice(11)
    return { own: (utime + stime) * 10, children: (cutime + cstime) * 10 }
  } catch {
    return { own: NaN, children: NaN }
  }
}

/** A line of /proc/PID/status, in bytes. `NaN` without /proc. */
export const memoryOf = (pid: number, name: "RssAnon" | "RssFile"): number => {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) *
      1024
  } catch {
    return NaN
  }
}

const quantile = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? NaN

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** To three significant digits; more would be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(3))

export const summary = (values: ReadonlyArray<number>): Summary => ({
  median: rounded(median(values)),
  p10: rounded(quantile(values, 0.1)),
  p90: rounded(quantile(values, 0.9)),
  samples: values.length
})
