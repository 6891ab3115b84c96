import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as HelperLocks from "../../src/docker/HelperLocks.ts"

/** Lets forked fibers run until they wait. */
const settle = TestClock.adjust("1 millis")

describe("HelperLocks", () => {
  it.effect("runs one effect per name at a time", () =>
    Effect.gen(function*() {
      const locks = new Map<string, HelperLocks.Lock>()
      const { withLock } = HelperLocks.make(locks)
      const started = yield* Ref.make<ReadonlyArray<string>>([])
      const gate = yield* Deferred.make<void>()
      const use = (name: string) =>
        Effect.fork(
          withLock(name)(
            Effect.zipRight(Ref.update(started, (all) => [...all, name]), Deferred.await(gate))
          )
        )
      const fibers = yield* Effect.all([use("a"), use("a"), use("b")])
      yield* settle
      assert.deepStrictEqual(yield* Ref.get(started), ["a", "b"])
      assert.strictEqual(locks.size, 2)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(yield* Ref.get(started), ["a", "b", "a"])
    }))

  it.effect("drops a lock with its last user, whether that succeeds, fails or is interrupted", () =>
    Effect.gen(function*() {
      const locks = new Map<string, HelperLocks.Lock>()
      const { withLock } = HelperLocks.make(locks)
      yield* withLock("a")(Effect.void)
      yield* Effect.flip(withLock("b")(Effect.fail("no")))
      const holder = yield* Effect.fork(withLock("c")(Effect.never))
      const waiter = yield* Effect.fork(withLock("c")(Effect.never))
      yield* settle
      assert.strictEqual(locks.size, 1)
      yield* Fiber.interrupt(waiter)
      assert.strictEqual(locks.size, 1)
      yield* Fiber.interrupt(holder)
      assert.strictEqual(locks.size, 0)
    }))

  it.effect("hands the lock over to a waiter", () =>
    Effect.gen(function*() {
      const locks = new Map<string, HelperLocks.Lock>()
      const { withLock } = HelperLocks.make(locks)
      const holder = yield* Effect.fork(withLock("a")(Effect.never))
      yield* settle
      const waiter = yield* Effect.fork(withLock("a")(Effect.succeed("done")))
      yield* settle
      yield* Fiber.interrupt(holder)
      assert.strictEqual(yield* Fiber.join(waiter), "done")
      assert.strictEqual(locks.size, 0)
    }))
})
