import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import type { Credential } from "../../src/domain/Credential.ts"
import * as Process from "../../src/platform/Process.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { eventually } from "../eventually.ts"

const answer = `{"ServerURL":"a.io","Username":"u","Secret":"hunter2"}`

interface Run {
  readonly timeout?: Duration.DurationInput
  readonly serverKey?: string
  /** Entries of PATH after the directory of the helper. */
  readonly path?: string
}

/** Runs a script as `docker-credential-x` in its own directory, `$DIR`. */
const run = (script: string | Uint8Array, options: Run = {}) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    const program = `${directory}/docker-credential-x`
    yield* fs.writeFile(program, typeof script === "string" ? new TextEncoder().encode(script) : script)
    yield* fs.chmod(program, 0o755)
    const environment = TestEnvironment.layer(
      { PATH: `${directory}:${options.path ?? "/usr/bin:/bin"}`, DIR: directory },
      { cwd: directory }
    )
    const helper = DockerCredentialHelper.layerWith({ timeout: options.timeout ?? "10 seconds" }).pipe(
      Layer.provide(Process.layer),
      Layer.provide(environment)
    )
    const [elapsed, outcome] = yield* Effect.flatMap(DockerCredentialHelper.DockerCredentialHelper, (helper) =>
      helper.get({
        name: "x",
        serverKey: options.serverKey ?? "a.io",
        path: "/c.json",
        at: "$.credsStore",
        login: "docker login a.io"
      })).pipe(
        Effect.either,
        Effect.timed,
        Effect.provide(helper)
      )
    return {
      elapsed: Duration.toMillis(elapsed),
      outcome,
      read: (file: string) =>
        fs.readFileString(`${directory}/${file}`)
    }
  })

const credentialIn = (outcome: Either.Either<Option.Option<Credential>, Error>) =>
  Option.getOrThrow(Either.getOrThrow(outcome))

const sh = (...lines: ReadonlyArray<string>) => ["#!/bin/sh", ...lines, ""].join("\n")

const failed = (script: string | Uint8Array, options: Run = {}) =>
  Effect.flatMap(
    run(script, options),
    ({ elapsed, outcome }) =>
      outcome._tag === "Left"
        ? Effect.succeed({ ...outcome.left, elapsed, error: outcome.left })
        : Effect.dieMessage("found")
  )

/** Whether a process has exited, even if its parent has not yet waited for it. */
const isGone = (pid: number) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(`/proc/${pid}/stat`)).pipe(
    Effect.map((stat) => / [ZX] /.test(stat)),
    Effect.catchAll(() => Effect.sync(() => !isSignalled(pid)))
  )

const isSignalled = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const live = (
  name: string,
  test: () => Effect.Effect<void, PlatformError, FileSystem.FileSystem | Scope.Scope>
) => it.scopedLive(name, () => Effect.provide(test(), NodeFileSystem.layer))

