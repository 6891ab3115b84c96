/**
 * Starts the agent when nobody listens. Of many callers at once, one wins the right to start it; the others wait for the
 * socket to appear. When the agent cannot be started, callers are told so for half a minute instead of trying again.
 *
 * Part of the thin client: it is loaded without Effect, because at the start of a build it runs in hundreds of processes.
 * So it reads the process and the clock itself.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off globalDate:off
import { spawn } from "node:child_process"
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import * as NetworkVariables from "../../http/NetworkVariables.ts"
import type { Place } from "../endpoint/Endpoint.ts"

/** Everything else of the first caller's environment stays out of a process that lives for hours. */
const inherited = new Set([
  ...NetworkVariables.variables,
  ...["HOME", "USER", "LOGNAME", "PATH", "LANG", "TZ"],
  ...["XDG_RUNTIME_DIR", "XDG_CACHE_HOME"],
  ...["AGENT_SOCKET", "AGENT_PID", "IDLE_TIMEOUT", "PRUNE_INTERVAL", "LOGGING"].map((_) => `CREDENTIAL_HELPER_${_}`)
])

/** bun lets its heap grow by the memory of the machine, of which an agent in the background shall have little. */
const frugal = { BUN_JSC_forceRAMSize: "100000000" }

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => inherited.has(name))),
  ...frugal
})

/**
 * Milliseconds that a start may take, after which its starter must be another process with the same number, that a starter
 * takes to write its own, that its failure is remembered, that an end takes, and between two looks.
 */
const patience = 5000
const abandoned = 20_000
const anonymous = 1000
const failureMemory = 30_000
const closing = 1500
const poll = 10

const failed = "failed"

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

const codeOf = (error: unknown): unknown => error instanceof Error && "code" in error ? error.code : undefined

/** A file from the future is old: the clock was set back since. */
const age = (path: string): number => Math.abs(Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0))

const hasFailed = (claim: string): boolean => {
  try {
    return readFileSync(claim, "utf8") === failed
  } catch {
    return false
  }
}

const unlink = (path: string): void => {
  try {
    unlinkSync(path)
  } catch {
    // Another caller did.
  }
}

/** The process whose number is in a file. */
const lives = (path: string): boolean => {
  try {
    const pid = Number(readFileSync(path, "utf8"))
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

const claimOf = (socket: string): string => `${socket}.start`

const lockOf = (socket: string): string => `${socket}.lock`

/** The start has failed a while ago, or was given up: its starter and its agent live as long as it is going on. */
const isAbandoned = (socket: string): boolean => {
  const claim = claimOf(socket)
  if (hasFailed(claim)) return age(claim) > failureMemory
  return age(claim) > (lives(claim) || lives(lockOf(socket)) ? abandoned : anonymous)
}

/** Wins, loses, or throws when the folder cannot be written. */
const win = (socket: string): boolean => {
  const claim = claimOf(socket)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(claim, `${process.pid}\n`, { flag: "wx", mode: 0o600 })
      return true
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error
      if (!isAbandoned(socket)) return false
      unlink(claim)
    }
  }
  return false
}

/** Nobody else may have put anything there, such as a link to a file that we would write. */
const isOurs = (directory: string): boolean => {
  const { mode, uid } = lstatSync(directory)
  return uid === process.getuid?.() && (mode & 0o777) === 0o700
}

const connects = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path })
    const end = (is: boolean) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.on("connect", end(true)).on("error", end(false))
  })

/** An agent that lives and does not answer has a full queue, or is about to end: either is soon over. */
const isListening = async (path: string): Promise<boolean> => {
  for (const until = Date.now() + closing; !(await connects(path)); await sleep(poll)) {
    if (!lives(lockOf(path)) || Date.now() > until) return false
  }
  return true
}

/**
 * Hundreds may wait, and the agent needs the processor more than they: they look less and less often. What counts is how
 * long they slept on purpose, because a machine that lets them wait longer does so to the agent as well.
 */
const appears = async (socket: string, isOver: () => boolean): Promise<boolean> => {
  for (let waited = 0; waited < patience && !existsSync(socket) && !isOver();) {
    const pause = poll + waited / 8
    await sleep(pause)
    waited += pause
  }
  return existsSync(socket)
}

const launch = async (command: ReadonlyArray<string>, socket: string, claim: string): Promise<boolean> => {
  const [program = process.execPath, ...args] = command
  let dead = false
  let killed = false
  const child = spawn(program, [...args, "agent-launch"], {
    cwd: "/",
    detached: true,
    stdio: "ignore",
    env: environment()
  })
  child.on("error", () => dead = true)
  child.on("exit", (_, signal) => {
    dead = true
    killed = signal !== null
  })
  child.unref()
  const up = await appears(socket, () => dead)
  // One that was killed may be started again at once; one that ended by itself would do so again.
  if (up || killed) unlink(claim)
  else writeFileSync(claim, failed, { mode: 0o600 })
  return up
}

/**
 * Resolves to whether an agent listens now. `command` is how this program is started, without arguments.
 *
 * @since 0.1.0
 * @category running
 */
export const start = async (place: Place, command: ReadonlyArray<string>): Promise<boolean> => {
  const { directory, socket } = place
  const claim = claimOf(socket)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (!isOurs(directory)) return false
    if (!win(socket)) {
      if (await appears(socket, () => !existsSync(claim) || hasFailed(claim) || isAbandoned(socket))) return true
      return !hasFailed(claim) && isAbandoned(socket) && await start(place, command)
    }
    // Somebody may have started one since we found nobody.
    if (await isListening(socket)) {
      unlink(claim)
      return true
    }
    // A socket that nobody listens on is what a killed agent leaves, with its lock; anything else is not ours to remove.
    const info = lstatSync(socket, { throwIfNoEntry: false })
    if (info?.isSocket() === false) {
      unlink(claim)
      return false
    }
    if (info !== undefined) [socket, lockOf(socket)].forEach(unlink)
    return await launch(command, socket, claim)
  } catch {
    return false
  }
}
