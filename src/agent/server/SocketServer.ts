/**
 * The agent's socket server: each connection carries one line in and one line out. No client can stop it.
 *
 * A cached answer takes less time than the fibers and timers that could guard it. So each connection has one fiber and the
 * socket's own timeout, and one fiber sends the heartbeats of all connections.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as net from "node:net"
import * as SystemError from "../../platform/SystemError.ts"
import * as Limits from "../protocol/Limits.ts"
import * as Protocol from "../protocol/Protocol.ts"
import { SocketUnusable } from "./SocketError.ts"

/**
 * Handles a request line. It runs `startHeartbeat` once it begins work that takes time but is bound to end.
 *
 * @since 0.1.0
 * @category models
 */
export type Handle = (line: Redacted.Redacted, startHeartbeat: Effect.Effect<void>) => Effect.Effect<string>

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The time between two heartbeats: 1 second by default, as clients expect. */
  readonly heartbeatInterval?: Duration.DurationInput
  /** The time without a byte after which an incomplete request is dropped: 10 seconds by default. */
  readonly idleLineTimeoutMs?: number
  /** The time that requests have to complete at shutdown: 200 ms by default, because a signal leaves 300 ms. */
  readonly closeGrace?: Duration.DurationInput
}

/**
 * @since 0.2.0
 * @category models
 */
export interface SocketServer {
  /** Listens at a path until the scope closes. */
  readonly bind: (path: string) => Effect.Effect<void, SocketUnusable, Scope.Scope>
  /** The time of the last request, in milliseconds since the epoch. */
  readonly lastCall: Effect.Effect<number>
}

const newline = 0x0a

/** Reads one line. Closes the connection if the line is too long, is not completed, or stalls. */
const readLine = (socket: net.Socket, timeoutMs: number, onLine: (line: Redacted.Redacted) => void): void => {
  const parts: Array<Buffer> = []
  let size = 0
  const refuse = () => socket.destroy()
  const onData = (chunk: Buffer) => {
    const end = chunk.indexOf(newline)
    parts.push(end < 0 ? chunk : chunk.subarray(0, end))
    size += chunk.length
    if (size > Limits.maxRequestBytes) return refuse()
    if (end < 0) return
    socket.off("data", onData).off("end", refuse).setTimeout(0)
    onLine(Redacted.make(Buffer.concat(parts).toString("utf8")))
  }
  socket.on("data", onData).on("end", refuse).setTimeout(timeoutMs, refuse)
}

/** The connections that wait for a reply. While there are any, one fiber sends a heartbeat to each. */
const makeHeartbeats = (interval: Duration.DurationInput) => {
  // A connection gets its first heartbeat after at least one whole interval.
  const added = new Set<net.Socket>()
  const waiting = new Set<net.Socket>()
  let running = false
  const beat = Effect.sync(() => {
    for (const socket of waiting) socket.write(Protocol.heartbeat)
    for (const socket of added) waiting.add(socket)
    added.clear()
    return running = waiting.size > 0
  })
  const run = Effect.repeat(Effect.delay(beat, interval), { while: (goesOn) => goesOn })
  return {
    start: (socket: net.Socket): Effect.Effect<void> =>
      Effect.suspend(() => {
        added.add(socket)
        if (running) return Effect.void
        running = true
        return Effect.asVoid(Effect.forkDaemon(run))
      }),
    stop: (socket: net.Socket) => Effect.sync(() => added.delete(socket) || waiting.delete(socket))
  }
}

const destroyAll = (sockets: ReadonlySet<net.Socket>): void => sockets.forEach((socket) => socket.destroy())

const open = (server: net.Server, path: string) =>
  Effect.async<void, SocketUnusable>((resume) => {
    server.once("error", (error) =>
      resume(new SocketUnusable({ path, reason: SystemError.codeOf(error) ?? "cannot listen" })))
    server.listen({ path, backlog: 1024 }, () =>
      resume(Effect.void))
  })

/** The open connections, and those of them that have not sent a complete request. */
const makeConnections = () => {
  const all = new Set<net.Socket>()
  const incomplete = new Set<net.Socket>()
  return {
    all,
    incomplete,
    add: (socket: net.Socket): void => {
      all.add(socket)
      incomplete.add(socket)
      socket.on("error", () => socket.destroy()).on("close", () => {
        all.delete(socket)
        incomplete.delete(socket)
      })
    }
  }
}

const close = (
  server: net.Server,
  { all, incomplete }: ReturnType<typeof makeConnections>,
  grace: Duration.DurationInput
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    server.close(() => resume(Effect.void))
    // A client that sends no request must not delay the shutdown.
    destroyAll(incomplete)
  }).pipe(
    // A scope closes uninterruptibly; without this the timeout would have no effect.
    Effect.interruptible,
    Effect.timeout(grace),
    Effect.ignore,
    Effect.ensuring(Effect.sync(() => destroyAll(all)))
  )

/**
 * Makes a server that does not listen yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (handle: Handle, options: Options = {}): Effect.Effect<SocketServer> =>
  Effect.gen(function*() {
    const { closeGrace = "200 millis", heartbeatInterval = Limits.heartbeatIntervalMs, idleLineTimeoutMs = 10_000 } =
      options
    const runFork = Runtime.runFork(yield* Effect.runtime())
    const heartbeats = makeHeartbeats(heartbeatInterval)
    const connections = makeConnections()
    let lastCall = yield* Clock.currentTimeMillis

    const answer = (socket: net.Socket, line: Redacted.Redacted) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        lastCall = now
        return handle(line, heartbeats.start(socket))
      }).pipe(
        Effect.matchCause({ onFailure: () => socket.destroy(), onSuccess: (reply) => socket.end(reply) }),
        Effect.ensuring(heartbeats.stop(socket))
      )

    const server = net.createServer((socket) => {
      connections.add(socket)
      readLine(socket, idleLineTimeoutMs, (line) => {
        connections.incomplete.delete(socket)
        runFork(answer(socket, line))
      })
    })

    return {
      lastCall: Effect.sync(() => lastCall),
      bind: (path) => Effect.acquireRelease(open(server, path), () => close(server, connections, closeGrace))
    }
  })
