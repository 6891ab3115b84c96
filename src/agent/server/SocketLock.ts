/**
 * The place where the agent listens: a folder that is ours alone, a lock that one process holds, and a socket that
 * appears only when it can be connected to.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as net from "node:net"
import type { Place } from "../endpoint/Endpoint.ts"
import { AgentAlreadyRunning, SocketUnusable } from "./SocketError.ts"

/**
 * A starting agent holds the lock for this long, in milliseconds, before it listens.
 *
 * @since 0.1.0
 * @category constants
 */
export const startUp = 5000

const codeOf = (error: unknown): string => error instanceof Error && "code" in error ? String(error.code) : "unknown"

const attempt = <A>(path: string, run: () => A): Effect.Effect<A, SocketUnusable> =>
  Effect.try({ try: run, catch: (error) => new SocketUnusable({ path, reason: codeOf(error) }) })

/**
 * Fails where others could have put a socket, or read what is sent to it; a folder that is not there is nobody's.
 *
 * @since 0.1.0
 * @category running
 */
export const requireOurs = (folder: string, uid: number | undefined): Effect.Effect<void, SocketUnusable> =>
  Effect.gen(function*() {
    const info = yield* attempt(folder, () => fs.lstatSync(folder, { throwIfNoEntry: false }))
    if (info === undefined) return
    const ours = info.isDirectory() && (uid === undefined || info.uid === uid) && (info.mode & 0o777) === 0o700
    if (!ours) yield* new SocketUnusable({ path: folder, reason: "the folder is not ours alone: it needs mode 0700" })
  })

const prepareFolder = (folder: string, uid: number | undefined) =>
  Effect.zipRight(
    attempt(folder, () => fs.mkdirSync(folder, { recursive: true, mode: 0o700 })),
    requireOurs(folder, uid)
  )

/** Only a socket that nobody listens on is replaced: it is what a killed agent leaves. */
const requireFree = (path: string): Effect.Effect<void, SocketUnusable> =>
  Effect.flatMap(
    attempt(path, () => fs.lstatSync(path, { throwIfNoEntry: false })),
    (info) =>
      info === undefined || info.isSocket()
        ? Effect.void
        : new SocketUnusable({ path, reason: "something that is no socket has that name" })
  )

/**
 * Does anybody listen there? One that is too busy to answer does.
 *
 * @since 0.1.0
 * @category running
 */
export const isListening = (path: string): Effect.Effect<boolean> =>
  Effect.async<boolean>((resume) => {
    const socket = net.connect({ path })
    socket.on("connect", () => resume(Effect.succeed(true)))
    // EAGAIN: more callers wait than the system lets.
    socket.on("error", (error) => resume(Effect.succeed(codeOf(error) === "EAGAIN")))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeoutTo({ duration: "1 second", onSuccess: (is) => is, onTimeout: () => true }))

const remove = (path: string): Effect.Effect<void> => Effect.ignore(Effect.try(() => fs.unlinkSync(path)))

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

/**
 * Whoever holds the lock lives, and has not had it for long.
 *
 * @since 0.1.0
 * @category running
 */
export const isStarting = (path: string): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const age = Math.abs(now - fs.statSync(path).mtimeMs)
    return age < startUp && isAlive(Number(fs.readFileSync(path, "utf8")))
  }).pipe(Effect.catchAllDefect(() => Effect.succeed(false)))

const lock = (place: Place) => {
  const path = `${place.socket}.lock`
  const create = attempt(path, () => fs.writeFileSync(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 }))
  return create.pipe(
    Effect.catchIf(({ reason }) => reason === "EEXIST", () =>
      Effect.gen(function*() {
        if ((yield* isStarting(path)) || (yield* isListening(place.socket))) {
          return yield* new AgentAlreadyRunning({ path: place.socket })
        }
        // Whoever held it was killed.
        yield* remove(path)
        return yield* Effect.catchIf(create, ({ reason }) =>
          reason === "EEXIST", () =>
          new AgentAlreadyRunning({ path: place.socket }))
      }))
  )
}

/** Whoever took us for dead has a lock of its own there. */
const unlock = (place: Place): Effect.Effect<void> =>
  Effect.suspend(() => {
    const path = `${place.socket}.lock`
    return fs.readFileSync(path, "utf8") === `${process.pid}\n` ? remove(path) : Effect.void
  }).pipe(Effect.catchAllDefect(() => Effect.void))

/**
 * Takes the place until the scope closes. `listen` binds a server to the path that it is given; the socket is moved to
 * its name afterwards, so that whoever finds it finds a listener.
 *
 * @since 0.1.0
 * @category running
 */
export const take = (
  place: Place,
  uid: number | undefined,
  listen: (path: string) => Effect.Effect<void, SocketUnusable, Scope.Scope>
): Effect.Effect<{ readonly isOurs: Effect.Effect<boolean> }, AgentAlreadyRunning | SocketUnusable, Scope.Scope> =>
  Effect.gen(function*() {
    yield* prepareFolder(place.directory, uid)
    yield* requireFree(place.socket)
    yield* Effect.acquireRelease(lock(place), () => unlock(place))
    const temporary = `${place.socket}.${process.pid}`
    yield* remove(temporary)
    yield* listen(temporary)
    const inode = yield* attempt(temporary, () => {
      fs.chmodSync(temporary, 0o600)
      return fs.lstatSync(temporary).ino
    })
    const isOurs = Effect.sync(() => fs.lstatSync(place.socket, { throwIfNoEntry: false })?.ino === inode)
    yield* Effect.acquireRelease(
      attempt(place.socket, () => fs.renameSync(temporary, place.socket)),
      () => Effect.flatMap(isOurs, (ours) => ours ? remove(place.socket) : Effect.void)
    )
    return { isOurs }
  })
