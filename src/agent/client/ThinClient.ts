/**
 * The whole of a warm `get`: stdin goes to the agent as it came, the agent's words go to stdout or stderr, and the
 * process ends. Whatever is out of order ends in the fall-back, which resolves by itself; nothing here can fail a build.
 *
 * Bazel starts this once for every distinct URI. It is written without Effect and without a single import at run time
 * besides its own floor, because loading them costs several times what the whole answer does.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off preferSchemaOverJson:off globalDate:off
import * as Endpoint from "../endpoint/Endpoint.ts"

/**
 * Who asks, and where.
 *
 * @since 0.1.0
 * @category models
 */
export interface Circumstances {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Throws when the folder is gone. */
  readonly cwd: () => string
  readonly platform: string
  readonly uid: number
}

/**
 * Those of this process, as each runtime tells them without being asked to load anything.
 *
 * @since 0.1.0
 * @category constructors
 */
export const circumstances = (): Circumstances => ({
  variables: process.env,
  cwd: process.cwd,
  platform: process.platform,
  uid: process.getuid?.() ?? -1
})

/**
 * What the client needs of the runtime it runs on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Runtime extends Circumstances {
  /** All of it; `undefined` when a person may sit there, or when it did not end in time. */
  readonly stdin: () => Promise<string | undefined>
  /** User and mode of a file or folder; rejects when there is none. */
  readonly stat: (path: string) => Promise<{ readonly uid: number; readonly mode: number }>
  /** Sends `line`, gives every part of the reply to `onText`, and resolves when the agent closed the connection. */
  readonly converse: (socket: string, line: string, onText: (text: string) => void) => Conversation
  /** Resolves to whether the system took all of it. */
  readonly write: (stream: "stdout" | "stderr", text: string) => Promise<boolean>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Conversation {
  /** `nobody`: no one listens. `broken`: the connection failed after that. */
  readonly done: Promise<"closed" | "nobody" | "broken">
  readonly abandon: () => void
}

/**
 * Why the agent did not answer: nobody listens, so one may be started; or it cannot be used, so none should be.
 *
 * @since 0.1.0
 * @category models
 */
export type Unanswered = "nobody" | "unusable"

/**
 * A live agent answers, or sends a blank every second to show that it is at work. Its silence is counted in seconds that
 * this process saw: on a busy machine the answer may lie there when the time is over.
 */
const silence = 4

/**
 * A request may not be longer than this many bytes; the environment rarely comes near it.
 *
 * @since 0.1.0
 * @category constants
 */
export const longestLine = 1024 * 1024

/** No answer comes near it; Bazel would not take 64 KiB. */
const longestReply = 1024 * 1024

/** `0 {"headers":{}}`: an exit code, a blank, and what goes to stdout or stderr, up to a newline. */
const complete = /^ *(\d{1,3}) ([^\n]*\n)$/

/** A folder that is not ours alone is never used, whether there is a socket in it or not. */
const look = async (runtime: Runtime, place: Endpoint.Place): Promise<"ours" | Unanswered> => {
  const stat = (path: string) => runtime.stat(path).catch(() => undefined)
  const [directory, socket] = await Promise.all([stat(place.directory), stat(place.socket)])
  if (directory === undefined) return "nobody"
  if (directory.uid !== runtime.uid || (directory.mode & 0o777) !== 0o700) return "unusable"
  if (socket === undefined) return "nobody"
  return socket.uid === runtime.uid ? "ours" : "unusable"
}

const reply = (runtime: Runtime, socket: string, line: string): Promise<string | Unanswered> =>
  new Promise((resolve) => {
    let text = ""
    let quiet = 0
    const settle = (answer: string | Unanswered) => {
      clearInterval(watchdog)
      resolve(answer)
    }
    const giveUp = () => {
      conversation.abandon()
      settle("unusable")
    }
    const conversation = runtime.converse(socket, line, (part) => {
      text += part
      quiet = 0
      // The reply is one line: nobody waits for the connection to be closed.
      if (text.endsWith("\n")) settle(text)
      else if (text.length > longestReply) giveUp()
    })
    const watchdog = setInterval(() => {
      if (++quiet === silence) giveUp()
    }, 1000)
    conversation.done.then((end) => settle(end === "closed" ? text : end === "nobody" ? "nobody" : "unusable"))
  })

/**
 * Asks the agent. An answer is written and its exit code given back; otherwise it says why there is none.
 *
 * @since 0.1.0
 * @category running
 */
export const ask = async (
  runtime: Runtime,
  build: string,
  place: Endpoint.Place,
  input: string
): Promise<number | Unanswered> => {
  const line = `${JSON.stringify({ build, input, cwd: runtime.cwd(), env: runtime.variables })}\n`
  if (line.length > longestLine) return "unusable"
  const found = await look(runtime, place)
  if (found !== "ours") return found
  const answer = await reply(runtime, place.socket, line)
  const [, code, text] = complete.exec(answer) ?? []
  if (code === undefined || text === undefined) return answer === "nobody" ? "nobody" : "unusable"
  const written = await runtime.write(code === "0" ? "stdout" : "stderr", text)
  // A full disk or a reader that has gone: the fall-back would meet the same, and says so.
  return written ? Number(code) : "unusable"
}

const answer = async (
  runtime: Runtime,
  build: string,
  input: string,
  start: Otherwise["start"]
): Promise<number | Unanswered> => {
  const place = Endpoint.place({ ...runtime, build })
  if (place === undefined) return "unusable"
  let outcome = await ask(runtime, build, place, input)
  for (let tries = 0; tries < 3 && outcome === "nobody"; tries++) {
    outcome = await start(place) ? await ask(runtime, build, place, input) : "unusable"
  }
  return outcome
}

/**
 * What the client does not do itself; none of it is loaded before it is needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Otherwise {
  /** Starts an agent; resolves to whether one listens now. */
  readonly start: (place: Endpoint.Place) => Promise<boolean>
  /** Resolves the request in this process, and ends it. */
  readonly fallBack: (input: string | undefined) => Promise<void>
}

/**
 * `get` from start to end: the agent's answer, else the answer of an agent started for it, else the fall-back's.
 *
 * @since 0.1.0
 * @category running
 */
export const run = async (runtime: Runtime, build: string, { fallBack, start }: Otherwise): Promise<void> => {
  // A person types it, or it did not come in time: either is for the fall-back to deal with.
  const input = await runtime.stdin().catch(() => undefined)
  const outcome = input === undefined
    ? "unusable"
    : await answer(runtime, build, input, start).catch(() => "unusable" as const)
  return typeof outcome === "number" ? process.exit(outcome) : fallBack(input)
}
