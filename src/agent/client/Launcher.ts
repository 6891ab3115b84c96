/**
 * Starts an agent if none is listening. Of many concurrent callers, the one that creates the start marker file starts it;
 * the others wait for its socket. The marker of a failed start stays for half a minute, in which no caller tries again.
 *
 * Part of the thin client: it uses no Effect, because at the start of a build it runs in hundreds of processes. So it reads
 * the environment and the clock by itself.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off globalDate:off
import { spawn } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import * as NetworkVariables from "../../http/NetworkVariables.ts"
import * as SystemError from "../../platform/SystemError.ts"
import * as Endpoint from "../endpoint/Endpoint.ts"
import * as UnixSocket from "../endpoint/UnixSocket.ts"

/**
 * The variables by which a CI system finds the processes that a job has left, and stops them. Jenkins compares all of those of
 * a job (`hudson.model.Job.getCharacteristicEnvVars`, `Run.getCharacteristicEnvVars`), a Pipeline its `JENKINS_NODE_COOKIE`
 * alone; GitHub's runner and Azure Pipelines' agent have one each.
 */
const jobMarkers = [
  ...["BUILD_ID", "BUILD_NUMBER", "BUILD_TAG", "JOB_NAME", "JOB_BASE_NAME"],
  ...["JENKINS_SERVER_COOKIE", "JENKINS_NODE_COOKIE", "HUDSON_SERVER_COOKIE", "HUDSON_COOKIE"],
  ...["RUNNER_TRACKING_ID", "VSTS_PROCESS_LOOKUP_ID"]
]

/** The rest of the first caller's environment must not stay in a process that runs for hours. */
const inherited = new Set([
  ...NetworkVariables.variables,
  ...["HOME", "USER", "LOGNAME", "PATH", "LANG", "TZ"],
  ...["XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "CI", "TF_BUILD"],
  ...jobMarkers,
  ...["AGENT_SOCKET", "AGENT_PID", "IDLE_TIMEOUT", "PRUNE_INTERVAL", "LOGGING"].map((_) => `CREDENTIAL_HELPER_${_}`)
])

/** Bun sizes its heap from total RAM; cap it for a background process. */
const heapLimit = { BUN_JSC_forceRAMSize: "100000000" }

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => inherited.has(name))),
  ...heapLimit
})

/**
 * @since 0.2.0
 * @category models
 */
export interface Timing {
  /** How long a caller waits for the socket of a starting agent. */
  readonly startTimeoutMs: number
  /** The age of a start marker at which its process ID belongs to another process by now. */
  readonly maxStartMs: number
  /** How long a failed start keeps other callers from trying again. */
  readonly failureTtlMs: number
  /** How long a caller waits for an agent that holds its lock but does not accept connections. */
  readonly busyTimeoutMs: number
  /** The time between two checks, at first. */
  readonly pollIntervalMs: number
}

/**
 * @since 0.2.0
 * @category constants
 */
export const defaultTiming: Timing = {
  startTimeoutMs: 5000,
  maxStartMs: 20_000,
  failureTtlMs: 30_000,
  busyTimeoutMs: 1500,
  pollIntervalMs: 10
}

/** The content of the start marker after a failed start. */
const failed = "failed"

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

const hasFailed = (marker: string): boolean => {
  try {
    return readFileSync(marker, "utf8") === failed
  } catch {
    return false
  }
}

/** Whether the marker's start failed long ago, or neither its process nor the agent is running any more. */
const isStale = (socket: string, timing: Timing): boolean => {
  const marker = UnixSocket.startMarkerPath(socket)
  const age = UnixSocket.ageMs(marker, Date.now())
  if (hasFailed(marker)) return age > timing.failureTtlMs
  const isStarting = UnixSocket.isHeld(marker) || UnixSocket.isHeld(UnixSocket.lockPath(socket))
  return age > (isStarting ? timing.maxStartMs : UnixSocket.pidWriteTimeoutMs)
}

