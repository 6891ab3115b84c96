/**
 * The lock that makes one process the agent of a socket path: a private directory, a lock file with the process ID, and a
 * socket that gets its name only once it accepts connections.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as SystemError from "../../platform/SystemError.ts"
import * as Endpoint from "../endpoint/Endpoint.ts"
import * as UnixSocket from "../endpoint/UnixSocket.ts"
import { AgentAlreadyRunning, SocketUnusable } from "./SocketError.ts"

/**
 * The age at which the lock of an agent that is not listening is stale, although its process ID is in use.
 *
 * @since 0.2.0
 * @category constants
 */
export const startTimeoutMs = 5000

const attempt = <A>(path: string, run: () => A): Effect.Effect<A, SocketUnusable> =>
  Effect.try({
    try: run,
    catch: (error) => new SocketUnusable({ path, reason: SystemError.codeOf(error) ?? "unknown error" })
  })

/** What makes a directory unusable, and the command that mends it. */
const describe = (path: string, uid: number | undefined): SocketUnusable => {
  const info = fs.lstatSync(path)
  if (!info.isDirectory()) return new SocketUnusable({ path, reason: "not a directory" })
  return uid !== undefined && info.uid !== uid
    ? new SocketUnusable({
      path,
      reason: `the directory is not private: it belongs to user ${info.uid}, not to you`,
      repair: `sudo chown -R "$(id -u)" ${path}`
    })
    : new SocketUnusable({
      path,
      reason: `the directory is not private: its mode is ${(info.mode & 0o777).toString(8).padStart(4, "0")}`,
      repair: `chmod 700 ${path}`
    })
}

/**
 * Fails if other users could put a socket into the directory, or read what is sent to it. Accepts a missing directory.
 *
 * @since 0.2.0
 * @category running
 */
export const requirePrivate = (directory: string, uid: number | undefined): Effect.Effect<void, SocketUnusable> =>
  Effect.flatMap(
    attempt(directory, () => UnixSocket.directoryAccess(directory, uid)),
    (access) => access === "Shared" ? Effect.flatten(attempt(directory, () => describe(directory, uid))) : Effect.void
  )

/** Fails if the directory would be created in one of another user, who could then not remove it. */
const requireOwnParent = (directory: string, uid: number | undefined): Effect.Effect<void, SocketUnusable> =>
  Effect.gen(function*() {
    if (uid === undefined) return
    const foreign = yield* Effect.promise(() => Endpoint.findForeign(directory, uid, UnixSocket.stat))
    if (foreign === undefined || foreign.path === directory) return
    const reason = `${foreign.path} belongs to user ${foreign.uid}, not to you`
    return yield* new SocketUnusable({ path: directory, reason })
  })

const prepareDirectory = (directory: string, uid: number | undefined) =>
  requireOwnParent(directory, uid).pipe(
    Effect.zipRight(attempt(directory, () => UnixSocket.createDirectory(directory))),
    Effect.zipRight(requirePrivate(directory, uid))
  )

/** A socket is what a killed agent leaves; any other file is not replaced. */
const requireFree = (path: string): Effect.Effect<void, SocketUnusable> =>
  Effect.flatMap(attempt(path, () => UnixSocket.kindOf(path)), (kind) =>
    kind === "Other"
      ? new SocketUnusable({ path, reason: "a file that is not a socket has that name" })
      : Effect.void)

/**
 * Whether a process listens at a socket path, even if it is too busy to accept a connection.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isListening = (path: string): Effect.Effect<boolean> =>
  Effect.map(Effect.promise(() => UnixSocket.probe(path)), (state) => state !== "NotListening")

/**
 * Whether a process holds the lock of a socket path and has not had the time to listen yet.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isStarting = (socket: string): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const path = UnixSocket.lockPath(socket)
    const pid = UnixSocket.readPid(path)
    const age = UnixSocket.ageMs(path, now)
    return pid === undefined ? age < UnixSocket.pidWriteTimeoutMs : age < startTimeoutMs && UnixSocket.isAlive(pid)
  })

const isTaken = ({ reason }: SocketUnusable): boolean => reason === "EEXIST"

const acquire = ({ socket }: Endpoint.Endpoint): Effect.Effect<void, AgentAlreadyRunning | SocketUnusable> => {
  const path = UnixSocket.lockPath(socket)
  const create = attempt(path, () => UnixSocket.createPidFile(path))
  const replace = Effect.gen(function*() {
    if ((yield* isStarting(socket)) || (yield* isListening(socket))) {
      return yield* new AgentAlreadyRunning({ path: socket })
    }
    // The process that held the lock was killed.
    UnixSocket.remove(path)
    return yield* Effect.catchIf(create, isTaken, () => new AgentAlreadyRunning({ path: socket }))
  })
  return Effect.catchIf(create, isTaken, () => replace)
}

/** Another agent may have replaced a lock that it took for stale. */
const release = ({ socket }: Endpoint.Endpoint): Effect.Effect<void> =>
  Effect.sync(() => {
    const path = UnixSocket.lockPath(socket)
    if (UnixSocket.readPid(path) === process.pid) UnixSocket.remove(path)
  })

/**
 * Holds the lock and listens until the scope closes. `bind` makes a server listen at the path that it is given; that socket
 * is then renamed, so that a client that finds it can connect to it. `isCurrent` tells whether it still is at its path.
 *
 * @since 0.1.0
 * @category running
 */
export const take = (
  endpoint: Endpoint.Endpoint,
  uid: number | undefined,
  bind: (path: string) => Effect.Effect<void, SocketUnusable, Scope.Scope>
): Effect.Effect<{ readonly isCurrent: Effect.Effect<boolean> }, AgentAlreadyRunning | SocketUnusable, Scope.Scope> =>
  Effect.gen(function*() {
    const { directory, socket } = endpoint
    yield* prepareDirectory(directory, uid)
    yield* requireFree(socket)
    yield* Effect.acquireRelease(acquire(endpoint), () => release(endpoint))
    const temporary = `${socket}.${process.pid}`
    UnixSocket.remove(temporary)
    yield* bind(temporary)
    const inode = yield* attempt(temporary, () => {
      fs.chmodSync(temporary, 0o600)
      return fs.lstatSync(temporary).ino
    })
    const isCurrent = Effect.sync(() => fs.lstatSync(socket, { throwIfNoEntry: false })?.ino === inode)
    yield* Effect.acquireRelease(
      attempt(socket, () => fs.renameSync(temporary, socket)),
      () => Effect.map(isCurrent, (current) => current ? UnixSocket.remove(socket) : undefined)
    )
    return { isCurrent }
  })
