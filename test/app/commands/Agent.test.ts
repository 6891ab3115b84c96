import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { execFileSync } from "node:child_process"
import * as Program from "./program.ts"

/** A user with an empty runtime directory: no agent is running. */
const idle = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const setup: Program.Setup = {
    files: "real",
    variables: { XDG_RUNTIME_DIR: directory },
    environment: { uid: Option.fromNullable(process.getuid?.()) }
  }
  return { directory, setup }
}).pipe(Effect.provide(NodeFileSystem.layer))

describe("the agent commands", () => {
  it.scopedLive("report that no agent is running", () =>
    Effect.gen(function*() {
      const { directory, setup } = yield* idle
      const commands = [
        ["agent-status"],
        ["agent-status", "--json"]
      ]
      for (const args of commands) {
        const line = yield* Program.fails(6, args, setup)
        assert.isTrue(line.startsWith(`no agent is running at ${directory}/credential-helper/agent-`), line)
      }
    }))

  it.scopedLive("have nothing to do without an agent, which is a success", () =>
    Effect.gen(function*() {
      const { directory, setup } = yield* idle
      const commands = [
        ["agent-prune"],
        ["agent-shutdown"],
        ["agent-invalidate"],
        ["agent-invalidate", "https://ghcr.io/v2/org/app/manifests/latest"]
      ]
      for (const args of commands) {
        const { code, stderr, stdout } = yield* Program.run(args, setup)
        assert.deepStrictEqual([code, stdout], [0, ""])
        assert.isTrue(stderr.startsWith(`credential-helper: no agent is running at ${directory}/`), stderr)
        const windows = yield* Program.run(args, { environment: { platform: "win32" } })
        assert.deepStrictEqual([windows.code, windows.stdout], [0, ""])
        assert.include(windows.stderr, "no agent on Windows")
      }
    }))

  it.effect("launch no agent where CREDENTIAL_HELPER_STANDALONE is set", () =>
    Effect.gen(function*() {
      const variables = { CREDENTIAL_HELPER_STANDALONE: "1" }
      const line = yield* Program.fails(2, ["agent-launch"], { variables })
      assert.match(line, /^CREDENTIAL_HELPER_STANDALONE is set.* env -u CREDENTIAL_HELPER_STANDALONE /)
    }))

  it.scopedLive("report that there is no log", () =>
    Effect.gen(function*() {
      const { directory, setup } = yield* idle
      const line = yield* Program.fails(2, ["agent-logs"], setup)
      assert.isTrue(line.startsWith(`there is no log at ${directory}/credential-helper/`), line)
    }))

  const isRoot = process.getuid?.() === 0

  it.runIf(isRoot)(
    "use /tmp instead of a directory of another user, and say how to repair it",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const home = yield* fs.makeTempDirectoryScoped()
        const directory = `${home}/.cache/credential-helper`
        yield* fs.makeDirectory(directory, { recursive: true })
        yield* fs.chmod(directory, 0o700)
        yield* fs.chown(directory, 12_345, 12_345)
        // No other test uses an agent with these settings.
        const setup: Program.Setup = {
          files: "real",
          variables: { HOME: home, NO_PROXY: home },
          environment: { uid: Option.some(0) }
        }
        const broken = yield* Program.run(["agent-status"], setup)
        assert.strictEqual(broken.code, 6)
        assert.include(
          broken.stderr,
          `${directory} is not used, because ${directory} belongs to user 12345, not to you.`
        )
        assert.match(broken.stderr, /no agent is running at \/tmp\/credential-helper-0\//)
        const [, command = ""] = /run: sudo ([^\n]+)/.exec(broken.stderr) ?? []
        execFileSync("sh", ["-c", command])
        assert.include(yield* Program.fails(6, ["agent-status"], setup), `no agent is running at ${directory}/`)

        yield* fs.chown(home, 12_345, 12_345)
        yield* fs.remove(`${home}/.cache`, { recursive: true })
        const other = yield* Program.run(["agent-status"], setup)
        assert.include(other.stderr, `${home} belongs to user 12345, not to you.\n`)
        assert.deepStrictEqual(yield* fs.readDirectory(home), [])
      }).pipe(Effect.provide(NodeFileSystem.layer), Effect.scoped, Effect.runPromise)
  )

  it.effect("reject an option in place of a URI", () =>
    Effect.gen(function*() {
      assert.include(yield* Program.fails(2, ["agent-invalidate", "--", "--all"]), "has no options")
    }))

  it.effect("reject a socket path that is not absolute", () =>
    Effect.gen(function*() {
      const variables = { CREDENTIAL_HELPER_AGENT_SOCKET: "agent.sock" }
      assert.include(yield* Program.fails(2, ["agent-status"], { variables }), "CREDENTIAL_HELPER_AGENT_SOCKET")
    }))

  it.effect("report that Windows has no agent", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, ["agent-status"], { environment: { platform: "win32" } })
      assert.include(line, "no agent on Windows")
    }))
})
