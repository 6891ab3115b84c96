import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { Stdio } from "../../src/platform/Stdio.ts"
import * as FakeStdio from "../../src/testing/FakeStdio.ts"

describe("FakeStdio", () => {
  it.effect("provides stdin and collects what is written to stdout and stderr", () =>
    Effect.gen(function*() {
      const stdio = yield* Stdio
      const { stderr, stdout } = yield* FakeStdio.Written
      assert.strictEqual(yield* stdio.stdin, "request")
      assert.isFalse(stdio.interactive)
      yield* stdio.stdout("a")
      yield* stdio.stderr("b")
      yield* stdio.stdout("c")
      assert.deepStrictEqual([yield* stdout, yield* stderr], ["ac", "b"])
    }).pipe(Effect.provide(FakeStdio.layer({ stdin: "request" }))))

  it.effect("can be a TTY whose stdin stays open and whose stdout fails", () =>
    Effect.gen(function*() {
      const stdio = yield* Stdio
      const { stdout } = yield* FakeStdio.Written
      assert.isTrue(stdio.interactive)
      const stdin = yield* Effect.fork(Effect.timeoutOption(stdio.stdin, "1 day"))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* stdin, Option.none())
      assert.strictEqual((yield* Effect.flip(stdio.stdout("a"))).code, "EPIPE")
      assert.strictEqual(yield* stdout, "")
    }).pipe(Effect.provide(FakeStdio.layer({ stdin: null, interactive: true, stdoutError: "EPIPE" }))))
})
