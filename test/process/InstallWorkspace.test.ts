/** Runs `install-workspace` with the built program. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn, spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync
} from "node:fs"
import { version } from "../../src/domain/Version.ts"
import * as World from "./World.ts"

const root = new URL("../..", import.meta.url).pathname

interface Installation extends World.World {
  readonly workspace: string
  readonly installed: string
  readonly shim: string
  /** Runs `install-workspace` in the workspace, from a shell that runs `prelude` first. */
  readonly install: (args?: ReadonlyArray<string>, env?: Readonly<Record<string, string>>, prelude?: string) => Result
}

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const run = (
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  cwd: string
): Result => {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: 15_000 })
  return { code: status, stdout, stderr }
}

/** A stand-in for the executable. */
const double = "#!/bin/sh\nexit 9\n"

const users = new Map(World.all).get("on Node.js") ?? assert.fail("no such form")

/** A copy of the package whose executable is the stand-in, and a user whose paths contain spaces and quotes. */
const make: Effect.Effect<Installation, never, Scope.Scope> = Effect.map(users.standalone, (world) => {
  const workspace = `${world.home}/a "workspace" of Tim's`
  const installed = `${world.home}/.cache/tweag-credential-helper/bin/credential-helper-${version}`
  for (const path of ["bin", "dist/bin", "package.json"]) {
    cpSync(`${root}${path}`, `${world.home}/package/${path}`, { recursive: true, verbatimSymlinks: true })
  }
  world.write("package/dist/credential-helper", double, 0o644)
  world.write(`${workspace.slice(world.home.length + 1)}/MODULE.bazel`, "")
  return {
    ...world,
    workspace,
    installed,
    shim: `${workspace}/tools/credential-helper`,
    install: (args = [], env = {}, prelude = ":") =>
      run(
        "/bin/sh",
        ["-c", `${prelude}; exec "$0" install-workspace "$@"`, `${world.home}/package/bin/credential-helper`, ...args],
        { ...world.environment, ...env },
        workspace
      )
  }
})

const succeeds = (result: Result): string => {
  assert.deepStrictEqual([result.code, result.stderr], [0, ""])
  return result.stdout
}

const fails = (result: Result, code = 3): string => {
  assert.deepStrictEqual([result.code, result.stdout], [code, ""])
  assert.match(result.stderr, /^credential-helper: [^\n]+\n$/)
  return result.stderr
}

const modeOf = (path: string): number => statSync(path).mode & 0o777
const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

