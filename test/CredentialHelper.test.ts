/** How long a look-up may take, and what is said when it took longer. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { readFile } from "node:fs/promises"
import * as CredentialHelper from "../src/CredentialHelper.ts"
import * as GetCredentials from "../src/domain/GetCredentials.ts"
import * as Provenance from "../src/domain/Provenance.ts"
import type * as Errors from "../src/Errors.ts"
import * as Deadline from "../src/platform/Deadline.ts"
import { Router } from "../src/provider/Router.ts"
import * as TestEnvironment from "../src/testing/TestEnvironment.ts"

const answer = GetCredentials.empty

const lookUp = (routed: Effect.Effect<GetCredentials.GetCredentialsResponse, Errors.LookupError>) =>
  Effect.flatMap(CredentialHelper.make, (helper) => helper.get({ uri: "https://ghcr.io/v2/" })).pipe(
    Effect.provide(Layer.merge(Layer.succeed(Router, { get: () => routed }), TestEnvironment.layer({}))),
    Effect.either
  )

const messageOf = (result: Either.Either<unknown, Errors.CredentialHelperError>) =>
  Either.match(result, { onLeft: ({ message }) => message, onRight: () => "an answer" })

const hangs = Effect.zipRight(
  Provenance.step(Provenance.Step.FileRead({ path: "/f" })),
  Effect.never
)

describe("the budget", () => {
  it.effect("is 8 seconds, after which the last step is told", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(lookUp(hangs))
      yield* TestClock.adjust("7999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.match(
        messageOf(yield* Fiber.join(fiber)),
        /timed out after 8 s for ghcr\.io \(last step: file: \/f: read\)/
      )
    }))

  it.effect("is less when the caller's patience began earlier, and the steps know it", () =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const late = Effect.provideService(Deadline.Deadline, now + 3000)
      const fiber = yield* Effect.fork(late(lookUp(Effect.andThen(Deadline.left, (left) => {
        assert.strictEqual(left, 3000)
        return Effect.never
      }))))
      yield* TestClock.adjust("3 seconds")
      assert.match(messageOf(yield* Fiber.join(fiber)), /last step: none/)
    }))

  it.effect("ends a step that cannot be interrupted", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(lookUp(Effect.uninterruptible(Effect.never)))
      yield* TestClock.adjust("8 seconds")
      assert.match(messageOf(yield* Fiber.join(fiber)), /timed out/)
    }))

  it.live("does not count the time in which the machine had no time for the process", () =>
    Effect.gen(function*() {
      const busy = Effect.zipRight(
        Effect.sync(() => {
          for (const until = performance.now() + 100; performance.now() < until;);
        }),
        Effect.as(Effect.promise(() => readFile(new URL(import.meta.url))), answer)
      )
      const deadline = (yield* Clock.currentTimeMillis) + 50
      const result = yield* Effect.provideService(lookUp(busy), Deadline.Deadline, deadline)
      assert.deepStrictEqual(result, Either.right(answer))
    }))
})
