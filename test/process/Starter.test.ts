/** Who starts an agent, and who does not, when the one that is there is about to go or to come. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import * as World from "./World.ts"

const uri = "https://github.com/o/r/archive/v1.tar.gz"
const answer = `{"headers":{"Authorization":["Bearer t"]}}\n`

describe.each(World.all)("starting an agent, %s", (_, users) => {
  const withWorld = Effect.gen(function*() {
    const world = yield* users.make({ GH_TOKEN: "t" })
    yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
    const folder = `${world.home}/.cache/credential-helper`
    const status = world.run(["agent-status", "--json"])
    const pid = Effect.map(status, ({ stdout }): number => JSON.parse(stdout).pid)
    const get = Effect.map(world.get(uri), ({ stderr, stdout }) => assert.strictEqual(stdout, answer, stderr))
    const path = (ending: string) => `${folder}/${readdirSync(folder).find((name) => name.endsWith(ending))}`
    return { world, status, pid, get, path }
  })

  it.scopedLive("calls that come while the agent ends get their answer, and soon a new agent", () =>
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

  it.scopedLive("the mark of a failed start is no obstacle when it is old, or from before the clock was set back", () =>
    Effect.gen(function*() {
      const { get, path, pid, status } = yield* withWorld
      yield* get
      for (const seconds of [-31, 86_400]) {
        yield* World.kill(yield* pid)
        const mark = `${path(".sock")}.start`
        writeFileSync(mark, "failed")
        yield* get
        assert.strictEqual((yield* status).code, 6)
        utimesSync(mark, 0, (yield* Clock.currentTimeMillis) / 1000 + seconds)
        yield* get
        assert.isAbove(yield* pid, 0)
      }
    }))

  it.scopedLive("a start whose starter was killed is taken up by the next call, and by those who wait", () =>
    Effect.gen(function*() {
      const { get, path, pid } = yield* withWorld
      yield* get
      const socket = path(".sock")
      for (const text of ["", "999999999\n"]) {
        yield* World.kill(yield* pid)
        rmSync(socket)
        writeFileSync(`${socket}.start`, text)
        const [elapsed] = yield* Effect.timed(Effect.all([get, get, get], { concurrency: "unbounded" }))
        assert.isBelow(Duration.toMillis(elapsed), 5000)
      }
    }))

  it.scopedLive("a lock that a killed agent left is no obstacle, whatever is in it", () =>
    Effect.gen(function*() {
      const { get, path, pid } = yield* withWorld
      yield* get
      yield* World.kill(yield* pid)
      for (const text of ["", "0\n", "nonsense", "999999999\n"]) {
        writeFileSync(path(".lock"), text)
        yield* get
        assert.strictEqual(Number(readFileSync(path(".lock"), "utf8")), yield* pid)
        yield* World.kill(yield* pid)
      }
    }))
})
