/**
 * The runtime of the thin client on Node.js. It does not use `Environment`, which takes longer to load than an answer.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off
import { fstatSync, readSync, statSync, writeSync } from "node:fs"
import { connect } from "node:net"
import * as SystemError from "../../platform/SystemError.ts"
import { maxRequestBytes } from "../protocol/Limits.ts"
import { callerInfo, type Connection, type Runtime } from "./ThinClient.ts"

const send: Runtime["send"] = (path, line, onText): Connection => {
  const socket = connect({ path })
  socket.setEncoding("utf8")
  const end = new Promise<"Closed" | "NotListening" | "Broken">((resolve) => {
    socket.on("connect", () => socket.write(line))
    socket.on("data", (text: string) => onText(text))
    socket.on("error", () => resolve(socket.connecting || socket.bytesWritten === 0 ? "NotListening" : "Broken"))
    socket.on("close", () => resolve("Closed"))
  })
  return { end, destroy: () => socket.destroy() }
}

const readLater = (): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    process.stdin.on("data", (chunk: Buffer) => chunks.push(chunk))
    process.stdin.on("end", () => resolve(Buffer.concat(chunks)))
    process.stdin.on("error", reject)
  })

/** The process at the other end of the pipe may have made it non-blocking. */
const wouldBlock = (error: unknown): boolean => SystemError.codeOf(error) === "EAGAIN"

/** Windows reports the end of a pipe as an error. */
const isEnd = (error: unknown): boolean => SystemError.codeOf(error) === "EOF"

/**
 * Reads synchronously: there is nothing else to do, and `process.stdin` takes longer to set up than an answer. If stdin is
 * never closed, Bazel ends this process with SIGTERM.
 */
const stdin = async (): Promise<string | undefined> => {
  if (fstatSync(0).isCharacterDevice()) return undefined
  const chunks: Array<Buffer> = []
  try {
    // What is larger is refused, so the rest of it is not read.
    for (let size = 1, total = 0; size > 0 && total <= maxRequestBytes; total += size) {
      const chunk = Buffer.allocUnsafe(64 * 1024)
      size = readSync(0, chunk)
      chunks.push(chunk.subarray(0, size))
    }
  } catch (error) {
    if (wouldBlock(error)) chunks.push(await readLater())
    else if (!isEnd(error)) throw error
  }
  return Buffer.concat(chunks).toString()
}

const writeLater = (stream: NodeJS.WriteStream, bytes: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    stream.once("error", () => resolve(false))
    stream.write(bytes, (error) => resolve(error === null || error === undefined))
  })

/** Writes synchronously; the streams of the process, which take long to set up, write what a full pipe does not take. */
const write = async (name: "stdout" | "stderr", text: string): Promise<boolean> => {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(name === "stdout" ? 1 : 2, bytes, written)
    return true
  } catch (error) {
    return wouldBlock(error) ? writeLater(process[name], bytes.subarray(written)) : false
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const runtime = (): Runtime => ({
  ...callerInfo(),
  stdin,
  // Or /dev/null, where notes do no harm. To tell them apart would load the module for terminals.
  isTerminal: async () => fstatSync(2).isCharacterDevice(),
  stat: async (path) => statSync(path),
  send,
  write
})
