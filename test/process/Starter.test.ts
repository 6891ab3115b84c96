/** Which call starts an agent while another one stops, was killed or failed to start. See also `Launcher.test.ts`. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import * as World from "./World.ts"

const uri = "https://github.com/o/r/archive/v1.tar.gz"
const answer = `{"headers":{"Authorization":["Bearer t"]}}\n`

/** Changes the modification time of a file to some time ago. */
const age = (path: string, seconds: number): void => {
  const then = statSync(path).mtimeMs / 1000 - seconds
  utimesSync(path, then, then)
}

describe.each(World.all)("starting an agent, %s", (_, users) => {
  const withWorld = Effect.gen(function*() {
    const world = yield* users.make({ GH_TOKEN: "t" })
    yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
    const directory = `${world.home}/.cache/credential-helper`
    const status = world.run(["agent-status", "--json"])
    const pid = Effect.map(status, ({ stdout }): number => JSON.parse(stdout).pid)
    const get = Effect.map(world.get(uri), ({ stderr, stdout }) => assert.strictEqual(stdout, answer, stderr))
    const path = (ending: string) => `${directory}/${readdirSync(directory).find((name) => name.endsWith(ending))}`
    return { world, status, pid, get, path }
  })

  it.scopedLive("answers calls while the agent stops, and then starts a new one", () =>
    Effect.gen(function*() {
      const { get, pid, world } = yield* withWorld
      yield* get
      const old = yield* pid
      yield* Effect.all([world.run(["agent-shutdown"]), get, get, Effect.delay(get, "20 millis")], {
        concurrency: "unbounded"
      })
      yield* get
      assert.notStrictEqual(yield* pid, old)
    }))

  it.scopedLive("is not tried again after a failure until the start marker is old", () =>
    Effect.gen(function*() {
      const { get, path, pid, status } = yield* withWorld
      yield* get
      yield* World.kill(yield* pid)
      const marker = `${path(".sock")}.start`
      writeFileSync(marker, "failed")
      yield* get
      assert.strictEqual((yield* status).code, 6)
      age(marker, 31)
      yield* get
      assert.isAbove(yield* pid, 0)
    }))

  it.scopedLive("is taken over from a caller that was killed", () =>
    Effect.gen(function*() {
      const { get, path, pid } = yield* withWorld
      yield* get
      const socket = path(".sock")
      yield* World.kill(yield* pid)
      rmSync(socket)
      writeFileSync(`${socket}.start`, "999999999\n")
      age(`${socket}.start`, 2)
      yield* Effect.all([get, get, get], { concurrency: "unbounded" })
      assert.isAbove(yield* pid, 0)
    }))

  it.scopedLive("replaces the lock of a killed agent", () =>
    Effect.gen(function*() {
      const { get, path, pid } = yield* withWorld
      yield* get
      yield* World.kill(yield* pid)
      yield* get
      assert.strictEqual(Number(readFileSync(path(".lock"), "utf8")), yield* pid)
    }))
})
