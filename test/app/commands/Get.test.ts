import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as GetCredentials from "../../../src/domain/GetCredentials.ts"
import * as Provenance from "../../../src/domain/Provenance.ts"
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
  get: () => Effect.succeed(response)
}

const answer = `{"expires":"1970-01-01T00:05:00Z","headers":{"Authorization":["Bearer t"]}}\n`

describe("get", () => {
  it.effect("prints the headers for the URI on stdin", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<GetCredentials.GetCredentialsRequest>()
      const get: Program.Setup["get"] = (request) => Effect.as(Deferred.succeed(asked, request), response)
      assert.strictEqual(yield* Program.succeeds(["get"], { ...answers, get }), answer)
      assert.deepInclude(yield* Deferred.await(asked), { uri })
    }))

  it.effect("takes the URI or the host as an argument, and does not read stdin then", () =>
    Effect.gen(function*() {
      for (const given of [uri, "ghcr.io"]) {
        const asked = yield* Deferred.make<GetCredentials.GetCredentialsRequest>()
        const stdout = yield* Program.succeeds(["get", given], {
          stdio: { stdin: null, interactive: true },
          get: (request) => Effect.as(Deferred.succeed(asked, request), response)
        })
        assert.strictEqual(stdout, answer)
        assert.deepInclude(yield* Deferred.await(asked), { uri: given })
      }
    }))

  it.effect("prints no header for a URI without credentials", () =>
    Effect.gen(function*() {
      const get = () => Effect.succeed(GetCredentials.empty)
      assert.strictEqual(yield* Program.succeeds(["get"], { ...answers, get }), `{"headers":{}}\n`)
    }))

  it.effect("leaves out the expiry of an answer that says so", () =>
    Effect.gen(function*() {
      const get = () => Effect.succeed({ ...response, omitExpires: true })
      const stdout = yield* Program.succeeds(["get"], { ...answers, get })
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
      const get = () => error
      assert.strictEqual(yield* Program.fails(6, ["get"], { ...answers, get }), error.message)
    }))

  it.effect("reports the kind of a defect, and not its message", () =>
    Effect.gen(function*() {
      const get = () => Effect.die(new TypeError("hunter2"))
      const line = yield* Program.fails(70, ["get"], { ...answers, get })
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
      assert.match(result.stderr, /^Reading .* Ctrl-D\. .*credential-helper get URI\n$/)
    }))

  describe("on stderr", () => {
    const noHeader = Provenance.Step.NoHeader({
      host: "ghcr.io",
      reason: "it asks for a login. Run docker login ghcr.io."
    })
    const warned = Provenance.Step.Warned({ text: "$DOCKER_AUTH_CONFIG holds base64." })
    const steps = [Provenance.Step.FileRead({ path: "/c.json" }), warned, noHeader, warned]
    const nothing: Program.Setup = { ...answers, steps, get: () => Effect.succeed(GetCredentials.empty) }

    const lines = (setup: Program.Setup, logging: string, terminal = false) =>
      Effect.map(
        Program.run(["get"], {
          ...setup,
          stdio: { stdin: request, terminal },
          variables: { CREDENTIAL_HELPER_LOGGING: logging }
        }),
        ({ stderr }) => stderr.split("\n").slice(0, -1).map((line) => line.replace("credential-helper: ", ""))
      )

    const warning = "warning: $DOCKER_AUTH_CONFIG holds base64."
    const reason = "no header for ghcr.io: it asks for a login. Run docker login ghcr.io."
    const summary = "ghcr.io/v2/org/app/manifests/latest: 0 headers"

    it.effect("tells nothing of an answer by default", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* lines(nothing, ""), [])
        assert.deepStrictEqual(yield* lines(nothing, "off"), [])
      }))

    it.effect("tells a terminal why there is no header", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* lines(nothing, "", true), [warning, reason])
        assert.deepStrictEqual(yield* lines(answers, "", true), [])
      }))

    it.effect("tells the same with basic, and a line for each answer", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* lines(nothing, "basic"), [warning, reason, summary])
        assert.deepStrictEqual(yield* lines(answers, "basic"), ["ghcr.io/v2/org/app/manifests/latest: 1 header"])
      }))

    it.effect("tells every step with debug", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* lines(nothing, "debug"), ["file: /c.json: read", warning, reason, summary])
      }))

    it.effect("tells the warnings of a lookup that fails, and its error last", () =>
      Effect.gen(function*() {
        const error = new HostUnreachable({ host: "ghcr.io", reason: "Connect", detail: "ECONNREFUSED" })
        assert.deepStrictEqual(yield* lines({ ...nothing, get: () => error }, ""), [warning, error.message])
      }))

    it.effect("stays below the size at which Bazel would block", () =>
      Effect.gen(function*() {
        const many = Array.from({ length: 5000 }, (_, index) => Provenance.Step.FileRead({ path: `/file-${index}` }))
        const told = yield* lines({ ...nothing, steps: many }, "debug")
        assert.isBelow(told.join("\n").length, 48 * 1024)
        assert.match(told.at(-1) ?? "", /^\d+ more lines are left out$/)
      }))
  })
})
