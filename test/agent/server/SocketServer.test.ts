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
import { longestLine } from "../../../src/agent/client/ThinClient.ts"
import * as SocketServer from "../../../src/agent/server/SocketServer.ts"

const path = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => `${folder}/a.sock`
)

/** Sends this, and gives what came until the connection was closed. */
const converse = (path: string, text: string, connected: Effect.Effect<unknown> = Effect.void) =>
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

describe("the agent's server", () => {
  it.scopedLive("a line of 1 MiB is read, a longer one is refused and its connection closed", () =>
    Effect.gen(function*() {
      const socket = yield* path
      yield* (yield* SocketServer.listen(echo)).bind(socket)
      const longest = "x".repeat(longestLine - 1)
      assert.strictEqual(yield* converse(socket, `${longest}\n`), `0 ${longest}\n`)
      assert.strictEqual(yield* converse(socket, `${longest}xx\n`), "")
      assert.strictEqual(yield* converse(socket, `${longest}${longest}`), "")
      assert.strictEqual(yield* converse(socket, "still here\n"), "0 still here\n")
    }))

  it.scopedLive("a caller is shown each second that the agent is at work, once it is", () =>
    Effect.gen(function*() {
      const socket = yield* path
      const handle: SocketServer.Handle = (line, atWork) =>
        Effect.zipRight(
          Redacted.value(line) === "work" ? atWork : Effect.void,
          Effect.delay(echo(line, atWork), "2500 millis")
        )
      yield* (yield* SocketServer.listen(handle)).bind(socket)
      const replies = yield* Effect.all([converse(socket, "work\n"), converse(socket, "nothing\n")], {
        concurrency: "unbounded"
      })
      assert.match(replies[0], /^ {1,2}0 work\n$/)
      assert.strictEqual(replies[1], "0 nothing\n")
    }))

  it.scopedLive("reference defect 15: what goes wrong in a conversation ends it, and no other", () =>
    Effect.gen(function*() {
      const socket = yield* path
      const handle: SocketServer.Handle = (line) =>
        Redacted.value(line) === "bug" ? Effect.dieMessage("a bug") : echo(line, Effect.void)
      yield* (yield* SocketServer.listen(handle)).bind(socket)
      const replies = yield* Effect.all(
        [
          converse(socket, "bug\n"),
          converse(socket, "a\n"),
          Effect.timeoutTo(converse(socket, "half"), {
            duration: "50 millis",
            onSuccess: () => "closed",
            onTimeout: () => "gone away"
          }),
          converse(socket, "b\n")
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(replies, ["", "0 a\n", "gone away", "0 b\n"])
    }))

  it.scopedLive("reference defect 18: a connection that is accepted at shutdown and says nothing does not keep the server", () =>
    Effect.gen(function*() {
      const socket = yield* path
      for (const [text, most] of [["", 900], ["half", 900], ["a request\n", 3000]] as const) {
        const scope = yield* Scope.make()
        const reached = yield* Deferred.make<void>()
        const reach = Deferred.succeed(reached, undefined)
        const server = yield* SocketServer.listen(() => Effect.zipRight(reach, Effect.never))
        yield* Scope.extend(server.bind(socket), scope)
        const open = yield* Effect.fork(converse(socket, text, text.endsWith("\n") ? Effect.void : reach))
        yield* Deferred.await(reached)
        const [elapsed] = yield* Effect.timed(Scope.close(scope, Exit.void))
        assert.isBelow(Duration.toMillis(elapsed), most)
        assert.strictEqual((yield* open).trim(), "")
      }
    }))
})