/** Whether this process has created the start marker. Throws if the directory is not writable. */
const createMarker = (socket: string, timing: Timing): boolean => {
  const marker = UnixSocket.startMarkerPath(socket)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      UnixSocket.createPidFile(marker)
      return true
    } catch (error) {
      if (SystemError.codeOf(error) !== "EEXIST") throw error
      if (!isStale(socket, timing)) return false
      UnixSocket.remove(marker)
    }
  }
  return false
}

/** An agent that holds its lock but does not accept connections has a full queue or is stopping; both are soon over. */
const accepts = async (socket: string, { busyTimeoutMs, pollIntervalMs }: Timing): Promise<boolean> => {
  const until = Date.now() + busyTimeoutMs
  while (await UnixSocket.probe(socket) !== "Accepting") {
    if (!UnixSocket.isHeld(UnixSocket.lockPath(socket)) || Date.now() > until) return false
    await sleep(pollIntervalMs)
  }
  return true
}

/**
 * Waits for the socket. Hundreds of callers may wait while the agent needs the CPU, so they check less and less often. The
 * timeout counts the time slept on purpose: a machine too busy to wake callers in time is slow to start the agent, too.
 */
const appears = async (socket: string, isOver: () => boolean, timing: Timing): Promise<boolean> => {
  for (let waitedMs = 0; waitedMs < timing.startTimeoutMs && !existsSync(socket) && !isOver();) {
    const pauseMs = timing.pollIntervalMs + waitedMs / 8
    await sleep(pauseMs)
    waitedMs += pauseMs
  }
  return existsSync(socket)
}

const launch = async (command: ReadonlyArray<string>, socket: string, timing: Timing): Promise<boolean> => {
  const [program = process.execPath, ...args] = command
  const marker = UnixSocket.startMarkerPath(socket)
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
  const up = await appears(socket, () => dead, timing)
  // An agent that exited by itself would do so again; one that was killed may be started again at once.
  if (up || killed) UnixSocket.remove(marker)
  else writeFileSync(marker, failed, { mode: 0o600 })
  return up
}

const waitForOther = async (
  endpoint: Endpoint.Endpoint,
  command: ReadonlyArray<string>,
  timing: Timing
): Promise<boolean> => {
  const { socket } = endpoint
  const marker = UnixSocket.startMarkerPath(socket)
  const isOver = () => !existsSync(marker) || hasFailed(marker) || isStale(socket, timing)
  if (await appears(socket, isOver, timing)) return true
  return !hasFailed(marker) && isStale(socket, timing) && await start(endpoint, command, timing)
}

/**
 * Starts an agent unless another caller does. Resolves to whether an agent is listening. `command` starts this program
 * without arguments.
 *
 * @since 0.1.0
 * @category running
 */
export const start = async (
  endpoint: Endpoint.Endpoint,
  command: ReadonlyArray<string>,
  timing: Timing = defaultTiming
): Promise<boolean> => {
  const { directory, socket } = endpoint
  const marker = UnixSocket.startMarkerPath(socket)
  try {
    const uid = process.getuid?.()
    if (uid !== undefined && await Endpoint.findForeign(directory, uid, UnixSocket.stat) !== undefined) return false
    UnixSocket.createDirectory(directory)
    // In a directory of another user, a path may be a link to a file that this process would then overwrite.
    if (UnixSocket.directoryAccess(directory, uid) !== "Private") return false
    if (!createMarker(socket, timing)) return await waitForOther(endpoint, command, timing)
    // An agent may have started since this caller failed to connect.
    if (await accepts(socket, timing)) {
      UnixSocket.remove(marker)
      return true
    }
    const kind = UnixSocket.kindOf(socket)
    if (kind === "Other") {
      UnixSocket.remove(marker)
      return false
    }
    // A killed agent leaves its socket and its lock.
    if (kind === "Socket") [socket, UnixSocket.lockPath(socket)].forEach(UnixSocket.remove)
    return await launch(command, socket, timing)
  } catch {
    return false
  }
}
