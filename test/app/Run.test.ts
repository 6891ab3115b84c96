import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Run from "../../src/app/Run.ts"
import { HostUnreachable } from "../../src/http/TransportError.ts"
import * as FakeStdio from "../../src/testing/FakeStdio.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

describe("a command", () => {
  it.effect("logs the failure of a forked fiber only if its parent does", () =>
    Effect.gen(function*() {
      const error = new HostUnreachable({ host: "ghcr.io", reason: "Connect", detail: "ECONNREFUSED" })
      const command = Effect.flatMap(Effect.fork(Effect.fail(error)), Fiber.join)
      assert.strictEqual(yield* Run.exitCode(command), 6)
      const { stderr } = yield* FakeStdio.Written
      assert.strictEqual(yield* stderr, `credential-helper: ${error.message}\n`)
    }).pipe(Effect.provide(Layer.merge(
      FakeStdio.layer(),
      TestEnvironment.layer({ CREDENTIAL_HELPER_LOGGING: "debug" })
    ))))
})
