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
import * as KeyringProgram from "../../src/platform/KeyringProgram.ts"
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
  /** What the keyring's program returns; `undefined` if it is not installed. */
  readonly answer?: Answer | ProcessFailed["reason"] | undefined
}

const bus = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" }

const canary = "CANARY-6d1f"

/** The keyring of a machine, and the programs that it started. */
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
    return {
      started: Ref.get(started),
      get: (service: string, account = "") =>
        Effect.map(keyring.get(service, account), (secret) => Option.getOrNull(Option.map(secret, Redacted.value)))
    }
  })

const secret = (machine: Machine, service = "s") => Effect.flatMap(on(machine), ({ get }) => get(service))

const failure = (machine: Machine, service = "s") =>
  Effect.map(Effect.flip(secret(machine, service)), (error) => {
    assert.notInclude(error.message + JSON.stringify(error), canary)
    assert.strictEqual(error._tag, "KeyringUnavailable")
    return error.reason
  })

describe("Keyring on Linux", () => {
  it.effect("looks up with secret-tool what go-keyring stores", () =>
    Effect.gen(function*() {
      const { get, started } = yield* on({ answer: { stdout: "pw" } })
      assert.strictEqual(yield* get("gh:github.com"), "pw")
      assert.strictEqual(yield* get("--help", "me"), "pw")
      const [first, second] = yield* started
      assert.strictEqual(first?.program, "/bin/secret-tool")
      assert.deepStrictEqual(first?.args, ["lookup", "--", "service", "gh:github.com", "username", ""])
      assert.deepStrictEqual(second?.args, ["lookup", "--", "service", "--help", "username", "me"])
    }))

  it.effect("is unavailable without a session bus, and starts nothing", () =>
    Effect.gen(function*() {
      for (const variables of [{}, { DBUS_SESSION_BUS_ADDRESS: "" }, { XDG_RUNTIME_DIR: "/run/user/1000" }]) {
        const { get, started } = yield* on({ variables, answer: { stdout: "pw" } })
        const error = yield* Effect.flip(get("s"))
        assert.deepInclude(error, { _tag: "KeyringUnavailable", reason: "no session bus" })
        assert.deepStrictEqual(yield* started, [])
      }
      const variables = { XDG_RUNTIME_DIR: "/run/user/1000" }
      assert.strictEqual(
        yield* secret({ variables, files: { "/run/user/1000/bus": "" }, answer: { stdout: "pw" } }),
        "pw"
      )
    }))

  it.effect("returns none for a missing and for an empty entry", () =>
    Effect.gen(function*() {
      assert.isNull(yield* secret({ answer: { exitCode: 1 } }))
      assert.isNull(yield* secret({ answer: { exitCode: 0, stdout: "" } }))
    }))

  it.effect("is unavailable when the program fails, and does not show its output", () =>
    Effect.gen(function*() {
      assert.match(yield* failure({ answer: undefined }), /^secret-tool is not on PATH: install libsecret-tools$/)
      assert.match(yield* failure({ answer: { exitCode: 1, stderr: canary, stdout: canary } }), /exit code 1$/)
      assert.match(yield* failure({ answer: { exitCode: 3, stdout: canary } }), /exit code 3$/)
      assert.match(yield* failure({ answer: "Start" }), /^secret-tool cannot be started \(ENOENT\)$/)
      assert.match(yield* failure({ answer: "OutputTooLarge" }), /too large/)
      assert.match(yield* failure({ answer: { stdout: "pw" } }, "a\0b"), /control characters/)
    }))

  it.effect("times out after two seconds, and is skipped for the next ten", () =>
    Effect.gen(function*() {
      const { get, started } = yield* on({ answer: "Timeout" })
      assert.match((yield* Effect.flip(get("a"))).message, /no response within 2 s, it may be locked/)
      assert.match((yield* Effect.flip(get("b"))).message, /skipped: it timed out less than 10 s ago/)
      assert.strictEqual((yield* started).length, 1)
      yield* TestClock.adjust("13 seconds")
      yield* Effect.flip(get("a"))
      assert.strictEqual((yield* started).length, 2)
    }))

  it.effect("is tried again after a timeout when the wall clock is set back", () =>
    TestClocks.settable(({ step }) =>
      Effect.gen(function*() {
        const { get, started } = yield* on({ answer: "Timeout" })
        yield* Effect.flip(get("a"))
        yield* step("1 hour", "back")
        yield* Effect.flip(get("a"))
        assert.strictEqual((yield* started).length, 2)
      })
    ))

  it.effect("records the lookup, and an input that cannot be watched", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        const { get } = yield* on({ answer: { stdout: canary } })
        yield* get("s")
        const provenance = yield* sofar
        assert.deepStrictEqual(provenance.steps, [
          Provenance.Step.KeyringAsked({ service: "s", outcome: Provenance.SourceOutcome.Found() })
        ])
        assert.deepInclude(provenance.inputs, { _tag: "Program", name: "keyring s" })
        assert.notInclude(JSON.stringify(provenance), canary)
      })
    ))
})

