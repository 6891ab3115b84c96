/** Which call starts an agent while another one stops, was killed or failed to start. See also `Launcher.test.ts`. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import * as World from "./World.ts"

const uri = "https://github.com/o/r/archive/v1.tar.gz"
const answer = `{"headers":{"Authorization":["Bearer t"]}}\n`

/** The ID of a process that does not exist. */
const unused = 999_999_999

/** Changes the modification time of a file to some time ago. */
const age = (path: string, seconds: number): void => {
  const then = statSync(path).mtimeMs / 1000 - seconds
  utimesSync(path, then, then)
}

describe.each(World.all)("starting an agent, %s", (_, users) => {
  const withWorld = Effect.gen(function*() {
    const world = yield* users.make({ GH_TOKEN: "t" })
    const directory = `${world.home}/.cache/credential-helper`
    const get = Effect.map(world.get(uri), ({ stderr, stdout }) => assert.strictEqual(stdout, answer, stderr))
    const path = (ending: string) => `${directory}/${readdirSync(directory).find((name) => name.endsWith(ending))}`
    /** The process ID in the lock: of the agent that runs, or that was killed last. */
    const pid = Effect.sync(() => Number(readFileSync(path(".lock"), "utf8")))
    yield* Effect.addFinalizer(() => Effect.ignoreLogged(Effect.flatMap(pid, World.kill)))
    /** Kills the agent. Its process ID in the lock counts as alive until init has collected the process. */
    const kill = Effect.tap(Effect.tap(pid, World.kill), () => writeFileSync(path(".lock"), `${unused}\n`))
    return { world, pid, get, path, kill }
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
      assert.notInclude([old, unused], yield* pid)
    }))

  it.scopedLive("is not tried again after a failure until the start marker is old", () =>
    Effect.gen(function*() {
      const { get, kill, path, pid } = yield* withWorld
      yield* get
      const old = yield* kill
      const marker = `${path(".sock")}.start`
      writeFileSync(marker, "failed")
      yield* get
      assert.strictEqual(yield* pid, unused)
      age(marker, 31)
      yield* get
      assert.notInclude([old, unused], yield* pid)
    }))

  it.scopedLive("is taken over from a caller that was killed", () =>
    Effect.gen(function*() {
      const { get, kill, path, pid } = yield* withWorld
      yield* get
      const socket = path(".sock")
      const old = yield* kill
      rmSync(socket)
      writeFileSync(`${socket}.start`, `${unused}\n`)
      age(`${socket}.start`, 2)
      yield* Effect.all([get, get, get], { concurrency: "unbounded" })
      assert.notInclude([old, unused], yield* pid)
    }))

  it.scopedLive("replaces the lock of a killed agent", () =>
    Effect.gen(function*() {
      const { get, pid, world } = yield* withWorld
      yield* get
      const old = yield* pid
      yield* World.kill(old)
      yield* get
      assert.notInclude([old, unused], yield* pid)
      assert.include((yield* world.run(["agent-status"])).stdout, `pid        ${yield* pid},`)
    }))
})
