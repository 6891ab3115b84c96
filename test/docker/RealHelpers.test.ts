import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import * as Process from "../../src/platform/Process.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { eventually } from "../eventually.ts"

const answer = `{"ServerURL":"a.io","Username":"u","Secret":"hunter2"}`

interface Run {
  readonly timeout?: Duration.DurationInput
  readonly serverKey?: string
  /** Entries of PATH behind the folder of the helper. */
  readonly path?: string
}

/** Runs a script as `docker-credential-x`; `$DIR` in it is a folder of its own. */
const run = (script: string | Uint8Array, options: Run = {}) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    const program = `${folder}/docker-credential-x`
    yield* fs.writeFile(program, typeof script === "string" ? new TextEncoder().encode(script) : script)
    yield* fs.chmod(program, 0o755)
    const environment = TestEnvironment.layer(
      { PATH: `${folder}:${options.path ?? "/usr/bin:/bin"}`, DIR: folder },
      { cwd: folder }
    )
    const helper = DockerCredentialHelper.layerWith({ timeout: options.timeout ?? "10 seconds" }).pipe(
      Layer.provide(Process.layer),
      Layer.provide(environment)
    )
    const [elapsed, outcome] = yield* Effect.flatMap(DockerCredentialHelper.DockerCredentialHelper, (helper) =>
      helper.get({ name: "x", serverKey: options.serverKey ?? "a.io", path: "/c.json", at: "$.credsStore" })).pipe(
        Effect.either,
        Effect.timed,
        Effect.provide(helper)
      )
    return {
      elapsed: Duration.toMillis(elapsed),
      outcome,
      read: (file: string) =>
        fs.readFileString(`${folder}/${file}`)
    }
  })

const sh = (...lines: ReadonlyArray<string>) => ["#!/bin/sh", ...lines, ""].join("\n")

const failed = (script: string | Uint8Array, options: Run = {}) =>
  Effect.flatMap(
    run(script, options),
    ({ elapsed, outcome }) =>
      outcome._tag === "Left"
        ? Effect.succeed({ ...outcome.left, elapsed, error: outcome.left })
        : Effect.dieMessage("found")
  )

/** Whether a process has ended; that its parent, or init, has taken note of it is not asked for. */
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

describe("real docker-credential programs", () => {
  live("the key arrives on stdin without a line break, the command is get", () =>
    Effect.gen(function*() {
      const serverKey = "https://index.docker.io/v1/"
      const { outcome, read } = yield* run(
        sh("cat > $DIR/stdin", "echo \"$0 $*\" > $DIR/argv", `printf '%s' '${answer}'`),
        { serverKey }
      )
      if (outcome._tag === "Left") return assert.fail(outcome.left.message)
      assert.strictEqual(outcome.right.userPassword?.username, "u")
      assert.strictEqual(yield* read("stdin"), serverKey)
      assert.match(yield* read("argv"), /^\/.*\/docker-credential-x get\n$/)
    }))

  live("a helper may answer without reading its stdin", () =>
    Effect.gen(function*() {
      const { outcome } = yield* run(sh("exec 0<&-", `printf '%s' '${answer}'`), { serverKey: "k".repeat(1024 * 1024) })
      assert.strictEqual(outcome._tag, "Right")
    }))

  live(
    "reference defect 28: a helper that hangs dies with its children, also when they ignore SIGTERM",
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

  live("a grandchild that keeps stdout open does not hold up the answer, or our own end", () =>
    Effect.gen(function*() {
      const before = pipes()
      const { elapsed, outcome, read } = yield* run(sh("sleep 30 &", "echo $! > $DIR/pid", `printf '%s' '${answer}'`))
      assert.strictEqual(outcome._tag, "Right")
      assert.isBelow(elapsed, 5000)
      yield* eventually(Effect.sync(() => assert.isAtMost(pipes(), before)))
      process.kill(Number(yield* read("pid")))
    }))

  live("garbage and floods are refused without being shown", () =>
    Effect.gen(function*() {
      const garbage = yield* failed(sh("head -c 500 /dev/zero; printf 'hunter2\\377\\376'"))
      assert.deepInclude(garbage, { _tag: "HelperOutputInvalid", reason: "not a JSON object" })
      assert.notInclude(inspect(garbage, { depth: 9 }), "hunter2")
      const flood = yield* failed(sh("yes hunter2 | head -c 2097152"))
      assert.deepInclude(flood, { _tag: "HelperOutputInvalid", reason: "more than 1048576 bytes" })
      assert.notInclude(inspect(flood, { depth: 9 }), "hunter2")
    }))

  live("reference defect 28: a failure is told in the helper's words, stderr included", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* failed(sh("echo locked >&2", "exit 3")), { _tag: "HelperFailed", reason: "locked" })
      assert.deepInclude(yield* failed(sh("echo 'credentials not found in native keychain'", "exit 1")), {
        _tag: "CredentialNotFound"
      })
      assert.deepInclude(yield* failed(sh("kill -SEGV $$")), {
        _tag: "HelperFailed",
        reason: "it was killed (SIGSEGV)"
      })
    }))

  live("what cannot be started is the helper's failure, not a bug", () =>
    Effect.gen(function*() {
      for (const program of ["#!/no/such/interpreter\n", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0])]) {
        assert.propertyVal(yield* failed(program), "_tag", "HelperFailed")
      }
      // Thrown by Node rather than told by an event.
      assert.deepInclude(yield* failed(sh("exit 0"), { path: "/usr/bin\0" }), {
        _tag: "HelperFailed",
        reason: "it cannot be started (ERR_INVALID_ARG_VALUE)"
      })
    }))

  live("a relative folder of PATH is not searched", () =>
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
        helper.get({ name: "x", serverKey: "a.io", path: "/c.json", at: "$.credsStore" })).pipe(
          Effect.flip,
          Effect.orDie,
          Effect.provide(helper)
        )
      assert.deepInclude({ ...error }, { _tag: "HelperNotFound", searched: ["/nowhere"] })
    }))

  live("octets outside ASCII come through", () =>
    Effect.gen(function*() {
      const { outcome } = yield* run(sh(`printf '%s' '{"Username":"ü","Secret":"pä€"}'`))
      if (outcome._tag === "Left") return assert.fail(outcome.left.message)
      assert.strictEqual(Redacted.value(outcome.right.userPassword!.password), "pä€")
    }))
})

const pipes = (): number => process.getActiveResourcesInfo().filter((name) => name === "PipeWrap").length