describe("Keyring on macOS", () => {
  const platform = "darwin"
  const variables = {}

  it.effect("looks up with security, and decodes go-keyring's encodings", () =>
    Effect.gen(function*() {
      const { get, started } = yield* on({ platform, variables, answer: { stdout: "pw\n" } })
      assert.strictEqual(yield* get("-x"), "pw")
      assert.deepStrictEqual((yield* started)[0]?.args, ["find-generic-password", "-s", "-x", "-a", "", "-w"])
      const stored = (stdout: string) => secret({ platform, variables, answer: { stdout } })
      assert.strictEqual(yield* stored(`go-keyring-base64:${Buffer.from("pä\n").toString("base64")}\n`), "pä\n")
      assert.strictEqual(yield* stored(`go-keyring-encoded:${Buffer.from("pä").toString("hex")}\n`), "pä")
    }))

  it.effect("returns none for a missing entry, and is unavailable on any other failure", () =>
    Effect.gen(function*() {
      const answers = (answer: Answer) => failure({ platform, variables, answer })
      const missing = { exitCode: 44, stderr: "could not be found" }
      assert.isNull(yield* secret({ platform, variables, answer: missing }))
      assert.match(yield* answers({ exitCode: 36, stderr: canary }), /^security failed with exit code 36$/)
      assert.match(yield* answers({ stdout: `go-keyring-base64:${canary}!` }), /not valid in go-keyring's encoding/)
      assert.match(yield* answers({ stdout: `go-keyring-encoded:${canary}` }), /not valid in go-keyring's encoding/)
    }))
})

describe("Keyring on Windows", () => {
  const platform = "win32"
  const variables = {}

  it.effect("passes the names on stdin, and reads the secret in base64", () =>
    Effect.gen(function*() {
      const stdout = Buffer.from("pä").toString("base64")
      const { get, started } = yield* on({ platform, variables, answer: { stdout } })
      const service = "a'; Remove-Item x; '"
      assert.strictEqual(yield* get(service, "me"), "pä")
      const [invocation] = yield* started
      const lines = invocation?.stdin.split("\n").map((line) => Buffer.from(line, "base64").toString())
      assert.deepStrictEqual(lines, [`${service}:me`, service, ""])
      assert.deepStrictEqual(invocation?.args.slice(0, 3), ["-NoProfile", "-NonInteractive", "-EncodedCommand"])
      assert.notInclude(Buffer.from(invocation?.args[3] ?? "", "base64").toString("utf16le"), "Remove-Item")
    }))

  it.effect("reads what cmdkey stores in UTF-16, and what go-keyring stores in UTF-8", () =>
    Effect.gen(function*() {
      const stored = (octets: Buffer) => secret({ platform, variables, answer: { stdout: octets.toString("base64") } })
      assert.strictEqual(yield* stored(Buffer.from("ghp_x1", "utf16le")), "ghp_x1")
      for (const text of ["ghp_x1", "x", "pä"]) assert.strictEqual(yield* stored(Buffer.from(text)), text)
    }))

  it.effect("returns none for a missing entry, and is unavailable on any other failure", () =>
    Effect.gen(function*() {
      assert.isNull(yield* secret({ platform, variables, answer: { exitCode: 1 } }))
      assert.match(yield* failure({ platform, variables, answer: { exitCode: 2 } }), /exit code 2$/)
    }))
})

describe("how to store a secret", () => {
  it("names the attributes that the lookup asks for", () => {
    const store = (platform: string) => KeyringProgram.forPlatform(platform).store("my org", "")
    assert.strictEqual(store("linux"), "secret-tool store --label='my org' service 'my org' username ''")
    assert.strictEqual(store("darwin"), "security add-generic-password -U -s 'my org' -a '' -w")
    assert.strictEqual(store("win32"), "cmdkey /generic:\"my org:\" /user:me /pass")
  })
})
