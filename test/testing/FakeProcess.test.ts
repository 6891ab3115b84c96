import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as Process from "../../src/platform/Process.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const name = "docker-credential-fake"

const helper: FakeProcess.FakeProcess = {
  responses: {
    ...FakeProcess.holding({ "ghcr.io": { username: "it's me", secret: "$(p) \"'\\" } }).responses,
    "broken.io": { stdout: "out", stderr: "err\n", exit: 3 }
  }
}
const exact: FakeProcess.FakeProcess = {
  exactStdin: true,
  responses: { "gcr.io": { stdout: "exactly" }, "*": { stdout: "bad stdin", exit: 1 } }
}

const run = (stdin: string, args: ReadonlyArray<string> = ["get"]) =>
  Effect.gen(function*() {
    const process = yield* Process.Process
    const program = Option.getOrThrow(yield* process.find(name))
    const output = yield* process.run({ program, args, stdin, timeout: "5 seconds" })
    return [output.exitCode, Redacted.value(output.stdout), Redacted.value(output.stderr)]
  })

const scripts = (helper: FakeProcess.FakeProcess) =>
  Layer.unwrapScoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    yield* FakeProcess.write(directory, name, helper)
    return Layer.provide(Process.layer, TestEnvironment.layer({ PATH: directory }, { cwd: directory }))
  })).pipe(Layer.provide(NodeFileSystem.layer), Layer.orDie)

const suite = (
  title: string,
  layerOf: (helper: FakeProcess.FakeProcess) => Layer.Layer<Process.Process>
) =>
  describe(title, () => {
    it.live("replies by the content of stdin", () =>
      Effect.gen(function*() {
        const answer = `{"ServerURL":"ghcr.io","Username":"it's me","Secret":"$(p) \\"'\\\\"}`
        assert.deepStrictEqual(yield* run("ghcr.io"), [0, answer, ""])
        assert.deepStrictEqual(yield* run("ghcr.io\n"), [0, answer, ""])
        assert.deepStrictEqual(yield* run("broken.io"), [3, "out", "err\n"])
        assert.deepStrictEqual(yield* run("quay.io"), [1, "credentials not found in native keychain\n", ""])
      }).pipe(Effect.provide(layerOf(helper))))

    it.live("ignores spaces around the key, and fails without the argument get", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run("  broken.io \n"), [3, "out", "err\n"])
        assert.deepStrictEqual(yield* run("ghcr.io", ["list"]), [2, "", "usage: get\n"])
      }).pipe(Effect.provide(layerOf(helper))))

    it.live("distinguishes a trailing newline with exactStdin", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run("gcr.io"), [0, "exactly", ""])
        assert.deepStrictEqual(yield* run("gcr.io\n"), [1, "bad stdin", ""])
      }).pipe(Effect.provide(layerOf(exact))))
  })

suite("FakeProcess in memory", (helper) => FakeProcess.layer({ [name]: helper }))
suite("FakeProcess as a script", scripts)

describe("FakeProcess", () => {
  it.effect("replies after its delay, and records what was started", () =>
    Effect.gen(function*() {
      const answer = yield* Effect.fork(Effect.flip(run("any")))
      yield* TestClock.adjust("5 seconds")
      const error = yield* answer
      assert.deepStrictEqual(
        error,
        new Process.ProcessFailed({ program: `/fake/bin/${name}`, reason: "Timeout", detail: "" })
      )
      const started = yield* Ref.get(yield* FakeProcess.Started)
      assert.deepStrictEqual(started.map(({ args, stdin }) => [args, stdin]), [[["get"], "any"]])
    }).pipe(Effect.provide(FakeProcess.layer({ [name]: { responses: { "*": { delay: "1 minute" } } } }))))

  it.effect("is not found under another name", () =>
    Effect.gen(function*() {
      const { find } = yield* Process.Process
      assert.deepStrictEqual(yield* find("constructor"), Option.none())
      assert.deepStrictEqual(yield* find("docker-credential-other"), Option.none())
    }).pipe(Effect.provide(FakeProcess.layer({ [name]: helper }))))
})
