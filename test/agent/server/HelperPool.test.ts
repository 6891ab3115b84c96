import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as HelperPool from "../../../src/agent/server/HelperPool.ts"
import { CredentialHelper } from "../../../src/CredentialHelper.ts"
import * as Environment from "../../../src/platform/Environment.ts"
import * as TestEnvironment from "../../../src/testing/TestEnvironment.ts"

/** A pool that counts the helpers it builds, and gets a variable in the environment of a caller. */
const makePool = Effect.gen(function*() {
  let built = 0
  const pool = yield* HelperPool.make((environment) =>
    Layer.merge(
      Layer.mock(CredentialHelper, {}),
      Environment.layer(environment).pipe(Layer.tap(() => Effect.sync(() => ++built)))
    )
  )
  const token = Effect.flatMap(Environment.Environment, ({ get }) => get("TOKEN"))
  const get = (value: string, cwd = "/") => {
    const environment = { ...TestEnvironment.defaults, cwd, variables: new Map([["TOKEN", value]]) }
    return Effect.map(pool(environment)(Effect.zipLeft(token, Effect.yieldNow())), Option.getOrThrow)
  }
  return { get, built: () => built }
})

describe("HelperPool", () => {
  it.scoped("builds one helper for each environment, and keeps concurrent callers apart", () =>
    Effect.gen(function*() {
      const { built, get } = yield* makePool
      const values = ["a", "b", "a", "c", "b", "a"]
      const found = yield* Effect.forEach(values, (value) => get(value), { concurrency: "unbounded" })
      assert.deepStrictEqual(found, values)
      assert.strictEqual(built(), 3)
      yield* get("a", "/w")
      assert.strictEqual(built(), 4)
    }))

  it.scoped("removes a helper that is idle for 30 s", () =>
    Effect.gen(function*() {
      const { built, get } = yield* makePool
      yield* get("a")
      yield* TestClock.adjust("29 seconds")
      yield* get("a")
      yield* TestClock.adjust("29 seconds")
      yield* get("a")
      assert.strictEqual(built(), 1)
      yield* TestClock.adjust("30 seconds")
      yield* get("a")
      assert.strictEqual(built(), 2)
    }))
})