/** A directory on a different file system. */
const elsewhere = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync("/dev/shm/ch-")),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("install-workspace", () => {
  it.scopedLive("installs both files, reports them, and prints the lines for .bazelrc", () =>
    Effect.gen(function*() {
      const { install, installed, shim } = yield* make
      const [first, second, ...rest] = succeeds(install()).split("\n")
      assert.deepStrictEqual([first, second], [`installed: ${installed}`, `installed: ${shim}`])
      const lines = rest.filter((line) => line.startsWith("common "))
      assert.include(lines, "common --credential_helper=ghcr.io=%workspace%/tools/credential-helper")
      const readme = readFileSync(`${root}README.md`, "utf8")
      for (const line of lines) assert.include(readme, line.replace(/=%.*/, "="))
      assert.strictEqual(modeOf(shim), 0o755)
    }))

  it.scopedLive("keeps its own shim, replaces one of another version, and makes it executable again", () =>
    Effect.gen(function*() {
      const { install, shim, workspace, write } = yield* make
      succeeds(install())
      const before = statSync(shim).ino
      assert.include(succeeds(install()), `unchanged: ${shim}`)
      assert.strictEqual(statSync(shim).ino, before)
      chmodSync(shim, 0o644)
      assert.include(succeeds(install()), `installed: ${shim}`)
      assert.strictEqual(modeOf(shim), 0o755)
      write("old", readFileSync(shim, "utf8").replace(`version=${version}`, "version=0.0.1"))
      cpSync(`${directoryOf(workspace)}/old`, shim)
      assert.include(succeeds(install()), `installed: ${shim}`)
      assert.include(readFileSync(shim, "utf8"), `\nversion=${version}\n`)
    }))

  it.scopedLive("overwrites a file of another origin only with --force", () =>
    Effect.gen(function*() {
      const { home, install, installed, shim, write } = yield* make
      write(shim.slice(home.length + 1), "#!/bin/sh\necho theirs\n", 0o755)
      assert.include(fails(install()), "--force")
      assert.include(readFileSync(shim, "utf8"), "theirs")
      assert.isFalse(existsSync(installed), "fails before anything is written")
      succeeds(install(["--force"]))
      assert.notInclude(readFileSync(shim, "utf8"), "theirs")
    }))

  it.scopedLive("installs the running executable, which then needs nothing but sh", () =>
    Effect.gen(function*() {
      const { home, installed, shim, workspace } = yield* make
      const env = { HOME: home, PATH: "" }
      const executable = World.forms["as an executable"]
      assert.include(succeeds(run(executable, ["install-workspace"], env, workspace)), `installed: ${installed}`)
      assert.strictEqual(statSync(installed).size, statSync(executable).size)
      assert.strictEqual(succeeds(run(shim, ["version"], env, workspace)), `${version}\n`)
      const again = succeeds(run(shim, ["install-workspace"], env, workspace))
      assert.include(again, `unchanged: ${installed}\nunchanged: ${shim}\n`)
    }))

  it.scopedLive("writes nothing into a directory that is not a workspace", () =>
    Effect.gen(function*() {
      const { home, install, installed, workspace } = yield* make
      const env = { CREDENTIAL_HELPER_WORKSPACE_DIRECTORY: `${home}/workspace` }
      assert.include(fails(install([], env)), "CREDENTIAL_HELPER_WORKSPACE_DIRECTORY")
      assert.deepStrictEqual([readdirSync(`${home}/workspace`), existsSync(installed)], [[], false])
      succeeds(install([], { BUILD_WORKSPACE_DIRECTORY: workspace }))
    }))

  it.scopedLive("reports how to build the executable when there is none", () =>
    Effect.gen(function*() {
      const { home, install, shim } = yield* make
      rmSync(`${home}/package/dist/credential-helper`)
      assert.include(fails(install()), "npm run build:exe")
      assert.isFalse(existsSync(shim))
    }))

  it.scopedLive.skipIf(!existsSync("/dev/shm"))(
    "copies an executable file to another file system whatever the umask, and creates its directories",
    () =>
      Effect.gen(function*() {
        const { home, install } = yield* make
        const directory = yield* elsewhere
        assert.notStrictEqual(statSync(directory).dev, statSync(home).dev)
        succeeds(install([], { CREDENTIAL_HELPER_WORKDIR: `${directory}/not/there yet/` }, "umask 077"))
        const path = `${directory}/not/there yet/bin/credential-helper-${version}`
        assert.strictEqual(modeOf(path), 0o755)
        assert.deepStrictEqual(readFileSync(path, "utf8"), double)
        assert.deepStrictEqual(readdirSync(directoryOf(path)), [`credential-helper-${version}`])
      })
  )

  it.scopedLive("leaves the old executable and nothing else after a failed copy", () =>
    Effect.gen(function*() {
      const { home, install, installed, write } = yield* make
      succeeds(install())
      write("package/dist/credential-helper", "x".repeat(1024 * 1024))
      // A limit on the file size simulates a full disk.
      assert.include(fails(install([], {}, "ulimit -f 64")), `${installed} cannot be written (EFBIG)`)
      assert.deepStrictEqual(readdirSync(directoryOf(installed)), [`credential-helper-${version}`])
      assert.strictEqual(readFileSync(installed, "utf8"), double)
      // With a directory in its place, only the last step fails.
      write("package/dist/credential-helper", double)
      write(`taken/bin/credential-helper-${version}/file`, "")
      assert.include(fails(install([], { CREDENTIAL_HELPER_WORKDIR: `${home}/taken` })), "cannot be written (E")
      assert.deepStrictEqual(readdirSync(`${home}/taken/bin`), [`credential-helper-${version}`])
      const line = fails(install([], { CREDENTIAL_HELPER_WORKDIR: `${home}/package/package.json/x` }))
      assert.include(
        line,
        `${home}/package/package.json/x/bin/credential-helper-${version} cannot be written (ENOTDIR)`
      )
    }))

  it.scopedLive("replaces an executable while it runs, and can be installed over itself", () =>
    Effect.gen(function*() {
      const { home, install, installed } = yield* make
      const source = `${home}/package/dist/credential-helper`
      cpSync("/bin/sleep", source)
      succeeds(install())
      const running = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(installed, ["60"], { argv0: "sleep", stdio: "ignore" })),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const before = statSync(installed).ino
      assert.include(succeeds(install()), `unchanged: ${installed}`)
      assert.strictEqual(statSync(installed).ino, before)
      // Another program, as a build of the same version may be.
      appendFileSync(source, "\n")
      assert.include(succeeds(install()), `installed: ${installed}`)
      assert.notStrictEqual(statSync(installed).ino, before)
      assert.isNull(running.exitCode)
      rmSync(source)
      symlinkSync(installed, source)
      assert.include(succeeds(install()), `unchanged: ${installed}`)
    }))

  it.scopedLive("installs where the shim looks, also below XDG_CACHE_HOME or CREDENTIAL_HELPER_WORKDIR", () =>
    Effect.gen(function*() {
      const { home, install, shim, workspace } = yield* make
      const directories: ReadonlyArray<readonly [directory: string, env: Readonly<Record<string, string>>]> = [
        [`${home}/.cache/tweag-credential-helper`, {}],
        [`${home}/x d"g/tweag-credential-helper`, { XDG_CACHE_HOME: `${home}/x d"g` }],
        [`${home}/w'd`, { CREDENTIAL_HELPER_WORKDIR: `${home}/w'd` }],
        [`${workspace}/below/it`, { CREDENTIAL_HELPER_WORKDIR: "below/it" }],
        [`${home}/.cache/tweag-credential-helper`, { XDG_CACHE_HOME: "relative", CREDENTIAL_HELPER_WORKDIR: "" }],
        [`${home}/t/tweag-credential-helper`, { TEST_TMPDIR: `${home}/t`, XDG_CACHE_HOME: `${home}/x d"g` }]
      ]
      for (const [directory, env] of directories) {
        const path = `${directory}/bin/credential-helper-${version}`
        assert.include(succeeds(install([], env)), `installed: ${path}\n`)
        const result = run(shim, ["get"], { HOME: home, ...env }, workspace)
        assert.deepStrictEqual([result.code, result.stderr], [9, ""])
        rmSync(path)
        assert.include(fails(run(shim, ["get"], { HOME: home, ...env }, workspace)), "install-workspace")
      }
    }))
})
