import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import * as HelperOutput from "../../src/docker/HelperOutput.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Deadline from "../../src/platform/Deadline.ts"
import { type Output, Process, ProcessFailed } from "../../src/platform/Process.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import { always, answering, basic, entry, failure, home, lookup, user } from "./fixture.ts"

const named = (helper: FakeProcess.FakeProcess) => ({
  config: { credHelpers: { "a.io": "h" } },
  helpers: { "docker-credential-h": helper }
})

const answered = (answer: unknown) => Effect.map(lookup(named(answering(answer)), "a.io"), ({ outcome }) => outcome)

const request = { name: "h", serverKey: "a.io", path: home, at: "$.credsStore", login: "docker login a.io" }

describe("DockerCredentialHelper", () => {
  it.effect("passes the key unchanged, and reports where the credential is from", () =>
    Effect.gen(function*() {
      const { outcome, provenance, started } = yield* lookup(
        named(answering({ ServerURL: "a.io", Username: "u", Secret: "p" })),
        "a.io"
      )
      assert.deepInclude(outcome, {
        username: "u",
        password: "p",
        basic: basic("u", "p"),
        from: "credHelpers",
        path: home,
        origin: `docker-credential-h (docker config ${home}, $.credHelpers["a.io"])`
      })
      assert.deepEqual(started.map(({ args, stdin }) => ({ args, stdin })), [{ args: ["get"], stdin: "a.io" }])
      assert.deepInclude(provenance.inputs, { _tag: "Program", name: "docker-credential-h" })
      const step = Provenance.Step.HelperRun({ helper: "docker-credential-h", outcome: "found a.io" })
      assert.deepInclude(provenance.steps, step)
    }))

  it.effect("returns an identity token for the username <token>", () =>
    Effect.gen(function*() {
      const outcome = yield* answered({ Username: "<token>", Secret: "t" })
      assert.deepInclude(outcome, { identitytoken: "t" })
      assert.notProperty(outcome, "username")
    }))

  it.effect("matches field names in any case, and ignores a byte order mark and unknown fields", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* answered({ serverurl: "x", username: "u", secret: "p" }), {
        username: "u",
        password: "p"
      })
      assert.deepInclude(yield* answered({ USERNAME: "no", Username: "u", secret: "no", Secret: "p", More: [1] }), {
        username: "u",
        password: "p"
      })
      assert.deepInclude(yield* answered(`\uFEFF \n{"Username":"u","Secret":"p"}\n\n`), { username: "u" })
      // Docker decodes the first value, and the last of two equal names.
      assert.deepInclude(yield* answered(`{"Username":"no","username":"u","Secret":"p"}\nupdate available`), {
        username: "u"
      })
    }))

  it.effect("accepts an empty username or password, but not both", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* answered({ Username: "", Secret: "p" }), { username: "", password: "p" })
      assert.deepInclude(yield* answered({ Username: "u", Secret: "" }), { username: "u", password: "" })
      const nothing = [{}, "null", { Username: "", Secret: "" }, { Username: null }, { Username: "<token>" }]
      for (const answer of nothing) assert.strictEqual(yield* answered(answer), "none")
    }))

  it.effect("rejects output of another shape without quoting it", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [unknown, string]> = [
        ["", "no output"],
        [" \n", "no output"],
        ["hunter2", "not a JSON object"],
        [`"hunter2"`, "not a JSON object"],
        [`["hunter2"]`, "not a JSON object"],
        [`{"Username":"u","Secret":"hunter2"`, "not a JSON object"],
        ["credentials not found in native keychain", "not a JSON object"],
        [{ Username: 1, Secret: "hunter2" }, "Username is not a string"],
        [{ Username: "hunter2", Secret: ["hunter2"] }, "Secret is not a string"]
      ]
      for (const [answer, reason] of wrong) {
        const error = yield* failure(named(answering(answer)), "a.io")
        assert.deepInclude({ ...error }, {
          _tag: "HelperOutputInvalid",
          helper: "docker-credential-h",
          registry: "a.io",
          reason
        })
        assert.notInclude(inspect(error, { depth: 9 }), "hunter2")
      }
    }))

  it.effect("finds nothing when stdout is, or stderr contains, the message of docker-credential-helpers", () =>
    Effect.gen(function*() {
      const words = "credentials not found in native keychain"
      for (
        const reply of [
          { stdout: words },
          { stdout: `\n ${words}\r\n` },
          { stderr: `error: ${words}\n` },
          { stderr: `warning: x\n${words}`, stdout: "see the log" }
        ]
      ) {
        assert.strictEqual(yield* user(named(always({ ...reply, exit: 1 })), "a.io"), "none")
        assert.strictEqual(yield* user(named(always({ ...reply, exit: 7 })), "a.io"), "none")
      }
      for (
        const stdout of [`${words}!`, "Credentials not found", "no credentials server URL", "no credentials username"]
      ) {
        assert.strictEqual(yield* user(named(always({ stdout, exit: 1 })), "a.io"), "HelperFailed")
      }
    }))

  it.effect("includes the helper's message in a failure", () =>
    Effect.gen(function*() {
      const reasonOf = (reply: FakeProcess.Reply) =>
        Effect.map(failure(named(always({ exit: 1, ...reply })), "a.io"), (error) =>
          error._tag === "HelperFailed" ? error.reason : error._tag)
      assert.strictEqual(
        yield* reasonOf({ stdout: "cannot open the keychain\n", stderr: "other" }),
        "cannot open the keychain"
      )
      assert.strictEqual(yield* reasonOf({ stdout: "\n\n", stderr: "\nno session bus\nat line 3" }), "no session bus")
      assert.strictEqual(yield* reasonOf({ exit: 42 }), "exit code 42")
      assert.strictEqual(yield* reasonOf({ stdout: "\u001b[31mred\u001b[0m\u0007 \u202Ealert\t now" }), "red alert now")
      const long = yield* reasonOf({ stdout: "x ".repeat(5000) })
      assert.strictEqual(long.length, 200)
      assert.strictEqual(
        (yield* failure(named(always({ exit: 1, stdout: "locked" })), "a.io")).message,
        "docker-credential-h failed for a.io: locked. Run it yourself: echo a.io | docker-credential-h get"
      )
    }))

  it.effect("does not quote an answer in a failure", () =>
    Effect.gen(function*() {
      const token = "ghp_0123456789abcdefABCDEF0123456789abcd"
      const replies = [
        { stdout: `{"Username":"u","Secret":"hunter2"}` },
        { stdout: `{\n"Username":"u",\n"Secret":"hunter2"\n}` },
        { stdout: `got {"Secret":"hunter2"}`, stderr: `{"Secret":"hunter2"}` },
        { stderr: "login with password: hunter2 failed" },
        { stderr: "401 for https://u:hunter2@a.io/x" },
        { stderr: "sent Authorization: Basic hunter2hunter2" },
        { stdout: `bad credential ${token}` }
      ]
      for (const reply of replies) {
        const error = yield* failure(named(always({ ...reply, exit: 1 })), "a.io")
        assert.strictEqual(error._tag, "HelperFailed")
        const shown = inspect(error, { depth: 9 })
        assert.notInclude(shown, "hunter2")
        assert.notInclude(shown, token)
      }
    }))

  it.effect("rejects a name that leads out of the search path, and starts nothing", () =>
    Effect.gen(function*() {
      for (const name of ["../evil", "/bin/sh", "a/b", "a\\b", "..\\evil", "a\0b", "/"]) {
        for (const config of [{ credHelpers: { "a.io": name } }, { credsStore: name }]) {
          const { outcome, started } = yield* lookup({ config }, "a.io")
          assert.propertyVal(outcome, "_tag", "HelperNameInvalid")
          assert.lengthOf(started, 0)
        }
      }
      const error = yield* failure({ config: { credHelpers: { "a.io": "../evil" } } }, "a.io")
      assert.deepInclude({ ...error }, { path: home, at: `$.credHelpers["a.io"]` })
    }))

  it.effect("lists the searched directories when the helper is missing", () =>
    Effect.gen(function*() {
      const error = yield* failure({ config: { credHelpers: { "a.io": "missing" } } }, "a.io")
      assert.deepInclude({ ...error }, {
        _tag: "HelperNotFound",
        helper: "docker-credential-missing",
        path: home,
        searched: ["/fake/bin"]
      })
    }))

  it.effect("times out after 7 s", () =>
    Effect.gen(function*() {
      const run = yield* Effect.fork(lookup(named(always({ delay: "1 hour" })), "a.io"))
      yield* TestClock.adjust("6999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(run)))
      yield* TestClock.adjust("1 millis")
      const { outcome } = yield* Fiber.join(run)
      assert.deepInclude({ ...Object(outcome) }, { _tag: "HelperTimeout", registry: "a.io", millis: 7000 })
    }))

  it.effect("times out before the caller's deadline, with time left to report it", () =>
    Effect.gen(function*() {
      const run = yield* lookup(named(always({ delay: "1 hour" })), "a.io").pipe(
        Effect.provideService(Deadline.Deadline, 3000),
        Effect.fork
      )
      yield* TestClock.adjust("2750 millis")
      assert.deepInclude({ ...Object((yield* Fiber.join(run)).outcome) }, { _tag: "HelperTimeout", millis: 2750 })
    }))

  it.effect("maps each failure of the process to an error of the helper", () =>
    Effect.gen(function*() {
      const mapped = (reason: ProcessFailed["reason"], detail: string) =>
        query(Effect.fail(new ProcessFailed({ program: "/bin/h", reason, detail }))).pipe(
          Effect.flip,
          Effect.map((error) => `${error._tag}: ${"reason" in error ? error.reason : ""}`)
        )
      assert.strictEqual(yield* mapped("Start", "ENOEXEC"), "HelperFailed: it cannot be started (ENOEXEC)")
      assert.strictEqual(yield* mapped("Killed", "SIGSEGV"), "HelperFailed: it was killed (SIGSEGV)")
      assert.strictEqual(yield* mapped("OutputTooLarge", "more than 1 byte"), "HelperOutputInvalid: more than 1 byte")
      assert.strictEqual(yield* mapped("Timeout", ""), "HelperTimeout: ")
    }))

  it.effect("runs helpers of one name one at a time, and others in parallel", () =>
    Effect.gen(function*() {
      const running = yield* Ref.make<ReadonlyArray<string>>([])
      const gate = yield* Deferred.make<void>()
      const run: Process["Type"]["run"] = ({ program }) =>
        Ref.update(running, (all) => [...all, program]).pipe(
          Effect.andThen(Deferred.await(gate)),
          Effect.as(output(`{"Username":"u","Secret":"p"}`))
        )
      // The agent builds the service anew for each caller.
      const one = (name: string) =>
        Effect.flatMap(DockerCredentialHelper.DockerCredentialHelper, (helper) => helper.get({ ...request, name }))
          .pipe(
            Effect.provide(layerOf(run)),
            Effect.fork
          )
      const fibers = yield* Effect.all([one("same"), one("same"), one("other")])
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* Ref.get(running), ["/bin/docker-credential-same", "/bin/docker-credential-other"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.lengthOf(yield* Ref.get(running), 3)
    }))

  it.effect("times out while it waits for the lock, and releases it", () =>
    Effect.gen(function*() {
      const stuck = yield* Effect.fork(Effect.flip(query(Effect.never)))
      yield* TestClock.adjust("4 seconds")
      const waiting = yield* Effect.fork(Effect.flip(query(Effect.never)))
      yield* TestClock.adjust("7 seconds")
      assert.strictEqual((yield* Fiber.join(stuck))._tag, "HelperTimeout")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "HelperTimeout")
      const credential = Option.getOrThrow(yield* query(Effect.succeed(output(`{"Username":"u","Secret":"p"}`))))
      assert.strictEqual(credential.userPassword?.username, "u")
    }))

  it("reads one MiB of the worst output in linear time", () => {
    for (const part of ["a", "a1", "=", "-", "eyJ-", " ", "\n", "\u001b[1", "token: ", "{", "[", `{"a":`]) {
      const output = Redacted.make(part.repeat(Math.ceil(1024 * 1024 / part.length)))
      const started = performance.now()
      for (const exitCode of [0, 1]) HelperOutput.read({ exitCode, stdout: output, stderr: output })
      assert.isBelow(performance.now() - started, 30_000, part)
    }
  }, 240_000)

  it("does not show a part of a secret at the end of what it reads", () => {
    const secret = "Hunter2".repeat(3000)
    for (let length = 4050; length < 4100; length++) {
      // Masked as one word, which brings what follows into view.
      const stdout = `eyJ${"a".repeat(length)}.b ${secret}`
      const output = HelperOutput.read({ exitCode: 1, stdout: Redacted.make(stdout), stderr: Redacted.make("") })
      assert.strictEqual(output._tag, "Failed")
      assert.notInclude(JSON.stringify(output), "Hun")
    }
  })

  it.prop("reads any output as a credential, none, or a reason in one short line", [
    FastCheck.integer({ min: 0, max: 2 }),
    FastCheck.oneof(FastCheck.string(), FastCheck.json()),
    FastCheck.string({ unit: "binary" })
  ], ([exitCode, stdout, stderr]) => {
    const result = HelperOutput.read({ exitCode, stdout: Redacted.make(stdout), stderr: Redacted.make(stderr) })
    if (result._tag === "Failed") assert.match(result.reason, /^[^\p{Cc}]{1,200}$/u)
  })
})

