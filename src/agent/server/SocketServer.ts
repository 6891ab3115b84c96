/**
 * The agent's socket: one connection, one line in, one line out. Whatever a client does, the server goes on.
 *
 * A warm answer takes less time than the fibers and timers that could guard it, so a connection has one fiber, the
 * system's own timeout, and a place in a list that one fiber for all goes through while somebody waits.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as net from "node:net"
import { longestLine } from "../client/ThinClient.ts"
import * as Protocol from "../protocol/Protocol.ts"
import { SocketUnusable } from "./SocketError.ts"

/**
 * What the server does with a line. `atWork` is to be run by whoever begins something that takes time and has an end: from
 * then on the caller is shown that it is worth while to wait.
 *
 * @since 0.1.0
 * @category models
 */
export type Handle = (line: Redacted.Redacted, atWork: Effect.Effect<unknown>) => Effect.Effect<string>

const newline = 0x0a

/** Milliseconds without a byte after which a caller that has not finished its line is given up. */
const patience = 10_000

/** Hands over one line, or closes the connection: on a line that is too long, on an early end, and on silence. */
const readLine = (socket: net.Socket, onLine: (line: Redacted.Redacted) => void): void => {
  const parts: Array<Buffer> = []
  let size = 0
  const refuse = () => socket.destroy()
  const onData = (chunk: Buffer) => {
    const end = chunk.indexOf(newline)
    parts.push(end < 0 ? chunk : chunk.subarray(0, end))
    size += chunk.length
    if (size > longestLine) return refuse()
    if (end < 0) return
    socket.off("data", onData).off("end", refuse).setTimeout(0)
    onLine(Redacted.make(Buffer.concat(parts).toString("utf8")))
  }
  socket.on("data", onData).on("end", refuse).setTimeout(patience, refuse)
}

/** The callers that wait for a reply. While there are any, one fiber shows them each second that the agent is at work. */
const makeWaiting = () => {
  const fresh = new Set<net.Socket>()
  const waiting = new Set<net.Socket>()
  let watched = false
  const show = Effect.sync(() => {
    for (const socket of waiting) socket.write(Protocol.sign)
    for (const socket of fresh) waiting.add(socket)
    fresh.clear()
    return watched = waiting.size > 0
  })
  const watch = Effect.repeat(Effect.delay(show, "1 second"), { while: (goesOn) => goesOn })
  return {
    add: (socket: net.Socket) =>
      Effect.suspend(() => {
        fresh.add(socket)
        if (watched) return Effect.void
        watched = true
        return Effect.forkDaemon(watch)
      }),
    remove: (socket: net.Socket) => Effect.sync(() => fresh.delete(socket) || waiting.delete(socket))
  }
}

/**
 * Listens until the scope closes; tells when the last call came in.
 *
 * @since 0.1.0
 * @category running
 */
export const listen = (
  handle: Handle
): Effect.Effect<
  {
    readonly bind: (path: string) => Effect.Effect<void, SocketUnusable, Scope.Scope>
    /** Milliseconds since the epoch. */
    readonly lastCall: Effect.Effect<number>
  },
  never,
  never
> =>
  Effect.gen(function*() {
    const runFork = Runtime.runFork(yield* Effect.runtime())
    const waiting = makeWaiting()
    let lastCall = yield* Clock.currentTimeMillis
    const silent = new Set<net.Socket>()
    const connected = new Set<net.Socket>()
    const destroy = (sockets: ReadonlySet<net.Socket>) => sockets.forEach((socket) => socket.destroy())

    const answer = (socket: net.Socket, line: Redacted.Redacted) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        lastCall = now
        return handle(line, waiting.add(socket))
      }).pipe(
        Effect.matchCause({ onFailure: () => socket.destroy(), onSuccess: (reply) => socket.end(reply) }),
        Effect.ensuring(waiting.remove(socket))
      )

    const server = net.createServer((socket) => {
      silent.add(socket)
      connected.add(socket)
      socket.on("error", () => socket.destroy()).on("close", () => {
        silent.delete(socket)
        connected.delete(socket)
      })
      readLine(socket, (line) => {
        silent.delete(socket)
        runFork(answer(socket, line))
      })
    })

    const close = Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
      // Whoever came in last and says nothing must not keep the place from the next agent.
      destroy(silent)
    }).pipe(
      // A scope closes uninterruptibly; without this the timeout would wait for what it is to cut short.
      Effect.interruptible,
      // After a signal there is little time to put things back.
      Effect.timeout("200 millis"),
      Effect.ignore,
      Effect.ensuring(Effect.sync(() => destroy(connected)))
    )

    const open = (path: string) =>
      Effect.async<void, SocketUnusable>((resume) => {
        server.once(
          "error",
          (error) =>
            resume(new SocketUnusable({ path, reason: "code" in error ? String(error.code) : "cannot listen" }))
        )
        server.listen({ path, backlog: 1024 }, () => resume(Effect.void))
      })

    return {
      lastCall: Effect.sync(() => lastCall),
      bind: (path) => Effect.acquireRelease(open(path), () => close)
    }
  })
