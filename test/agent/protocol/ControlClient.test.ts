import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, symlinkSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import * as ControlClient from "../../../src/agent/protocol/ControlClient.ts"

/** The path of a server that sends a reply to each request, or none. */
const serve = (reply: string | undefined) =>
  Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const path = `${directory}/a.sock`
    const server = net.createServer((socket) =>
      socket.on("error", () => undefined).on("data", () => reply === undefined ? undefined : socket.end(reply))
    )
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(path, () => resume(Effect.void))),
      () => Effect.sync(() => server.close())
    )
    return path
  })

const send = (path: string) => ControlClient.send(path, { command: "status" }, { timeout: "100 millis" })

describe("ControlClient", () => {
  it.scopedLive("returns the text after the heartbeats and the exit code", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* send(yield* serve("  0 text\n")), "text\n")
    }))

  it.scopedLive("fails if no process listens", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(send("/nowhere/a.sock"))
      assert.match(message, /^no agent is running at \/nowhere\/a\.sock\. /)
    }))

  it.scopedLive("does not take a socket that cannot be reached for one without an agent", () =>
    Effect.gen(function*() {
      const path = `${(yield* serve("")).slice(0, -"a.sock".length)}loop`
      symlinkSync(path, path)
      const { message } = yield* Effect.flip(send(path))
      assert.match(message, /^the agent at .* is not responding\. /)
    }))

  for (const reply of [undefined, "other build\n", ""]) {
    it.scopedLive(`fails if the agent sends ${JSON.stringify(reply) ?? "nothing"}`, () =>
      Effect.gen(function*() {
        const { message } = yield* Effect.flip(send(yield* serve(reply)))
        assert.match(message, /^the agent at .* is not responding\. /)
      }))
  }
})
