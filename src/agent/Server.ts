/**
 * The agent's socket: one connection, one line in, one line out. Whatever a client does, the server goes on.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as net from "node:net"
import { SeatUnusable } from "../domain/AgentError.ts"
import * as Protocol from "./Protocol.ts"

/**
 * What the server does with a line.
 *
 * @since 0.1.0
 * @category models
 */
export type Handle = (line: Redacted.Redacted) => Effect.Effect<string>

const newline = 0x0a

/** Reads one line, or gives up: on a line that is too long, on an early end, and after ten seconds without one. */
const readLine = (socket: net.Socket): Effect.Effect<Redacted.Redacted, "refused"> =>
  Effect.async<Redacted.Redacted, "refused">((resume) => {
    const parts: Array<Buffer> = []
    let size = 0
    const refuse = () => resume(Effect.fail("refused" as const))
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(newline)
      parts.push(end < 0 ? chunk : chunk.subarray(0, end))
      size += chunk.length
      if (size > Protocol.longestLine) return refuse()
      if (end >= 0) resume(Effect.succeed(Redacted.make(Buffer.concat(parts).toString("utf8"))))
    }
    socket.on("data", onData).on("end", refuse).on("close", refuse)
    return Effect.sync(() => socket.off("data", onData).off("end", refuse).off("close", refuse))
  }).pipe(Effect.timeoutFail({ duration: "10 seconds", onTimeout: () => "refused" as const }))

/** Shows a waiting client that the agent is at work, from the first half second on. */
const signs = (socket: net.Socket) =>
  Effect.sync(() => socket.write(Protocol.sign)).pipe(
    Effect.schedule(Schedule.spaced("1 second")),
    Effect.delay("500 millis")
  )

const converse = (socket: net.Socket, handle: Handle): Effect.Effect<void> =>
  Effect.gen(function*() {
    const line = yield* readLine(socket)
    const reply = yield* Effect.raceFirst(handle(line), Effect.zipRight(signs(socket), Effect.never))
    socket.end(reply)
  }).pipe(Effect.catchAllCause(() => Effect.sync(() => socket.destroy())))

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
    readonly bind: (path: string) => Effect.Effect<void, SeatUnusable, Scope.Scope>
    /** Milliseconds since the epoch. */
    readonly lastCall: Effect.Effect<number>
  },
  never,
  never
> =>
  Effect.gen(function*() {
    const runFork = Runtime.runFork(yield* Effect.runtime())
    let lastCall = yield* Clock.currentTimeMillis
    const server = net.createServer((socket) => {
      socket.on("error", () => socket.destroy())
      runFork(Effect.flatMap(Clock.currentTimeMillis, (now) => {
        lastCall = now
        return converse(socket, handle)
      }))
    })
    const close = Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
    }).pipe(Effect.timeout("1 second"), Effect.ignore)
    return {
      lastCall: Effect.sync(() => lastCall),
      bind: (path) =>
        Effect.acquireRelease(
          Effect.async<void, SeatUnusable>((resume) => {
            server.once(
              "error",
              (error) =>
                resume(new SeatUnusable({ path, reason: "code" in error ? String(error.code) : "cannot listen" }))
            )
            server.listen({ path, backlog: 1024 }, () => resume(Effect.void))
          }),
          () => close
        )
    }
  })
