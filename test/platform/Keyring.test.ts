import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Files from "../../src/platform/Files.ts"
import * as Keyring from "../../src/platform/Keyring.ts"
import { type Invocation, Process, ProcessFailed } from "../../src/platform/Process.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as TestClocks from "../clock.ts"

interface Answer {
  readonly exitCode?: number
  readonly stdout?: string
  readonly stderr?: string
}

interface Machine {
  readonly platform?: string
  readonly variables?: Record<string, string>
  readonly files?: Record<string, string>
  /** What the keyring's program answers; `undefined` when it is not installed. */
  readonly answer?: Answer | ProcessFailed["reason"] | undefined
}

const bus = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" }

const canary = "CANARY-6d1f"

/** A keyring on that machine, and what it starts. */
const on = (machine: Machine) =>
  Effect.gen(function*() {
    const started = yield* Ref.make<ReadonlyArray<Invocation>>([])
    const { answer } = machine
    const processes = Layer.succeed(Process, {
      searchPath: Effect.succeed(["/bin"]),
      find: (name) => Effect.succeed(answer === undefined ? Option.none() : Option.some(`/bin/${name}`)),
      run: (invocation) =>
        Effect.zipRight(
          Ref.update(started, (all) => [...all, invocation]),
          typeof answer === "string"
            ? new ProcessFailed({ program: invocation.program, reason: answer, detail: "ENOENT" })
            : Effect.succeed({
              exitCode: answer?.exitCode ?? 0,
              stdout: Redacted.make(answer?.stdout ?? ""),
              stderr: Redacted.make(answer?.stderr ?? "")
            })
        )
    })
    const keyring = yield* Effect.provide(
      Keyring.make,
      Layer.mergeAll(
        processes,
        TestEnvironment.layer(machine.variables ?? bus, { platform: machine.platform ?? "linux" }),
        Layer.provide(Files.layer, MemoryFileSystem.layer(machine.files ?? {}))
      )
    )
    return { started: Ref.get(started), get: (service: string, account = "") => keyring.get(service, account) }
  })

const secret = (machine: Machine, service = "s") =>
  Effect.flatMap(on(machine), ({ get }) => Effect.map(get(service), Redacted.value))

const failure = (machine: Machine, service = "s") =>
  Effect.map(Effect.flip(secret(machine, service)), (error) => {
    assert.notInclude(error.message + JSON.stringify(error), canary)
    return error._tag === "SourceUnavailable" ? error.reason : error._tag
  })

describe("Keyring on Linux", () => {
  it.effect("asks secret-tool for what go-keyring stores", () =>
    Effect.gen(function*() {
      const { get, started } = yield* on({ answer: { stdout: "pw" } })
      assert.strictEqual(Redacted.value(yield* get("gh:github.com")), "pw")
      assert.strictEqual(Redacted.value(yield* get("--help", "me")), "pw")
      const [first, second] = yield* started
      assert.strictEqual(first?.program, "/bin/secret-tool")
      assert.deepStrictEqual(first?.args, ["lookup", "--", "service", "gh:github.com", "username", ""])
      assert.deepStrictEqual(second?.args, ["lookup", "--", "service", "--help", "username", "me"])
    }))

  it.effect("a machine without a session bus has no keyring, and nothing is started", () =>
    Effect.gen(function*() {
      for (const variables of [{}, { DBUS_SESSION_BUS_ADDRESS: "" }, { XDG_RUNTIME_DIR: "/run/user/1000" }]) {
        const { get, started } = yield* on({ variables, answer: { stdout: "pw" } })
        const error = yield* Effect.flip(get("s"))
        assert.deepInclude(error, { _tag: "SourceUnavailable", source: "keyring s", reason: "no session bus" })
        assert.deepStrictEqual(yield* started, [])
      }
      const variables = { XDG_RUNTIME_DIR: "/run/user/1000" }
      assert.strictEqual(
        yield* secret({ variables, files: { "/run/user/1000/bus": "" }, answer: { stdout: "pw" } }),
        "pw"
      )
    }))

  it.effect("nothing found", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* failure({ answer: { exitCode: 1 } }), "CredentialNotFound")
      assert.strictEqual(yield* failure({ answer: { exitCode: 0, stdout: "" } }), "CredentialNotFound")
    }))

  it.effect("anything else is not available, and no output is shown", () =>
    Effect.gen(function*() {
      assert.match(yield* failure({ answer: undefined }), /^secret-tool is not on PATH: install libsecret-tools$/)
      assert.match(yield* failure({ answer: { exitCode: 1, stderr: canary, stdout: canary } }), /exit code 1$/)
      assert.match(yield* failure({ answer: { exitCode: 3, stdout: canary } }), /exit code 3$/)
      assert.match(yield* failure({ answer: "Start" }), /^start: ENOENT$/)
      assert.match(yield* failure({ answer: "OutputTooLarge" }), /too much/)
      assert.match(yield* failure({ answer: { stdout: "pw" } }, "a\0b"), /control characters/)
    }))

  it.effect("one that hangs is given two seconds, and is left alone for a while", () =>
    Effect.gen(function*() {
      const { get, started } = yield* on({ answer: "Timeout" })
      assert.match((yield* Effect.flip(get("a"))).message, /no answer within 2s; is it locked\?/)
      assert.match((yield* Effect.flip(get("b"))).message, /hung a moment ago/)
      assert.strictEqual((yield* started).length, 1)
      yield* TestClock.adjust("13 seconds")
      yield* Effect.flip(get("a"))
      assert.strictEqual((yield* started).length, 2)
    }))

  it.effect("one that hung is not left alone for longer because somebody set the clock back", () =>
    TestClocks.settable(({ step }) =>
      Effect.gen(function*() {
        const { get, started } = yield* on({ answer: "Timeout" })
        yield* Effect.flip(get("a"))
        yield* step("1 hour", "back")
        yield* Effect.flip(get("a"))
        assert.strictEqual((yield* started).length, 2)
      })
    ))

  it.effect("what was asked is recorded, and that the answer cannot be watched", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        const { get } = yield* on({ answer: { stdout: canary } })
        yield* get("s")
        const provenance = yield* sofar
        assert.deepStrictEqual(provenance.steps, [{ kind: "keyring", subject: "s", outcome: "found" }])
        assert.deepInclude(provenance.inputs, { _tag: "Program", name: "keyring s" })
        assert.notInclude(JSON.stringify(provenance), canary)
      })
    ))
})

