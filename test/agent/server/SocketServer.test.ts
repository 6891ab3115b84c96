import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { mkdtempSync, rmSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { maxRequestBytes } from "../../../src/agent/protocol/Limits.ts"
import * as SocketServer from "../../../src/agent/server/SocketServer.ts"

const path = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  ),
  (directory) => `${directory}/a.sock`
)

/** Sends a text, and returns what the server sends until the connection closes. */
const exchange = (path: string, text: string, connected: Effect.Effect<unknown> = Effect.void) =>
  Effect.async<string>((resume) => {
    let reply = ""
    const socket = net.connect({ path }, () => {
      socket.write(text)
      Effect.runFork(connected)
    })
    socket.setEncoding("utf8").on("data", (part) => reply += part).on("error", () => undefined)
    socket.on("close", () => resume(Effect.succeed(reply)))
    return Effect.sync(() => socket.destroy())
  })

const echo: SocketServer.Handle = (line) => Effect.succeed(`0 ${Redacted.value(line)}\n`)

describe("SocketServer", () => {
  it.scopedLive("reads a line of 1 MiB, and closes the connection on a longer one", () =>
    Effect.gen(function*() {
      const socket = yield* path
      yield* (yield* SocketServer.make(echo)).bind(socket)
      const longest = "x".repeat(maxRequestBytes - 1)
      assert.strictEqual(yield* exchange(socket, `${longest}\n`), `0 ${longest}\n`)
      assert.strictEqual(yield* exchange(socket, `${longest}xx\n`), "")
      assert.strictEqual(yield* exchange(socket, `${longest}${longest}`), "")
      assert.strictEqual(yield* exchange(socket, "still here\n"), "0 still here\n")
    }))

  it.scopedLive("sends heartbeats once the handler has started them", () =>
    Effect.gen(function*() {
      const socket = yield* path
      const handle: SocketServer.Handle = (line, startHeartbeat) =>
        Effect.zipRight(
          Redacted.value(line) === "work" ? startHeartbeat : Effect.void,
          Effect.delay(echo(line, startHeartbeat), "500 millis")
        )
      yield* (yield* SocketServer.make(handle, { heartbeatInterval: "100 millis" })).bind(socket)
      const replies = yield* Effect.all([exchange(socket, "work\n"), exchange(socket, "nothing\n")], {
        concurrency: "unbounded"
      })
      assert.match(replies[0], /^ {1,4}0 work\n$/)
      assert.strictEqual(replies[1], "0 nothing\n")
    }))

  it.scopedLive("closes a connection whose request stalls", () =>
    Effect.gen(function*() {
      const socket = yield* path
      yield* (yield* SocketServer.make(echo, { idleLineTimeoutMs: 50 })).bind(socket)
      assert.strictEqual(yield* exchange(socket, "half"), "")
      assert.strictEqual(yield* exchange(socket, "whole\n"), "0 whole\n")
    }))

  it.scopedLive("closes only the connection that fails", () =>
    Effect.gen(function*() {
      const socket = yield* path
      const handle: SocketServer.Handle = (line) =>
        Redacted.value(line) === "bug" ? Effect.dieMessage("a bug") : echo(line, Effect.void)
      yield* (yield* SocketServer.make(handle)).bind(socket)
      const replies = yield* Effect.all(
        [
          exchange(socket, "bug\n"),
          exchange(socket, "a\n"),
          Effect.timeoutTo(exchange(socket, "half"), {
            duration: "50 millis",
            onSuccess: () => "closed",
            onTimeout: () => "gone away"
          }),
          exchange(socket, "b\n")
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(replies, ["", "0 a\n", "gone away", "0 b\n"])
    }))

  it.scopedLive("closes in time although a client sends no request", () =>
    Effect.gen(function*() {
      const socket = yield* path
      for (const [text, maxMs] of [["", 900], ["half", 900], ["a request\n", 3000]] as const) {
        const scope = yield* Scope.make()
        const reached = yield* Deferred.make<void>()
        const reach = Deferred.succeed(reached, undefined)
        const server = yield* SocketServer.make(() => Effect.zipRight(reach, Effect.never))
        yield* Scope.extend(server.bind(socket), scope)
        const open = yield* Effect.fork(exchange(socket, text, text.endsWith("\n") ? Effect.void : reach))
        yield* Deferred.await(reached)
        const [elapsed] = yield* Effect.timed(Scope.close(scope, Exit.void))
        assert.isBelow(Duration.toMillis(elapsed), maxMs)
        assert.strictEqual((yield* open).trim(), "")
      }
    }))
})
