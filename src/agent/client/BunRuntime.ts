/**
 * The thin client's runtime inside the executable, where every `node:*` module costs as much as the whole answer: all it
 * uses is what bun has loaded at its start.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off
import { circumstances, type Conversation, type Runtime } from "./ThinClient.ts"

interface Info {
  readonly uid: number
  readonly mode: number
  readonly isCharacterDevice: () => boolean
}

interface BunFile {
  readonly stat: () => Promise<Info>
  readonly text: () => Promise<string>
}

interface Socket {
  /** The number of bytes that the system took; negative when the connection is gone. */
  readonly write: (bytes: Uint8Array) => number
  readonly terminate: () => void
}

/** The part of bun's own interface that is used here; its type package does not go together with that of Node.js. */
declare const Bun: {
  readonly stdin: BunFile
  readonly stdout: BunFile
  readonly stderr: BunFile
  readonly file: (path: string) => BunFile
  readonly write: (file: BunFile, text: string) => Promise<number>
  readonly connect: (options: {
    readonly unix: string
    readonly socket: {
      readonly open: (socket: Socket) => void
      readonly drain: (socket: Socket) => void
      readonly data: (socket: Socket, chunk: Uint8Array) => void
      readonly close: () => void
      readonly error: () => void
      readonly connectError: () => void
    }
  }) => Promise<Socket>
}

const converse = (unix: string, line: string, onText: (text: string) => void): Conversation => {
  const decoder = new TextDecoder()
  let left = new TextEncoder().encode(line)
  let socket: Socket | undefined
  // A socket takes what fits; the rest waits until it says that there is room again.
  const send = (to: Socket) => {
    socket = to
    for (let taken = 1; taken > 0 && left.length > 0;) {
      taken = to.write(left)
      left = left.subarray(Math.max(0, taken))
    }
  }
  const done = new Promise<"closed" | "nobody" | "broken">((resolve) => {
    Bun.connect({
      unix,
      socket: {
        open: send,
        drain: send,
        data: (_, chunk) => onText(decoder.decode(chunk, { stream: true })),
        close: () => resolve("closed"),
        error: () => resolve("broken"),
        connectError: () => resolve("nobody")
      }
    }).catch(() => resolve("nobody"))
  })
  return { done, abandon: () => socket?.terminate() }
}

/** Callers give up after ten seconds; the fall-back waits for two more, and says what is wrong. */
const patience = 6000

const stdin = async (): Promise<string | undefined> => {
  const info = await Bun.stdin.stat()
  // A terminal, or /dev/null, which is in no hurry: asking which would load what terminals need.
  if (info.isCharacterDevice()) return undefined
  return Promise.race([
    Bun.stdin.text(),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patience))
  ])
}

/**
 * @since 0.1.0
 * @category runtimes
 */
export const runtime = (): Runtime => ({
  ...circumstances(),
  stdin,
  stat: (path) => Bun.file(path).stat(),
  converse,
  write: (stream, text) => Bun.write(Bun[stream], text).then((size) => size === new TextEncoder().encode(text).length)
})
