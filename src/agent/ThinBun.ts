/**
 * The thin client's runtime in the executable: bun's own functions, because a single `node:*` import would double the
 * time of a warm answer.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off
import type { Conversation, Runtime } from "./ThinClient.ts"

interface BunSocket {
  readonly write: (bytes: Uint8Array) => number
  readonly end: () => void
  readonly terminate: () => void
}

/** The few functions of bun that are used here; the project does not depend on bun's types. */
declare const Bun: {
  readonly stdin: { readonly text: () => Promise<string> }
  readonly stdout: unknown
  readonly stderr: unknown
  readonly file: (path: string) => { readonly stat: () => Promise<{ readonly uid: number; readonly mode: number }> }
  readonly write: (to: unknown, text: string) => Promise<number>
  readonly connect: (options: {
    readonly unix: string
    readonly socket: Readonly<Record<string, (socket: BunSocket, data: Uint8Array) => void>>
  }) => Promise<BunSocket>
}

const converse = (path: string, line: string, onText: (text: string) => void): Conversation => {
  const decoder = new TextDecoder()
  let rest: Uint8Array = new TextEncoder().encode(line)
  let socket: BunSocket | undefined
  const done = new Promise<"closed" | "nobody" | "broken">((resolve) => {
    // bun takes as much as the kernel does and keeps nothing: the rest is ours to send once there is room again.
    const send = (socket: BunSocket) => {
      while (rest.length > 0) {
        const taken = socket.write(rest)
        if (taken < 0) return resolve("broken")
        if (taken === 0) return
        rest = rest.subarray(taken)
      }
    }
    Bun.connect({
      unix: path,
      socket: {
        open: send,
        drain: send,
        data: (_, bytes) => onText(decoder.decode(bytes, { stream: true })),
        close: () => resolve("closed"),
        end: () => resolve("closed"),
        error: () => resolve("broken"),
        connectError: () => resolve("nobody")
      }
    }).then((connected) => {
      socket = connected
    }, () => resolve("nobody"))
  })
  return { done, abandon: () => socket?.terminate() }
}

/**
 * @since 0.1.0
 * @category runtimes
 */
export const runtime = (): Runtime => ({
  variables: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  uid: process.getuid?.() ?? -1,
  interactive: process.stdin.isTTY === true,
  stdin: () => Bun.stdin.text(),
  stat: (path) => Bun.file(path).stat(),
  converse,
  write: async (stream, text) => {
    try {
      return await Bun.write(stream === "stdout" ? Bun.stdout : Bun.stderr, text) ===
        new TextEncoder().encode(text).length
    } catch {
      return false
    }
  }
})
