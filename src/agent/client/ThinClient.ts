/**
 * A `get` that an agent answers: sends stdin to the agent, writes the reply to stdout or stderr, and exits. If anything goes
 * wrong, the request is resolved in this process, so that no failure of the agent can fail a build.
 *
 * Bazel starts this once for each distinct URI. It uses neither Effect nor any module outside its floor, because loading
 * those takes several times as long as the whole answer.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off preferSchemaOverJson:off globalDate:off
import * as Endpoint from "../endpoint/Endpoint.ts"
import { heartbeatIntervalMs, maxReplyLength, maxRequestBytes, noteSeparator } from "../protocol/Limits.ts"

/**
 * The process that needs an answer.
 *
 * @since 0.2.0
 * @category models
 */
export interface CallerInfo {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Throws if the working directory was removed. */
  readonly cwd: () => string
  readonly platform: string
  readonly uid: number
}

/**
 * This process, described without loading a module. `Environment` would take longer to load than the whole answer.
 *
 * @since 0.2.0
 * @category constructors
 */
export const callerInfo = (): CallerInfo => ({
  variables: process.env,
  cwd: process.cwd,
  platform: process.platform,
  uid: process.getuid?.() ?? -1
})

/**
 * What the client needs from the JavaScript runtime.
 *
 * @since 0.1.0
 * @category models
 */
export interface Runtime extends CallerInfo {
  /** All of stdin; `undefined` if it is a terminal, or was not closed in time. */
  readonly stdin: () => Promise<string | undefined>
  /** Whether stderr is a terminal. */
  readonly isTerminal: () => Promise<boolean>
  readonly stat: Endpoint.Stat
  /** Connects to a socket, sends `line`, and passes each part of the reply to `onText`. */
  readonly send: (socket: string, line: string, onText: (text: string) => void) => Connection
  /** Resolves to whether all of the text was written. */
  readonly write: (stream: "stdout" | "stderr", text: string) => Promise<boolean>
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Connection {
  /** How the connection ended: by the agent, before it was established, or by an error after that. */
  readonly end: Promise<"Closed" | "NotListening" | "Broken">
  readonly destroy: () => void
}

/**
 * Why the agent gave no answer: none is listening, so one may be started; or it cannot be used.
 *
 * @since 0.2.0
 * @category models
 */
export type NoAnswer = "NotListening" | "Unavailable"

/**
 * The heartbeats that may be missed before the client gives up. They are counted by a timer of this process, so that time in
 * which a busy machine did not run it does not count.
 */
const maxMissedHeartbeats = 4

/** How often a `get` starts an agent that then does not accept its connection. */
const maxStarts = 3

/** `0 {"headers":{}}`: heartbeats, an exit code, a space, and the line for stdout or stderr with its notes. */
const complete = /^ *(\d{1,3}) ([^\n]*\n)$/

/** The directory has to be private even if there is no socket in it. */
const check = async (runtime: Runtime, endpoint: Endpoint.Endpoint): Promise<"Usable" | NoAnswer> => {
  const stat = (path: string) => runtime.stat(path).catch(() => undefined)
  const [directory, socket] = await Promise.all([stat(endpoint.directory), stat(endpoint.socket)])
  if (directory === undefined) return "NotListening"
  if (!Endpoint.isPrivate(directory, runtime.uid)) return "Unavailable"
  if (socket === undefined) return "NotListening"
  return socket.uid === runtime.uid ? "Usable" : "Unavailable"
}

/** Writes the notes, then the line, so that an error stands last. */
const report = (runtime: Runtime, code: string, text: string): Promise<boolean> => {
  const at = text.indexOf(noteSeparator)
  const line = at < 0 ? text : `${text.slice(0, at)}\n`
  const write = () => runtime.write(code === "0" ? "stdout" : "stderr", line)
  return at < 0 ? write() : runtime.write("stderr", text.slice(at + 1).replaceAll(noteSeparator, "\n")).then(write)
}

const exchange = (runtime: Runtime, socket: string, line: string): Promise<string | NoAnswer> =>
  new Promise((resolve) => {
    let text = ""
    let missed = 0
    const settle = (reply: string | NoAnswer) => {
      clearInterval(watchdog)
      resolve(reply)
    }
    const giveUp = () => {
      connection.destroy()
      settle("Unavailable")
    }
    const connection = runtime.send(socket, line, (part) => {
      text += part
      missed = 0
      // The reply is one line, so there is no need to wait for the end of the connection.
      if (text.endsWith("\n")) settle(text)
      else if (text.length > maxReplyLength) giveUp()
    })
    const watchdog = setInterval(() => {
      if (++missed === maxMissedHeartbeats) giveUp()
    }, heartbeatIntervalMs)
    connection.end.then((end) => settle(end === "Closed" ? text : end === "NotListening" ? end : "Unavailable"))
  })

/**
 * Sends the request to the agent and writes its answer. Resolves to the exit code, or to the reason why there is no answer.
 *
 * @since 0.1.0
 * @category running
 */
export const ask = async (
  runtime: Runtime,
  build: string,
  endpoint: Endpoint.Endpoint,
  input: string
): Promise<number | NoAnswer> => {
  const terminal = await runtime.isTerminal().catch(() => false)
  const line = `${JSON.stringify({ build, input, cwd: runtime.cwd(), env: runtime.variables, terminal })}\n`
  if (line.length > maxRequestBytes) return "Unavailable"
  const state = await check(runtime, endpoint)
  if (state !== "Usable") return state
  const reply = await exchange(runtime, endpoint.socket, line)
  const [, code, text] = complete.exec(reply) ?? []
  if (code === undefined || text === undefined) return reply === "NotListening" ? reply : "Unavailable"
  const written = await report(runtime, code, text)
  // The fallback fails to write as well (the disk is full, or the pipe is closed), and reports it.
  return written ? Number(code) : "Unavailable"
}

const askOrStart = async (
  runtime: Runtime,
  build: string,
  input: string,
  startAgent: Fallbacks["startAgent"]
): Promise<number | NoAnswer> => {
  const preferred = Endpoint.fromCaller({ ...runtime, build })
  if (preferred === undefined) return "Unavailable"
  const endpoint = await Endpoint.choose(preferred, runtime.uid, runtime.stat)
  let outcome = await ask(runtime, build, endpoint, input)
  for (let starts = 0; starts < maxStarts && outcome === "NotListening"; starts++) {
    outcome = await startAgent(endpoint) ? await ask(runtime, build, endpoint, input) : "Unavailable"
  }
  return outcome
}

/**
 * What the client leaves to modules that are loaded only when needed.
 *
 * @since 0.2.0
 * @category models
 */
export interface Fallbacks {
  /** Starts an agent; resolves to whether one is listening now. */
  readonly startAgent: (endpoint: Endpoint.Endpoint) => Promise<boolean>
  /** Resolves the request in this process, and ends the process. */
  readonly resolve: (input: string | undefined) => Promise<void>
}

/**
 * Runs `get`: the answer of the agent, else of an agent that it starts, else of this process.
 *
 * @since 0.1.0
 * @category running
 */
export const run = async (runtime: Runtime, build: string, fallbacks: Fallbacks): Promise<void> => {
  // Without input from a pipe in time, the fallback reads stdin itself, or reports why it cannot.
  const input = await runtime.stdin().catch(() => undefined)
  const outcome = input === undefined
    ? "Unavailable"
    : await askOrStart(runtime, build, input, fallbacks.startAgent).catch(() => "Unavailable" as const)
  return typeof outcome === "number" ? process.exit(outcome) : fallbacks.resolve(input)
}
