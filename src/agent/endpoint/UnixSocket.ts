/**
 * The files beside an agent's Unix socket, and what they tell about the agent: the rules that the launcher and the server
 * share. Imports `node:fs`, which the thin client must not load in the executable.
 *
 * @since 0.2.0
 */
// @effect-diagnostics newPromise:off
import * as fs from "node:fs"
import * as net from "node:net"
import { dirname } from "node:path"
import * as SystemError from "../../platform/SystemError.ts"
import * as Endpoint from "./Endpoint.ts"

/**
 * The lock of the agent that listens at a socket; it holds the agent's process ID.
 *
 * @since 0.2.0
 * @category accessors
 */
export const lockPath = (socket: string): string => `${socket}.lock`

/**
 * The marker of the process that is starting an agent; it holds that process's ID.
 *
 * @since 0.2.0
 * @category accessors
 */
export const startMarkerPath = (socket: string): string => `${socket}.start`

/**
 * @since 0.2.0
 * @category accessors
 */
export const logPath = (socket: string): string => socket.replace(/(\.sock)?$/, ".log")

/**
 * A process has this many milliseconds to write its ID to a file that it created.
 *
 * @since 0.2.0
 * @category constants
 */
export const pidWriteTimeoutMs = 1000

/**
 * Whether only this user can put files into a directory. Does not follow a link. Throws if the directory cannot be examined.
 *
 * @since 0.2.0
 * @category predicates
 */
export const directoryAccess = (path: string, uid: number | undefined): "Missing" | "Private" | "Shared" => {
  const info = fs.lstatSync(path, { throwIfNoEntry: false })
  if (info === undefined) return "Missing"
  return info.isDirectory() && Endpoint.isPrivate(info, uid) ? "Private" : "Shared"
}

/**
 * Creates a private directory. Those above it get the mode of the umask, because other programs use them too. Throws if it
 * cannot be created; an existing directory is left as it is.
 *
 * @since 0.2.0
 * @category running
 */
export const createDirectory = (path: string): void => {
  fs.mkdirSync(dirname(path), { recursive: true })
  try {
    fs.mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (SystemError.codeOf(error) !== "EEXIST") throw error
  }
}

/**
 * The owner and mode of a file or directory.
 *
 * @since 0.2.0
 * @category accessors
 */
export const stat: Endpoint.Stat = (path) => fs.promises.stat(path)

/**
 * What a path is before an agent listens there. Only a socket may be replaced.
 *
 * @since 0.2.0
 * @category predicates
 */
export const kindOf = (path: string): "Missing" | "Other" | "Socket" => {
  const info = fs.lstatSync(path, { throwIfNoEntry: false })
  return info === undefined ? "Missing" : info.isSocket() ? "Socket" : "Other"
}

/**
 * The process ID in a file; `undefined` if there is no such file, or none in it yet.
 *
 * @since 0.2.0
 * @category accessors
 */
export const readPid = (path: string): number | undefined => {
  try {
    const pid = Number(fs.readFileSync(path, "utf8"))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

/** On Linux, a process that has ended keeps its ID until its parent reaps it. In a container, that may be never. */
const isZombie = (pid: number): boolean => {
  try {
    return /\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

/**
 * Whether a process is running, as this user or another.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (SystemError.codeOf(error) !== "EPERM") return false
  }
  return !isZombie(pid)
}

/**
 * Whether the process whose ID is in a file is running.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isHeld = (path: string): boolean => {
  const pid = readPid(path)
  return pid !== undefined && isAlive(pid)
}

/**
 * Milliseconds since a file was written; infinite if there is none. A time in the future counts as past, because the clock
 * may have been set back.
 *
 * @since 0.2.0
 * @category accessors
 */
export const ageMs = (path: string, nowMs: number): number => {
  const info = fs.statSync(path, { throwIfNoEntry: false })
  return info === undefined ? Number.POSITIVE_INFINITY : Math.abs(nowMs - info.mtimeMs)
}

/**
 * Creates a file that holds this process's ID. Throws, with the code `EEXIST` if there is one already.
 *
 * @since 0.2.0
 * @category running
 */
export const createPidFile = (path: string): void =>
  fs.writeFileSync(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 })

/**
 * Removes a file if it exists. Never throws.
 *
 * @since 0.2.0
 * @category running
 */
export const remove = (path: string): void => {
  try {
    fs.unlinkSync(path)
  } catch {
    // Another process removed it.
  }
}

/** Milliseconds that a connection may take. */
const connectTimeoutMs = 1000

/**
 * Connects to a socket, and closes the connection. `Busy`: a process listens, but its queue of connections is full.
 *
 * @since 0.2.0
 * @category running
 */
export const probe = (path: string): Promise<"Accepting" | "Busy" | "NotListening"> =>
  new Promise((resolve) => {
    const socket = net.connect({ path })
    const settle = (state: "Accepting" | "Busy" | "NotListening") => {
      socket.destroy()
      resolve(state)
    }
    socket.on("connect", () => settle("Accepting"))
    socket.on("error", (error) => settle(SystemError.codeOf(error) === "EAGAIN" ? "Busy" : "NotListening"))
    socket.setTimeout(connectTimeoutMs, () => settle("Busy"))
  })