describe("docker-credential executables", () => {
  live("receive the key on stdin without a newline, and the command get", () =>
    Effect.gen(function*() {
      const serverKey = "https://index.docker.io/v1/"
      const { outcome, read } = yield* run(
        sh("cat > $DIR/stdin", "echo \"$0 $*\" > $DIR/argv", `printf '%s' '${answer}'`),
        { serverKey }
      )
      assert.strictEqual(credentialIn(outcome).userPassword?.username, "u")
      assert.strictEqual(yield* read("stdin"), serverKey)
      assert.match(yield* read("argv"), /^\/.*\/docker-credential-x get\n$/)
    }))

  live("may answer without reading their stdin", () =>
    Effect.gen(function*() {
      const { outcome } = yield* run(sh("exec 0<&-", `printf '%s' '${answer}'`), { serverKey: "k".repeat(1024 * 1024) })
      assert.strictEqual(outcome._tag, "Right")
    }))

  live(
    "are killed with their children on timeout, even if they ignore SIGTERM",
    () =>
      Effect.gen(function*() {
        const { elapsed, outcome, read } = yield* run(
          sh("trap '' TERM INT HUP", "sh -c \"trap '' TERM; sleep 30\" &", "echo $$ $! > $DIR/pids", "sleep 30"),
          { timeout: "1 second" }
        )
        assert.propertyVal(Object(outcome).left, "_tag", "HelperTimeout")
        assert.isBelow(elapsed, 5000)
        const pids = (yield* read("pids")).trim().split(" ").map(Number)
        assert.lengthOf(pids, 2)
        for (const pid of pids) yield* eventually(Effect.map(isGone(pid), (is) => assert.isTrue(is)))
      })
  )

  live(
    "may leave a child that keeps stdout open without delaying the answer or our exit",
    () =>
      Effect.gen(function*() {
        const before = pipes()
        const { elapsed, outcome, read } = yield* run(sh("sleep 30 &", "echo $! > $DIR/pid", `printf '%s' '${answer}'`))
        assert.strictEqual(outcome._tag, "Right")
        assert.isBelow(elapsed, 5000)
        yield* eventually(Effect.sync(() => assert.isAtMost(pipes(), before)))
        process.kill(Number(yield* read("pid")))
      })
  )

  live("are rejected without being quoted when they print garbage or too much", () =>
    Effect.gen(function*() {
      const garbage = yield* failed(sh("head -c 500 /dev/zero; printf 'hunter2\\377\\376'"))
      assert.deepInclude(garbage, { _tag: "HelperOutputInvalid", reason: "not a JSON object" })
      assert.notInclude(inspect(garbage, { depth: 9 }), "hunter2")
      const flood = yield* failed(sh("yes hunter2 | head -c 2097152"))
      assert.deepInclude(flood, { _tag: "HelperOutputInvalid", reason: "more than 1048576 bytes" })
      assert.notInclude(inspect(flood, { depth: 9 }), "hunter2")
    }))

  live("have their message from stdout or stderr in the failure", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* failed(sh("echo locked >&2", "exit 3")), { _tag: "HelperFailed", reason: "locked" })
      const { outcome } = yield* run(sh("echo 'credentials not found in native keychain'", "exit 1"))
      assert.deepStrictEqual(outcome, Either.right(Option.none()))
      assert.deepInclude(yield* failed(sh("kill -SEGV $$")), {
        _tag: "HelperFailed",
        reason: "it was killed (SIGSEGV)"
      })
    }))

  live("fail with a typed error when they cannot be started", () =>
    Effect.gen(function*() {
      for (const program of ["#!/no/such/interpreter\n", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0])]) {
        assert.propertyVal(yield* failed(program), "_tag", "HelperFailed")
      }
      // Node.js throws this one instead of emitting an event.
      assert.deepInclude(yield* failed(sh("exit 0"), { path: "/usr/bin\0" }), {
        _tag: "HelperFailed",
        reason: "it cannot be started (ERR_INVALID_ARG_VALUE)"
      })
    }))

  live("are not searched in a relative directory of PATH", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const cwd = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${cwd}/docker-credential-x`, sh(`printf '%s' '${answer}'`))
      yield* fs.chmod(`${cwd}/docker-credential-x`, 0o755)
      const helper = DockerCredentialHelper.layer.pipe(
        Layer.provide(Process.layer),
        Layer.provide(TestEnvironment.layer({ PATH: ".::/nowhere:bin" }, { cwd }))
      )
      const error = yield* Effect.flatMap(DockerCredentialHelper.DockerCredentialHelper, (helper) =>
        helper.get({ name: "x", serverKey: "a.io", path: "/c.json", at: "$.credsStore", login: "docker login a.io" }))
        .pipe(
          Effect.flip,
          Effect.orDie,
          Effect.provide(helper)
        )
      assert.deepInclude({ ...error }, { _tag: "HelperNotFound", searched: ["/nowhere"] })
    }))

  live("may print characters outside ASCII", () =>
    Effect.gen(function*() {
      const { outcome } = yield* run(sh(`printf '%s' '{"Username":"ü","Secret":"pä€"}'`))
      const { userPassword } = credentialIn(outcome)
      assert.strictEqual(userPassword && Redacted.value(userPassword.password), "pä€")
    }))
})

const pipes = (): number => process.getActiveResourcesInfo().filter((name) => name === "PipeWrap").length
