import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AnswerCache from "../../src/cache/AnswerCache.ts"
import type { Answer, Resolution } from "../../src/cache/CacheEntry.ts"
import { Refresh } from "../../src/cache/Freshness.ts"
import type * as Provenance from "../../src/domain/Provenance.ts"
import * as Environment from "../../src/platform/Environment.ts"
import * as Files from "../../src/platform/Files.ts"
import { CredentialRequired } from "../../src/provider/ProviderError.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestClocks from "../clock.ts"

const failure = new CredentialRequired({ host: "r", tried: [], hint: "" })

/** Answers that are numbered; how long each lives; what it was made of; whether the next one is a failure. */
const source = (options: {
  readonly life?: Duration.DurationInput
  readonly inputs?: ReadonlyArray<Provenance.Input>
} = {}) => {
  const state = { count: 0, renewals: 0, fails: false, hold: Effect.void as Effect.Effect<void> }
  const resolve = Effect.gen(function*() {
    const number = ++state.count
    if (yield* Refresh) state.renewals++
    yield* state.hold
    const now = yield* Clock.currentTimeMillis
    const expires = Option.map(
      Option.fromNullable(options.life),
      (life) => DateTime.unsafeMake(now + Duration.toMillis(life))
    )
    const resolution: Resolution = {
      result: state.fails ? Either.left(failure) : answerOf(`${number}`, expires),
      provenance: { steps: [], inputs: options.inputs ?? [] }
    }
    return resolution
  })
  return { state, resolve }
}

const lineOf = ({ line }: Answer): string => Redacted.value(line)

const answerOf = (line: string, expires: Answer["expires"] = Option.none()): Resolution["result"] =>
  Either.right({ line: Redacted.make(line), headers: 1, expires })

const question = (
  resolve: AnswerCache.Request["resolve"],
  changes: Partial<AnswerCache.Request> = {}
): AnswerCache.Request => ({
  key: "k",
  label: "r.example/v2/",
  variables: new Map(),
  startHeartbeat: Effect.void,
  resolve,
  ...changes
})

/** The number of the answer; -1 is a failure. */
const ask = (resolve: AnswerCache.Request["resolve"], changes: Partial<AnswerCache.Request> = {}) =>
  Effect.flatMap(AnswerCache.AnswerCache, ({ get }) => get(question(resolve, changes))).pipe(
    Effect.map(({ result }) => Either.match(result, { onLeft: () => -1, onRight: (answer) => Number(lineOf(answer)) }))
  )

/** Background work runs to its end. */
const settle = TestClock.adjust(0)

const variable = (name: string, value?: string): Provenance.Input => ({
  _tag: "Variable",
  name,
  fingerprint: Environment.fingerprint(value)
})

const test = <E>(
  title: string,
  body: () => Effect.Effect<void, E, AnswerCache.AnswerCache | FileSystem.FileSystem>
): void =>
  it.effect(
    title,
    () => body().pipe(Effect.provide(AnswerCache.layer), Effect.provide(MemoryFileSystem.layer({ "/f": "1" })))
  )

