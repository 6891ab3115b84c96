// Starts processes and times them: from just before the start until the process and its pipes have ended, in one way for all.
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"

/** The benchmark was told to stop. */
export class Stopped extends Error {}

/** A program that does not work would look fast. */
export class WrongAnswer extends Error {}

const running = new Set()
let stopped = false

export const stop = () => void (stopped = true)
export const mayGoOn = () => {
  if (stopped) throw new Stopped("stopped")
}

/** Those that were started are waited for, not killed: one of them may be about to start an agent. */
export const drained = () => Promise.allSettled(running)

const start = ({ args, command, cwd, env, stdin }) =>
  new Promise((resolve, reject) => {
    let stdout = ""
    let stderr = ""
    const started = performance.now()
    const child = spawn(command, args, { cwd, env })
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text)
    child.on("error", reject)
    child.on("close", (code) => resolve({ millis: performance.now() - started, code, stdout, stderr }))
    // An empty program ends without reading.
    child.stdin.on("error", () => undefined)
    child.stdin.end(stdin)
  })

/** A call is `{ command, args, env, cwd, stdin, isRight }`. */
export const run = async (call) => {
  mayGoOn()
  const output = start(call)
  running.add(output)
  return output.finally(() => running.delete(output))
}

export const expectRight = ({ args, isRight }, { code, stderr, stdout }) => {
  mayGoOn()
  if (code !== 0 || !isRight(stdout)) {
    throw new WrongAnswer(`a wrong answer (${args.join(" ")}: exit code ${code}): ${stderr}${stdout}`.trim())
  }
}

/** Times of each call, in turns, so that whatever else the machine does weighs on all alike. The first rounds do not count. */
export const inTurns = async (calls, rounds, warmUp) => {
  const times = calls.map(() => [])
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, call] of calls.entries()) {
      const output = await run(call)
      expectRight(call, output)
      if (round >= 0) times[index].push(output.millis)
    }
  }
  return times
}

/** `count` pieces of work, so many at a time. */
export const together = async (count, atATime, work) => {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
}

/** All calls, so many at a time: the time for all of them together, and what was wrong. */
export const storm = async (calls, atATime) => {
  const failures = []
  const cpu = cpuOf("self").children
  const started = performance.now()
  await together(calls.length, atATime, async (index) => {
    const output = await run(calls[index])
    try {
      expectRight(calls[index], output)
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error
      failures.push(error.message)
    }
  })
  return { millis: performance.now() - started, clientCpu: cpuOf("self").children - cpu, failures }
}

/** Milliseconds of processor time of a process, and of its children that have ended. `NaN` where there is no /proc. */
export const cpuOf = (pid) => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ").map(Number)
    // A tick is 10 ms. utime, stime, cutime and cstime are the 14th to 17th field; the first two are cut off here.
    return { own: (fields[11] + fields[12]) * 10, children: (fields[13] + fields[14]) * 10 }
  } catch {
    return { own: NaN, children: NaN }
  }
}

/** `RssAnon` and its like, in bytes. */
export const memoryOf = (pid, name) => {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024
  } catch {
    return NaN
  }
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]

export const median = (values) => quantile(values, 0.5)

/** To three digits: more of them would be noise. */
export const rounded = (value) => Number(value.toPrecision(3))

export const summary = (values) => ({
  median: rounded(median(values)),
  p10: rounded(quantile(values, 0.1)),
  p90: rounded(quantile(values, 0.9)),
  samples: values.length
})
