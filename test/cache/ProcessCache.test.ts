import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { Refresh } from "../../src/cache/Freshness.ts"
import * as ProcessCache from "../../src/cache/ProcessCache.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Process from "../../src/platform/Process.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Clock from "../clock.ts"

const invocation: Process.Invocation = {
  program: "/bin/docker-credential-x",
  args: ["get"],
  stdin: "r",
  timeout: "7 seconds"
}

/** Programs that print how many were started before them. */
const programs = (end: (count: number) => number | Process.ProcessFailed = () => 0) => {
  let count = 0
  const program = Process.Process.of({
    searchPath: Effect.succeed([]),
    find: () => Effect.succeedNone,
    run: () =>
      Effect.suspend(() => {
        const exit = end(++count)
        return typeof exit !== "number"
          ? exit
          : Effect.succeed({ exitCode: exit, stdout: Redacted.make(`${count}`), stderr: Redacted.make("") })
      })
  })
  return Layer.succeed(Process.Process, program)
}

/** As one caller: the program's words, or why there are none. */
const run = (
  variables: Readonly<Record<string, string>> = {},
  inputs: ReadonlyArray<Provenance.Input> = [],
  cwd = "/w"
) =>
  Effect.gen(function*() {
    const shared = yield* Effect.context<Process.Process | ProcessCache.ProcessAnswers>()
    const caller = ProcessCache.layer.pipe(
      Layer.provide(TestEnvironment.layer(variables, { cwd })),
      Layer.provide(Layer.succeedContext(shared))
    )
    const said = Effect.flatMap(Process.Process, (process) => process.run(invocation)).pipe(
      Effect.map(({ stdout }) => Redacted.value(stdout)),
      Effect.catchAll(({ reason }) => Effect.succeed(reason)),
      Effect.provide(caller)
    )
    return yield* Provenance.recording(() => Effect.zipRight(Effect.forEach(inputs, Provenance.input), said))
  })

const answers = ProcessCache.layerAnswers({ failureTtl: "2 seconds" })

const layer = (end?: (count: number) => number | Process.ProcessFailed) => Layer.merge(programs(end), answers)

const renew = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provideService(self, Refresh, true)

describe("SharedProcess", () => {
  it.effect("a program's words are kept for 4 minutes; a renewal asks again when they are 10 s old", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* run(), "1")
      yield* TestClock.adjust("9999 millis")
      assert.strictEqual(yield* renew(run()), "1")
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([yield* renew(run()), yield* renew(run()), yield* run()], ["2", "2", "2"])
      yield* TestClock.adjust("239 seconds")
      assert.strictEqual(yield* run(), "2")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* run(), "3")
    }).pipe(Effect.provide(layer())))

  it.effect("other variables or other inputs are another question", () =>
    Effect.gen(function*() {
      const file = (fingerprint: string): Provenance.Input => ({ _tag: "File", path: "/c.json", fingerprint })
      const all = Effect.all([run(), run({ A: "1" }), run({ A: "2" }), run({}, [file("a")]), run({}, [file("b")])])
      assert.deepStrictEqual(yield* all, ["1", "2", "3", "4", "5"])
      assert.deepStrictEqual(yield* all, ["1", "2", "3", "4", "5"])
    }).pipe(Effect.provide(layer())))

  it.effect("another working directory is another question, and what is new in each call is not", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.all([run({}, [], "/a"), run({}, [], "/b"), run({}, [], "/a")]), [
        "1",
        "2",
        "1"
      ])
      const call = (trace: string) => run({ TRACEPARENT: trace, _: trace, SHLVL: trace, OLDPWD: trace }, [], "/a")
      assert.deepStrictEqual(yield* Effect.all([call("1"), call("2")]), ["1", "1"])
    }).pipe(Effect.provide(layer())))

  const failed = new Process.ProcessFailed({ program: "x", reason: "Killed", detail: "SIGKILL" })
  for (const [title, end, words] of [["an exit code", 1, "1"], ["a failure to run", failed, "Killed"]] as const) {
    it.effect(`${title} is kept for 2 s`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* run(), words)
        yield* TestClock.adjust("1999 millis")
        assert.strictEqual(yield* run(), words)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* run(), "2")
      }).pipe(Effect.provide(layer((count) => count === 1 ? end : 0))))
  }

  for (const direction of ["back", "forward"] as const) {
    it.effect(`nothing is kept when the wall clock is set ${direction} by an hour`, () =>
      Clock.settable(({ step }) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* run(), "1")
          yield* step("1 second", direction)
          assert.strictEqual(yield* run(), "1")
          yield* step("1 hour", direction)
          assert.deepStrictEqual([yield* run(), yield* renew(run())], ["2", "2"])
        })
      ).pipe(Effect.provide(layer())))
  }
})