const warned = ({ steps }: Provenance.Provenance) => steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])

describe("DockerConfigLookup", () => {
  const found = answering({ Username: "helper", Secret: "p" })
  const nothing = always(FakeProcess.notFound)
  const broken = always({ stdout: "broken", exit: 1 })

  it.effect("prefers credHelpers to credsStore, and that to auths", () =>
    Effect.gen(function*() {
      const config = { credHelpers: { "a.io": "h" }, credsStore: "s", auths: { "a.io": entry("file") } }
      const helpers = {
        "docker-credential-h": found,
        "docker-credential-s": answering({ Username: "store", Secret: "p" })
      }
      assert.strictEqual(yield* user({ config, helpers }, "a.io"), "helper")
      assert.strictEqual(yield* user({ config: { ...config, credHelpers: { "b.io": "h" } }, helpers }, "a.io"), "store")
      assert.strictEqual(yield* user({ config: { auths: config.auths }, helpers }, "a.io"), "file")
      assert.strictEqual(
        yield* user({ config: { ...config, credsStore: "", credHelpers: {} }, helpers }, "a.io"),
        "file"
      )
    }))

  it.effect("prefers credHelpers to an entry of the image's own namespace", () =>
    Effect.gen(function*() {
      const config = { credHelpers: { "a.io": "h" }, auths: { "a.io/team": entry("team") } }
      assert.strictEqual(yield* user({ config, helpers: { "docker-credential-h": found } }, "a.io", "team/x"), "helper")
      assert.strictEqual(yield* user({ config, helpers: { "docker-credential-h": nothing } }, "a.io", "team/x"), "team")
    }))

  it.effect("passes a key of credHelpers to the helper as it is written", () =>
    Effect.gen(function*() {
      const asked = (key: string, host: string, repository?: string) =>
        Effect.map(
          lookup(
            { config: { credHelpers: { [key]: "h" } }, helpers: { "docker-credential-h": found } },
            host,
            repository
          ),
          ({ started }) => started.map(({ stdin }) => stdin)
        )
      const hub = "https://index.docker.io/v1/"
      for (const key of ["a.io", "https://a.io", "https://a.io/v2/", "A.IO", "a.io:443", "http://a.io"]) {
        assert.deepEqual(yield* asked(key, "a.io"), [key])
      }
      for (const key of [hub, "docker.io", "index.docker.io", "registry-1.docker.io", "https://docker.io"]) {
        for (const host of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
          assert.deepEqual(yield* asked(key, host), [key])
        }
      }
      assert.deepEqual(yield* asked("a.io/team", "a.io", "team/x"), ["a.io/team"])
      assert.deepEqual(yield* asked("a.io/team", "a.io", "other/x"), [])
      assert.deepEqual(yield* asked("b.io", "a.io"), [])
      assert.deepEqual(yield* asked(`${hub}access-token`, "docker.io"), [])
    }))

  it.effect("queries credsStore with Docker Hub's own key", () =>
    Effect.gen(function*() {
      const setup = { config: { credsStore: "s" }, helpers: { "docker-credential-s": found } }
      for (const host of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
        const { outcome, started } = yield* lookup(setup, host, "library/busybox")
        assert.deepEqual(started.map(({ stdin }) => stdin), ["https://index.docker.io/v1/"])
        assert.deepInclude(outcome, {
          from: "credsStore",
          origin: `docker-credential-s (docker config ${home}, $.credsStore)`
        })
      }
      const { started } = yield* lookup(setup, "a.io:5000", "x")
      assert.deepEqual(started.map(({ stdin }) => stdin), ["a.io:5000"])
    }))

  it.effect("continues with auths and then the next file when the store has no credential", () =>
    Effect.gen(function*() {
      const helpers = { "docker-credential-s": nothing }
      const next = { "/home/u/.config/containers/auth.json": `{"auths":{"a.io":{"auth":"${basic("next", "p")}"}}}` }
      const config = { credsStore: "s", auths: { "a.io": entry("file") } }
      assert.strictEqual(yield* user({ config, helpers }, "a.io"), "file")
      for (const auths of [{}, { "a.io": {} }]) {
        assert.strictEqual(yield* user({ config: { credsStore: "s", auths }, helpers, files: next }, "a.io"), "next")
        assert.strictEqual(yield* user({ config: { credsStore: "s", auths }, helpers }, "a.io"), "none")
      }
      const perHost = { credHelpers: { "a.io": "s" }, credsStore: "unasked", auths: { "a.io": {} } }
      const answer = yield* lookup({ config: perHost, helpers, files: next }, "a.io")
      assert.propertyVal(answer.outcome, "username", "next")
      assert.lengthOf(answer.started, 1)
    }))

  it.effect("disables the store for one registry by an empty name or null", () =>
    Effect.gen(function*() {
      for (const off of ["", null]) {
        const setup = {
          config: { credsStore: "s", credHelpers: { "a.io": off }, auths: { "a.io": entry("file") } },
          helpers: { "docker-credential-s": found }
        }
        const { outcome, started } = yield* lookup(setup, "a.io")
        assert.propertyVal(outcome, "username", "file")
        assert.lengthOf(started, 0)
        assert.strictEqual(yield* user(setup, "b.io"), "helper")
      }
    }))

  it.effect("rejects a helper name of another type for the requested registry only", () =>
    Effect.gen(function*() {
      for (const name of [42, {}, ["h"], true]) {
        const error = yield* failure({ config: { credHelpers: { "a.io": name } } }, "a.io")
        assert.deepInclude({ ...error }, { _tag: "DockerConfigMalformed", at: `$.credHelpers["a.io"]` })
      }
    }))

  it.effect("fails when the helper fails, whatever auths contains", () =>
    Effect.gen(function*() {
      const auths = { "a.io": entry("file") }
      const helpers = { "docker-credential-h": broken }
      assert.strictEqual(yield* user({ config: { credsStore: "h", auths }, helpers }, "a.io"), "HelperFailed")
      assert.strictEqual(
        yield* user({ config: { credHelpers: { "a.io": "h" }, auths }, helpers }, "a.io"),
        "HelperFailed"
      )
    }))

  it.effect("fails for a store that fails only if docker has a login there", () =>
    Effect.gen(function*() {
      const config = (auths: unknown) => ({ credsStore: "h", auths })
      const replies: ReadonlyArray<FakeProcess.Reply> = [
        { exit: 255 },
        { stdout: "no session bus", exit: 1 },
        { stdout: "garbage" },
        { delay: "1 hour" }
      ]
      for (const reply of replies) {
        const setup = { helpers: { "docker-credential-h": always(reply) }, timeout: 1 }
        const run = (auths: unknown) =>
          Effect.gen(function*() {
            const fiber = yield* Effect.fork(lookup({ ...setup, config: config(auths) }, "a.io"))
            yield* TestClock.adjust("1 minute")
            return yield* Fiber.join(fiber)
          })
        for (const auths of [undefined, {}, { "b.io": {} }]) {
          const { outcome, provenance } = yield* run(auths)
          assert.strictEqual(outcome, "none")
          assert.match(warned(provenance).join(" "), /^docker-credential-h .*echo a\.io \| docker-credential-h get/)
        }
        for (const auths of [{ "a.io": {} }, { "https://a.io/v1/": null }, { "a.io": entry("file") }]) {
          assert.match(`${Object((yield* run(auths)).outcome)._tag}`, /^Helper(Failed|OutputInvalid|Timeout)$/)
        }
      }
      const perHost = { config: { credHelpers: { "a.io": "h" } }, helpers: { "docker-credential-h": broken } }
      assert.strictEqual(yield* user(perHost, "a.io"), "HelperFailed")
    }))

  it.effect("says what to remove when a store is not installed", () =>
    Effect.gen(function*() {
      const message = (config: unknown, host = "a.io") =>
        Effect.map(failure({ config }, host), (error) => error.message)
      assert.strictEqual(
        yield* message({ credsStore: "desktop", auths: { "a.io": {} } }),
        `docker-credential-desktop is not installed (searched /fake/bin), but ${home} says that it holds the login of a.io. ` +
          `Install it, or remove the line "credsStore" from that file, then run docker login a.io.`
      )
      assert.match(
        yield* message({ credsStore: "desktop", auths: { "https://index.docker.io/v1/": {} } }, "docker.io"),
        /then run docker login\.$/
      )
      assert.strictEqual(
        yield* message({ credHelpers: { "a.io": "x" } }),
        `docker-credential-x is not installed (searched /fake/bin), but ${home} names it for a.io. ` +
          `Install it, or remove the line $.credHelpers["a.io"] from that file, then run docker login a.io.`
      )
      const { provenance } = yield* lookup({ config: { credsStore: "desktop" } }, "a.io")
      assert.deepEqual(warned(provenance), [
        `docker-credential-desktop is not installed, but ${home} names it ("credsStore"). ` +
        "If its logins are not for this machine, remove that line."
      ])
      // The advice mends it.
      const mended = { auths: { "a.io": entry("u") } }
      assert.strictEqual(yield* user({ config: mended }, "a.io"), "u")
    }))

  it.effect("requires an installed store only for a registry with an empty entry", () =>
    Effect.gen(function*() {
      const warned = (auths: unknown, host = "a.io") =>
        Effect.map(lookup({ config: { credsStore: "desktop", auths } }, host), ({ outcome, warnings }) => [
          outcome === "none" ? "none" : "_tag" in outcome ? outcome._tag : outcome.username,
          ...warnings
        ])
      assert.deepEqual(yield* warned({}), ["none", "CredsStoreMissing"])
      assert.deepEqual(yield* warned({ "b.io": {} }), ["none", "CredsStoreMissing"])
      assert.deepEqual(yield* warned({ "a.io": entry("file") }), ["file", "CredsStoreMissing"])
      assert.deepEqual(yield* warned({ "a.io": {}, "https://a.io": entry("file") }), ["file", "CredsStoreMissing"])
      for (const marker of [{}, null, { auth: "" }, { email: "u@x" }]) {
        assert.deepEqual(yield* warned({ "https://a.io/v1/": marker }), ["HelperNotFound"])
      }
      assert.deepEqual(yield* warned({ "https://index.docker.io/v1/": {} }, "registry-1.docker.io"), ["HelperNotFound"])
      assert.deepEqual(yield* warned({ "a.io": { auth: "!" } }), ["AuthEntryInvalid"])
      const next = { "/home/u/.config/containers/auth.json": `{"auths":{"a.io":{"auth":"dTpw"}}}` }
      assert.strictEqual(yield* user({ config: { credsStore: "desktop" }, files: next }, "a.io"), "u")
    }))
})

const output = (stdout: string): Output => ({ exitCode: 0, stdout: Redacted.make(stdout), stderr: Redacted.make("") })

const layerOf = (run: Process["Type"]["run"]) =>
  DockerCredentialHelper.layer.pipe(
    Layer.provide(Layer.succeed(Process, {
      searchPath: Effect.succeed(["/bin"]),
      find: (name) => Effect.succeedSome(`/bin/${name}`),
      run
    }))
  )

const query = (run: ReturnType<Process["Type"]["run"]>) =>
  Effect.flatMap(DockerCredentialHelper.DockerCredentialHelper, (helper) => helper.get(request)).pipe(
    Effect.provide(layerOf(() => run))
  )
