import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as Lifecycle from "../../../src/agent/server/Lifecycle.ts"
import * as RequestHandler from "../../../src/agent/server/RequestHandler.ts"
import * as AnswerCache from "../../../src/cache/AnswerCache.ts"
import * as TestEnvironment from "../../../src/testing/TestEnvironment.ts"

/** Sockets do not use the test clock. */
const until = (ready: () => boolean): Effect.Effect<void> =>
  Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))).pipe(
    Effect.repeat({ until: () => ready() })
  )

/** Each check of a test clock costs a few milliseconds of real time. */
const seldom: Lifecycle.Options = { replacedCheckInterval: "10 hours" }

/** Starts an agent in a temporary directory, and counts how often it prunes its cache. */
const start = (variables: Readonly<Record<string, string>> = {}, options: Lifecycle.Options = seldom) =>
  Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const socket = `${directory}/a.sock`
    const pidFile = `${directory}/pid`
    // As another program left it, and longer than any process ID.
    writeFileSync(pidFile, "99999999999999\n")
    let prunes = 0
    const answers = Layer.effect(
      AnswerCache.AnswerCache,
      Effect.map(AnswerCache.make, (answers) => ({ ...answers, prune: Effect.sync(() => ++prunes) }))
    )
    const handler = Layer.succeed(RequestHandler.RequestHandler, {
      handle: () => Effect.succeed("0 \n"),
      shutdown: Effect.never
    })
    const fiber = yield* Lifecycle.run({ directory, socket }, options).pipe(
      Effect.provide(
        Layer.mergeAll(
          handler,
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

describe("Lifecycle", () => {
  it.scoped("prunes the cache every minute", () =>
    Effect.gen(function*() {
      const { prunes } = yield* start()
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(prunes(), 11)
    }))

  it.scoped("stops after 3 hours without a request", () =>
    Effect.gen(function*() {
      const { fiber, socket } = yield* start({ CREDENTIAL_HELPER_PRUNE_INTERVAL: "0" })
      yield* TestClock.adjust("179 minutes")
      assert.isTrue(existsSync(socket))
      yield* Effect.fork(TestClock.adjust("1 minute"))
      assert.strictEqual(yield* Fiber.join(fiber), "idle timeout")
      assert.isFalse(existsSync(socket))
    }))

  for (const variables of [{ CI: "true" }, { CI: "1" }, { CI: "woodpecker" }, { TF_BUILD: "True" }]) {
    it.scoped(`stops after 5 minutes without a request where ${JSON.stringify(variables)} is set`, () =>
      Effect.gen(function*() {
        const { fiber, socket } = yield* start(variables)
        yield* TestClock.adjust("4 minutes")
        assert.isTrue(existsSync(socket))
        yield* Effect.fork(TestClock.adjust("1 minute"))
        assert.strictEqual(yield* Fiber.join(fiber), "idle timeout")
      }))
  }

  it.scoped("keeps its idle timeout where CI is off, or the timeout is set", () =>
    Effect.gen(function*() {
      for (const CI of ["", "0", "false", "FALSE"]) {
        const { socket } = yield* start({ CI })
        yield* TestClock.adjust("6 minutes")
        assert.isTrue(existsSync(socket))
      }
      const { socket } = yield* start({ CI: "true", CREDENTIAL_HELPER_IDLE_TIMEOUT: "10m" })
      yield* TestClock.adjust("6 minutes")
      assert.isTrue(existsSync(socket))
    }))

  it.scoped("stops when its socket is replaced, and leaves the new one", () =>
    Effect.gen(function*() {
      const { fiber, socket } = yield* start({}, {})
      writeFileSync(`${socket}.new`, "")
      renameSync(`${socket}.new`, socket)
      yield* Effect.fork(TestClock.adjust("10 seconds"))
      assert.strictEqual(yield* Fiber.join(fiber), "replaced by another agent")
      assert.isTrue(existsSync(socket))
    }))

  for (const interval of ["-1s", "-1h", "0"]) {
    it.scoped(`never prunes the cache if the interval is ${interval}`, () =>
      Effect.gen(function*() {
        const { prunes, socket } = yield* start({ CREDENTIAL_HELPER_PRUNE_INTERVAL: interval })
        yield* TestClock.adjust("30 minutes")
        assert.strictEqual(prunes(), 0)
        assert.isTrue(existsSync(socket))
      }))
  }

  it.scoped("writes only its process ID to the PID file and the lock, and removes both", () =>
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

  it.scoped("leaves a PID file that another agent has written", () =>
    Effect.gen(function*() {
      const { fiber, pidFile } = yield* start({ CREDENTIAL_HELPER_IDLE_TIMEOUT: "5m" })
      writeFileSync(pidFile, "1\n")
      yield* Effect.fork(TestClock.adjust("5 minutes"))
      yield* Fiber.join(fiber)
      assert.strictEqual(readFileSync(pidFile, "utf8"), "1\n")
    }))
})
