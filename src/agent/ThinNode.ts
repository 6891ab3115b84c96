/**
 * The thin client's runtime on Node.js. It reads the process itself: loading `Environment` costs more than the answer.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off
import { statSync } from "node:fs"
import { connect } from "node:net"
import type { Conversation, Runtime } from "./ThinClient.ts"

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

const readStdin = (): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ""
    process.stdin.setEncoding("utf8")
    process.stdin.on("data", (chunk: string) => text += chunk)
    process.stdin.on("end", () => resolve(text))
    process.stdin.on("error", reject)
  })

/**
 * @since 0.1.0
 * @category runtimes
 */
export const runtime = (): Runtime => ({
  variables: process.env,
  cwd: process.cwd,
  platform: process.platform,
  uid: process.getuid?.() ?? -1,
  interactive: async () => process.stdin.isTTY === true,
  stdin: readStdin,
  stat: async (path) => statSync(path),
  converse,
  write: (stream, text) =>
    new Promise((resolve) => {
      process[stream].once("error", () => resolve(false))
      process[stream].write(text, (error) => resolve(error === null || error === undefined))
    })
})