describe("Keyring on macOS", () => {
  const platform = "darwin"
  const variables = {}

  it.effect("asks security, and undoes go-keyring's encodings", () =>
    Effect.gen(function*() {
      const { get, started } = yield* on({ platform, variables, answer: { stdout: "pw\n" } })
      assert.strictEqual(Redacted.value(yield* get("-x")), "pw")
      assert.deepStrictEqual((yield* started)[0]?.args, ["find-generic-password", "-s", "-x", "-a", "", "-w"])
      const stored = (stdout: string) => secret({ platform, variables, answer: { stdout } })
      assert.strictEqual(yield* stored(`go-keyring-base64:${Buffer.from("pä\n").toString("base64")}\n`), "pä\n")
      assert.strictEqual(yield* stored(`go-keyring-encoded:${Buffer.from("pä").toString("hex")}\n`), "pä")
    }))

  it.effect("nothing found, and not available", () =>
    Effect.gen(function*() {
      const answers = (answer: Answer) => failure({ platform, variables, answer })
      assert.strictEqual(yield* answers({ exitCode: 44, stderr: "could not be found" }), "CredentialNotFound")
      assert.match(yield* answers({ exitCode: 36, stderr: canary }), /^security ended with exit code 36$/)
      assert.match(yield* answers({ stdout: `go-keyring-base64:${canary}!` }), /not encoded/)
      assert.match(yield* answers({ stdout: `go-keyring-encoded:${canary}` }), /not encoded/)
    }))
})

describe("Keyring on Windows", () => {
  const platform = "win32"
  const variables = {}

  it.effect("hands the names over on stdin, and takes the secret in base64", () =>
    Effect.gen(function*() {
      const stdout = Buffer.from("pä").toString("base64")
      const { get, started } = yield* on({ platform, variables, answer: { stdout } })
      const service = "a'; Remove-Item x; '"
      assert.strictEqual(Redacted.value(yield* get(service, "me")), "pä")
      const [invocation] = yield* started
      const lines = invocation?.stdin.split("\n").map((line) => Buffer.from(line, "base64").toString())
      assert.deepStrictEqual(lines, [`${service}:me`, service, ""])
      assert.deepStrictEqual(invocation?.args.slice(0, 3), ["-NoProfile", "-NonInteractive", "-EncodedCommand"])
      assert.notInclude(Buffer.from(invocation?.args[3] ?? "", "base64").toString("utf16le"), "Remove-Item")
    }))

  it.effect("nothing found, and not available", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* failure({ platform, variables, answer: { exitCode: 1 } }), "CredentialNotFound")
      assert.match(yield* failure({ platform, variables, answer: { exitCode: 2 } }), /exit code 2$/)
    }))
})
