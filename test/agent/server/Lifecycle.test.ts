import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as Lifecycle from "../../../src/agent/server/Lifecycle.ts"
import * as RequestHandler from "../../../src/agent/server/RequestHandler.ts"
import * as AnswerCache from "../../../src/cache/AnswerCache.ts"
import * as TestEnvironment from "../../../src/testing/TestEnvironment.ts"

/** Sockets live outside the clock of the test. */
const until = (ready: () => boolean): Effect.Effect<void> =>
  Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))).pipe(
    Effect.repeat({ until: () => ready() })
  )

/** An agent in a folder of its own; how often it has pruned; its end. */
const start = (variables: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const socket = `${directory}/a.sock`
    const pidFile = `${directory}/pid`
    // Longer than any process id, as another program left it.
    writeFileSync(pidFile, "99999999999999\n")
    let prunes = 0
    const answers = Layer.effect(
      AnswerCache.Answers,
      Effect.map(AnswerCache.make, (answers) => ({ ...answers, prune: Effect.sync(() => ++prunes) }))
    )
    const service = Layer.succeed(RequestHandler.Service, {
      handle: () => Effect.succeed("0 \n"),
      shutdown: Effect.never
    })
    const fiber = yield* Lifecycle.run({ directory, socket }).pipe(
      Effect.provide(
        Layer.mergeAll(
          service,
          answers,
          TestEnvironment.layer({ CREDENTIAL_HELPER_AGENT_PID: pidFile, ...variables }, {
            uid: Option.none()
          })
        ).pipe(Layer.provideMerge(NodeFileSystem.layer))
      ),
      Effect.forkScoped
    )
    yield* until(() => existsSync(socket) && readFileSync(pidFile, "utf8") === `${process.pid}\n`)
    return { directory, socket, pidFile, fiber, prunes: () => prunes }
  })

describe("the agent", () => {
  it.scoped("prunes every minute, and ends when nobody called for 3 hours", () =>
    Effect.gen(function*() {
      const { fiber, prunes, socket } = yield* start()
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(prunes(), 61)
      yield* Effect.fork(TestClock.adjust("2 hours"))
      assert.strictEqual(yield* Fiber.join(fiber), "nobody called")
      assert.isFalse(existsSync(socket))
    }))

  for (const interval of ["-1s", "-1h", "0"]) {
    it.scoped(`reference defect 19: the prune interval ${interval} is no loop but none`, () =>
      Effect.gen(function*() {
        const { prunes, socket } = yield* start({ CREDENTIAL_HELPER_PRUNE_INTERVAL: interval })
        yield* TestClock.adjust("30 minutes")
        assert.strictEqual(prunes(), 0)
        assert.isTrue(existsSync(socket))
      }))
  }

  it.scoped("reference defect 20: pid file and lock hold the process id and nothing else", () =>
    Effect.gen(function*() {
      const { fiber, pidFile, socket } = yield* start({ CREDENTIAL_HELPER_IDLE_TIMEOUT: "5m" })
      for (const path of [pidFile, `${socket}.lock`]) {
        assert.strictEqual(readFileSync(path, "utf8"), `${process.pid}\n`)
        assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      }
      yield* Effect.fork(TestClock.adjust("5 minutes"))
      yield* Fiber.join(fiber)
      assert.deepStrictEqual([pidFile, socket, `${socket}.lock`].map((path) => existsSync(path)), [false, false, false])
    }))

  it.scoped("a pid file that is another's by now is left alone", () =>
    Effect.gen(function*() {
      const { fiber, pidFile } = yield* start({ CREDENTIAL_HELPER_IDLE_TIMEOUT: "5m" })
      writeFileSync(pidFile, "1\n")
      yield* Effect.fork(TestClock.adjust("5 minutes"))
      yield* Fiber.join(fiber)
      assert.strictEqual(readFileSync(pidFile, "utf8"), "1\n")
    }))
})
