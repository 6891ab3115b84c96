import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as UnixSocket from "../../../src/agent/endpoint/UnixSocket.ts"
import { eventually } from "../../eventually.ts"

/** Starts a process whose child has ended and is not reaped; gives the IDs of both. */
const withZombie = Effect.map(
  Effect.acquireRelease(
    Effect.async<{ readonly kill: () => boolean; readonly pids: ReadonlyArray<number> }>((resume) => {
      // `exec` replaces the shell, which would reap its child, before the child ends.
      const parent = spawn("sh", ["-c", "sleep 0.2 & echo $$ $!; exec sleep 60"])
      parent.stdout.setEncoding("utf8").once(
        "data",
        (text: string) =>
          resume(Effect.succeed({ kill: () => parent.kill("SIGKILL"), pids: text.trim().split(" ").map(Number) }))
      )
    }),
    ({ kill }) => Effect.sync(kill)
  ),
  ({ pids: [parent = 0, child = 0] }) => ({ parent, child })
)

describe("UnixSocket", () => {
  it("counts this process and the init process as alive, and an unused ID as dead", () => {
    for (const pid of [process.pid, 1]) assert.isTrue(UnixSocket.isAlive(pid), `${pid}`)
    assert.isFalse(UnixSocket.isAlive(999_999_999))
  })

  it.runIf(process.platform === "linux")("counts a zombie as dead", () =>
    Effect.gen(function*() {
      const { child, parent } = yield* withZombie
      yield* eventually(Effect.sync(() => assert.isFalse(UnixSocket.isAlive(child))))
      // Its ID is still in use.
      assert.isTrue(process.kill(child, 0))
      assert.isTrue(UnixSocket.isAlive(parent))
    }).pipe(Effect.scoped, Effect.runPromise))
})