describe("Answers", () => {
  test("an expired answer is asked anew, pruned or not", () =>
    Effect.gen(function*() {
      const { resolve } = source({ life: "100 seconds" })
      assert.strictEqual(yield* ask(resolve), 1)
      yield* TestClock.adjust("99999 millis")
      assert.strictEqual(yield* ask(resolve), 1)
      yield* TestClock.adjust("1 millis")
      assert.isAtLeast(yield* ask(resolve), 2)
    }))

  test("an answer without expires is kept for 5 minutes, with one look-up", () =>
    Effect.gen(function*() {
      const { resolve, state } = source()
      for (let minute = 0; minute < 3; minute++) {
        assert.strictEqual(yield* ask(resolve), 1)
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual(state.count, 1)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* ask(resolve), 2)
    }))

  test("one that is used in the last quarter of its life is renewed once, and nobody waits", () =>
    Effect.gen(function*() {
      const { resolve, state } = source({ life: "100 seconds" })
      yield* ask(resolve)
      yield* TestClock.adjust("74 seconds")
      assert.deepStrictEqual([yield* ask(resolve), state.count], [1, 1])
      yield* TestClock.adjust("1 second")
      const gate = yield* Deferred.make<void>()
      state.hold = Deferred.await(gate)
      assert.deepStrictEqual([yield* ask(resolve), yield* ask(resolve), yield* ask(resolve)], [1, 1, 1])
      yield* settle
      assert.deepStrictEqual([state.count, state.renewals], [2, 1])
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.strictEqual(yield* ask(resolve), 2)
      assert.deepInclude(yield* (yield* AnswerCache.AnswerCache).counts, { misses: 1, refreshes: 1, failures: 0 })
    }))

  test("a renewal that fails leaves the old answer while it lives, and is tried again in half of what is left", () =>
    Effect.gen(function*() {
      const { resolve, state } = source({ life: "100 seconds" })
      yield* ask(resolve)
      state.fails = true
      yield* TestClock.adjust("80 seconds")
      yield* ask(resolve)
      yield* settle
      for (const [seconds, attempts] of [[9, 2], [1, 3], [4, 3], [1, 4]] as const) {
        yield* TestClock.adjust(`${seconds} seconds`)
        assert.strictEqual(yield* ask(resolve), 1)
        yield* settle
        assert.strictEqual(state.count, attempts)
      }
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* ask(resolve), -1)
    }))

  test("a renewal that dies of a bug leaves the old answer as well, and is tried again", () =>
    Effect.gen(function*() {
      const { resolve, state } = source({ life: "100 seconds" })
      yield* ask(resolve)
      state.hold = Effect.dieMessage("a bug")
      yield* TestClock.adjust("80 seconds")
      assert.strictEqual(yield* ask(resolve), 1)
      yield* settle
      state.hold = Effect.void
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* ask(resolve), 1)
      yield* settle
      assert.strictEqual(yield* ask(resolve), 3)
    }))

  test("what a helper or the keyring said is asked again after 5 minutes, in the background", () =>
    Effect.gen(function*() {
      const { resolve, state } = source({
        life: "10 hours",
        inputs: [{ _tag: "Program", name: "docker-credential-x" }]
      })
      yield* ask(resolve)
      yield* TestClock.adjust("299 seconds")
      assert.deepStrictEqual([yield* ask(resolve), state.count], [1, 1])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* ask(resolve), 1)
      yield* settle
      assert.strictEqual(yield* ask(resolve), 2)
    }))

  test("a failure is shared by those who wait for it, and not kept here", () =>
    Effect.gen(function*() {
      const { resolve, state } = source()
      state.fails = true
      state.hold = Effect.sleep("1 second")
      const crowd = yield* Effect.fork(
        Effect.all(Array.from({ length: 500 }, () => ask(resolve)), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* crowd)], [-1])
      assert.strictEqual(state.count, 1)
      assert.deepInclude(yield* (yield* AnswerCache.AnswerCache).counts, { misses: 1, shared: 499, failures: 1 })
      state.hold = Effect.void
      yield* ask(resolve)
      assert.strictEqual(state.count, 2)
    }))

  test("a caller who goes away leaves the answer to the next", () =>
    Effect.gen(function*() {
      const { resolve, state } = source()
      state.hold = Effect.sleep("1 second")
      const caller = yield* Effect.fork(ask(resolve))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(caller)
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual([yield* ask(resolve), state.count], [1, 1])
    }))

  test("callers with different environments never see each other's answers", () =>
    Effect.gen(function*() {
      const caller = (value: string) => {
        const { resolve, state } = source({ inputs: [variable("TOKEN", value)] })
        state.hold = Effect.sleep("1 second")
        const mine = Effect.map(resolve, (resolution) => ({
          ...resolution,
          result: answerOf(value)
        }))
        return Effect.flatMap(AnswerCache.AnswerCache, ({ get }) =>
          Effect.map(
            get(question(mine, { variables: new Map([["TOKEN", value], ["SAME", "x"]]) })),
            ({ result }) => Either.match(result, { onLeft: ({ message }) => message, onRight: lineOf })
          ))
      }
      const names = ["a", "b", "", "c"]
      // At the same time, and one after the other.
      const first = yield* Effect.fork(Effect.forEach(names, caller, { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* first, names)
      assert.deepStrictEqual(yield* Effect.forEach(names, caller), names)
      assert.deepInclude(yield* (yield* AnswerCache.AnswerCache).counts, { misses: 4, hits: 4, shared: 0 })
    }))

  /** The file `/f` as an input, as it is when the attempt is made. */
  const file = Effect.gen(function*() {
    const fingerprint = yield* Files.fingerprint(yield* FileSystem.FileSystem, "/f")
    return { _tag: "File", path: "/f", fingerprint } as const
  })
  const write = (text: string) =>
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFileString("/f", text)).pipe(Effect.orDie)

  test("a changed file counts at the next call", () =>
    Effect.gen(function*() {
      const { resolve } = source({ inputs: [yield* file] })
      assert.deepStrictEqual([yield* ask(resolve), yield* ask(resolve)], [1, 1])
      yield* write("something else")
      assert.strictEqual(yield* ask(resolve), 2)
    }))

  test("a file that changes while others wait counts for whoever comes after that", () =>
    Effect.gen(function*() {
      const { resolve, state } = source({ inputs: [yield* file] })
      state.hold = Effect.sleep("1 second")
      const first = yield* Effect.fork(ask(resolve))
      yield* settle
      yield* write("something else")
      const second = yield* Effect.fork(ask(resolve))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([yield* first, yield* second], [1, 2])
    }))

  test("a program was handed all variables of its caller, so its answer is for that caller", () =>
    Effect.gen(function*() {
      const { resolve } = source({ inputs: [{ _tag: "Program", name: "docker-credential-x" }] })
      const profile = (name: string) => ask(resolve, { variables: new Map([["AWS_PROFILE", name]]) })
      assert.deepStrictEqual([yield* profile("a"), yield* profile("b")], [1, 2])
      assert.deepStrictEqual([yield* profile("a"), yield* profile("b")], [1, 2])
    }))

  test("what is invalidated while it is looked up is not kept, nor waited for", () =>
    Effect.gen(function*() {
      const { resolve, state } = source({ life: "1 hour" })
      state.hold = Effect.sleep("1 second")
      const old = yield* Effect.fork(ask(resolve))
      yield* settle
      yield* (yield* AnswerCache.AnswerCache).invalidate(() => true)
      const next = yield* Effect.fork(ask(resolve))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([yield* old, yield* next, yield* ask(resolve)], [1, 2, 2])
    }))

  test("those who have to wait are told so, and nobody else", () =>
    Effect.gen(function*() {
      const { resolve, state } = source()
      let told = 0
      const teller = { startHeartbeat: Effect.sync(() => told++) }
      state.hold = Effect.sleep("1 second")
      const both = yield* Effect.fork(Effect.all([ask(resolve, teller), ask(resolve, teller)], { concurrency: 2 }))
      yield* settle
      assert.strictEqual(told, 2)
      yield* TestClock.adjust("1 second")
      yield* both
      yield* ask(resolve, teller)
      assert.strictEqual(told, 2)
    }))

  it.effect("while a file system hangs, nobody is told to wait", () => {
    const hangs = Layer.map(MemoryFileSystem.layer({}), (context) => {
      const fs = Context.get(context, FileSystem.FileSystem)
      return Context.add(context, FileSystem.FileSystem, { ...fs, stat: () => Effect.never })
    })
    return Effect.gen(function*() {
      const { resolve } = source({ inputs: [{ _tag: "File", path: "/f", fingerprint: "1" }] })
      assert.strictEqual(yield* ask(resolve), 1)
      const second = yield* Effect.fork(ask(resolve, { startHeartbeat: Effect.dieMessage("told to wait") }))
      yield* TestClock.adjust("1 minute")
      assert.isNull(second.unsafePoll())
      yield* Fiber.interrupt(second)
    }).pipe(Effect.provide(AnswerCache.layer), Effect.provide(hangs))
  })

  test("10,000 answers are kept; the one that was used least recently goes first", () =>
    Effect.gen(function*() {
      const { resolve, state } = source()
      const get = (n: number) => ask(resolve, { key: `${n}` })
      yield* Effect.forEach(Array.from({ length: 10_000 }, (_, n) => n), get, { discard: true })
      yield* get(0)
      yield* get(10_000)
      assert.lengthOf(yield* (yield* AnswerCache.AnswerCache).entries, 10_000)
      assert.deepStrictEqual([yield* get(0), state.count], [1, 10_001])
      assert.strictEqual(yield* get(1), 10_002)
    }))

  for (const direction of ["back", "forward"] as const) {
    test(`nothing is served when the wall clock was set ${direction} by an hour`, () =>
      TestClocks.settable(({ step }) =>
        Effect.gen(function*() {
          const { resolve } = source({ life: "3 hours" })
          assert.strictEqual(yield* ask(resolve), 1)
          yield* step("1 hour", direction)
          assert.lengthOf(yield* (yield* AnswerCache.AnswerCache).entries, 0)
          assert.strictEqual(yield* ask(resolve), 2)
          assert.strictEqual(yield* ask(resolve), 2)
        })
      ))
  }

  test("an answer over which the clock was set does not know its end, and is asked once more", () =>
    TestClocks.settable(({ step }) =>
      Effect.gen(function*() {
        const { resolve, state } = source({ life: "10 minutes" })
        state.hold = Effect.sleep("1 second")
        const caller = yield* Effect.fork(ask(resolve))
        yield* TestClock.adjust("500 millis")
        yield* step("1 hour", "back")
        yield* TestClock.adjust("1500 millis")
        assert.strictEqual(yield* caller, 2)
        assert.strictEqual(yield* ask(resolve), 2)
      })
    ))

  const move = FastCheck.oneof(
    FastCheck.record({
      move: FastCheck.constant("advance" as const),
      millis: FastCheck.integer({ min: 0, max: 90_000 })
    }),
    FastCheck.record({
      move: FastCheck.constantFrom("back" as const, "forward" as const),
      millis: FastCheck.oneof(
        FastCheck.integer({ min: 0, max: 2500 }),
        FastCheck.integer({ min: 2000, max: 3_600_000 })
      )
    })
  )

  it.effect.prop(
    "an expired answer is never served, however the clock moves",
    [FastCheck.array(move, { minLength: 1, maxLength: 30 })],
    ([moves]) =>
      TestClocks.settable(({ step }) =>
        Effect.gen(function*() {
          const steady = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos / 1_000_000n))
          const begun: Array<number> = []
          const { resolve } = source({ life: "100 seconds" })
          const timed = Effect.zipRight(Effect.map(steady, (now) => begun.push(now)), resolve)
          for (const { millis, move } of moves) {
            yield* move === "advance" ? TestClock.adjust(millis) : step(millis, move)
            const served = yield* ask(timed)
            const now = yield* steady
            assert.isBelow(now - (begun[served - 1] ?? -Infinity), 100_000)
          }
        }).pipe(Effect.provide(AnswerCache.layer), Effect.provide(MemoryFileSystem.layer()))
      )
  )
})
