import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as GetCredentials from "../../../src/domain/GetCredentials.ts"
import { HostUnreachable } from "../../../src/http/TransportError.ts"
import * as Deadline from "../../../src/platform/Deadline.ts"
import * as Program from "./program.ts"

const uri = "https://ghcr.io/v2/org/app/manifests/latest"
const request = JSON.stringify({ uri })

const response = GetCredentials.make(
  { Authorization: Redacted.make("Bearer t") },
  Option.some(DateTime.unsafeMake("1970-01-01T00:05:00.750Z"))
)

const answers: Program.Setup = {
  stdio: { stdin: request },
  helper: { get: () => Effect.succeed(response) }
}

const answer = `{"expires":"1970-01-01T00:05:00Z","headers":{"Authorization":["Bearer t"]}}\n`

describe("get", () => {
  it.effect("prints the headers for the URI on stdin", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<GetCredentials.GetCredentialsRequest>()
      const helper: Program.Setup["helper"] = {
        get: (request) => Effect.as(Deferred.succeed(asked, request), response)
      }
      assert.strictEqual(yield* Program.succeeds(["get"], { ...answers, helper }), answer)
      assert.deepInclude(yield* Deferred.await(asked), { uri })
    }))

  it.effect("prints no header for a URI without credentials", () =>
    Effect.gen(function*() {
      const helper = { get: () => Effect.succeed(GetCredentials.empty) }
      assert.strictEqual(yield* Program.succeeds(["get"], { ...answers, helper }), `{"headers":{}}\n`)
    }))

  it.effect("leaves out the expiry of an answer that says so", () =>
    Effect.gen(function*() {
      const helper = { get: () => Effect.succeed({ ...response, omitExpires: true }) }
      const stdout = yield* Program.succeeds(["get"], { ...answers, helper })
      assert.strictEqual(stdout, `{"headers":{"Authorization":["Bearer t"]}}\n`)
    }))

  it.effect("rejects a request that is not valid, without repeating it", () =>
    Effect.gen(function*() {
      for (const stdin of ["", "hunter2", "[]", `{"url":"hunter2"}`, `{"uri":["hunter2"]}`]) {
        const line = yield* Program.fails(2, ["get"], { ...answers, stdio: { stdin } })
        assert.include(line, "Expected one JSON object")
        assert.notInclude(line, "hunter2")
      }
    }))

  it.effect("reports the error of a lookup, with its exit code", () =>
    Effect.gen(function*() {
      const error = new HostUnreachable({ host: "ghcr.io", reason: "Connect", detail: "ECONNREFUSED" })
      const helper = { get: () => error }
      assert.strictEqual(yield* Program.fails(6, ["get"], { ...answers, helper }), error.message)
    }))

  it.effect("reports the kind of a defect, and not its message", () =>
    Effect.gen(function*() {
      const helper = { get: () => Effect.die(new TypeError("hunter2")) }
      const line = yield* Program.fails(70, ["get"], { ...answers, helper })
      assert.match(line, /^internal error \(TypeError\)\. /)
      assert.notInclude(line, "hunter2")
    }))

  it.effect("fails with exit code 74 when the answer cannot be written", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(74, ["get"], { ...answers, stdio: { stdin: request, stdoutError: "ENOSPC" } })
      assert.match(line, /^cannot write to stdout \(ENOSPC\)\. /)
    }))

  it.effect("fails at the deadline when stdin is not closed", () =>
    Effect.gen(function*() {
      const result = yield* Program.fails(2, ["get"], { ...answers, stdio: { stdin: null } }).pipe(
        Effect.provideService(Deadline.Deadline, 8000),
        Effect.fork
      )
      yield* TestClock.adjust("8 seconds")
      assert.match(yield* Fiber.join(result), /^stdin was not closed within 8 s/)
    }))

  it.effect("prompts on stderr when stdin is a TTY", () =>
    Effect.gen(function*() {
      const result = yield* Program.run(["get"], { ...answers, stdio: { stdin: request, interactive: true } })
      assert.deepInclude(result, { code: 0, stdout: answer })
      assert.match(result.stderr, /^Reading .* Ctrl-D\.\n$/)
    }))

  it.effect("logs to stderr when CREDENTIAL_HELPER_LOGGING is set", () =>
    Effect.gen(function*() {
      const logged = (level: string) =>
        Program.run(["get"], { ...answers, variables: { CREDENTIAL_HELPER_LOGGING: level } })
      const result = yield* logged("basic")
      assert.deepInclude(result, { code: 0, stdout: answer })
      assert.match(result.stderr, /^1970-01-01T00:00:00\.000Z INFO [^\n]+\n$/)
      assert.strictEqual((yield* logged("off")).stderr, "")
    }))
})
