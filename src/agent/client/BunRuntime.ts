/**
 * The runtime of the thin client in the executable. Loading any `node:*` module takes as long as the whole answer, so this
 * uses only what bun loads at its start.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off
import { maxRequestBytes } from "../protocol/Limits.ts"
import { callerInfo, type Connection, type Runtime } from "./ThinClient.ts"

interface Info {
  readonly uid: number
  readonly mode: number
  readonly isCharacterDevice: () => boolean
}

interface BunFile {
  readonly stat: () => Promise<Info>
  readonly stream: () => AsyncIterable<Uint8Array>
}

interface Socket {
  /** The number of bytes written; negative if the connection is closed. */
  readonly write: (bytes: Uint8Array) => number
  readonly terminate: () => void
}

/** The part of bun's API that is used here; its type package conflicts with that of Node.js. */
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

const send: Runtime["send"] = (unix, line, onText): Connection => {
  const decoder = new TextDecoder()
  let unsent = new TextEncoder().encode(line)
  let socket: Socket | undefined
  // What does not fit into the socket's buffer is written on `drain`.
  const flush = (to: Socket) => {
    socket = to
    for (let written = 1; written > 0 && unsent.length > 0;) {
      written = to.write(unsent)
      unsent = unsent.subarray(Math.max(0, written))
    }
  }
  const end = new Promise<"Closed" | "NotListening" | "Broken">((resolve) => {
    Bun.connect({
      unix,
      socket: {
        open: flush,
        drain: flush,
        data: (_, chunk) => onText(decoder.decode(chunk, { stream: true })),
        close: () => resolve("Closed"),
        error: () => resolve("Broken"),
        connectError: () => resolve("NotListening")
      }
    }).catch(() => resolve("NotListening"))
  })
  return { end, destroy: () => socket?.terminate() }
}

/** Bazel gives up after 10 s. This leaves the fallback 2 s to read stdin, and to report that it was not closed. */
const stdinTimeoutMs = 6000

/** What is larger is refused, so the rest of it is not read. */
const read = async (): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of Bun.stdin.stream()) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxRequestBytes) break
  }
  return text + decoder.decode()
}

const stdin = async (): Promise<string | undefined> => {
  const info = await Bun.stdin.stat()
  // A terminal or /dev/null. To tell them apart would load the modules for terminals.
  if (info.isCharacterDevice()) return undefined
  return Promise.race([
    read(),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), stdinTimeoutMs))
  ])
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const runtime = (): Runtime => ({
  ...callerInfo(),
  stdin,
  // Or /dev/null, where notes do no harm. To tell them apart would load the modules for terminals.
  isTerminal: async () => (await Bun.stderr.stat()).isCharacterDevice(),
  stat: (path) => Bun.file(path).stat(),
  send,
  write: (stream, text) => Bun.write(Bun[stream], text).then((size) => size === new TextEncoder().encode(text).length)
})
