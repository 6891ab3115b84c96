/**
 * The thin client's runtime on Node.js. It reads the process itself: loading `Environment` costs more than the answer.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off
import { fstatSync, readSync, statSync, writeSync } from "node:fs"
import { connect } from "node:net"
import { circumstances, type Conversation, type Runtime } from "./ThinClient.ts"

const converse = (path: string, line: string, onText: (text: string) => void): Conversation => {
  const socket = connect({ path })
  socket.setEncoding("utf8")
  const done = new Promise<"closed" | "nobody" | "broken">((resolve) => {
    socket.on("connect", () => socket.write(line))
    socket.on("data", (text: string) => onText(text))
    socket.on("error", () => resolve(socket.connecting || socket.bytesWritten === 0 ? "nobody" : "broken"))
    socket.on("close", () => resolve("closed"))
  })
  return { done, abandon: () => socket.destroy() }
}

const readLater = (): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    process.stdin.on("data", (chunk: Buffer) => chunks.push(chunk))
    process.stdin.on("end", () => resolve(Buffer.concat(chunks)))
    process.stdin.on("error", reject)
  })

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code

/** A caller may have set its end, and with it ours, not to wait. */
const isBusy = (error: unknown): boolean => hasCode(error, "EAGAIN")

/** What Windows says at the end of a pipe. */
const isEnd = (error: unknown): boolean => hasCode(error, "EOF")

/**
 * Nothing else is to be done until the caller has closed its end, and the streams of the process take longer to make than
 * the agent to answer. A caller that never closes it has its SIGTERM.
 */
const stdin = async (): Promise<string | undefined> => {
  if (fstatSync(0).isCharacterDevice()) return undefined
  const chunks: Array<Buffer> = []
  try {
    for (let size = 1; size > 0;) {
      const chunk = Buffer.allocUnsafe(64 * 1024)
      size = readSync(0, chunk)
      chunks.push(chunk.subarray(0, size))
    }
  } catch (error) {
    if (isBusy(error)) chunks.push(await readLater())
    else if (!isEnd(error)) throw error
  }
  return Buffer.concat(chunks).toString()
}

const writeLater = (stream: NodeJS.WriteStream, bytes: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    stream.once("error", () => resolve(false))
    stream.write(bytes, (error) => resolve(error === null || error === undefined))
  })

/** At once, because the streams of the process take longer to make; what a full pipe does not take is left to them. */
const write = async (name: "stdout" | "stderr", text: string): Promise<boolean> => {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(name === "stdout" ? 1 : 2, bytes, written)
    return true
  } catch (error) {
    return isBusy(error) ? writeLater(process[name], bytes.subarray(written)) : false
  }
}

/**
 * @since 0.1.0
 * @category runtimes
 */
export const runtime = (): Runtime => ({
  ...circumstances(),
  stdin,
  stat: async (path) => statSync(path),
  converse,
  write
})
