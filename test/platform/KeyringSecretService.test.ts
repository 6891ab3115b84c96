/** Runs against a real Secret Service: GNOME's, headless, on its own session bus. */
// Programs of this machine are under test.
// @effect-diagnostics  processEnv:off
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import * as Path from "node:path"
import * as Files from "../../src/platform/Files.ts"
import * as Keyring from "../../src/platform/Keyring.ts"
import * as Process from "../../src/platform/Process.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const path = process.env["PATH"] ?? ""

const missing = ["secret-tool", "dbus-run-session", "gnome-keyring-daemon"].filter((name) =>
  !path.split(":").some((directory) => Fs.existsSync(Path.join(directory, name)))
)

if (missing.length > 0) {
  process.stderr.write(`SKIPPED: the keyring was not tested against a Secret Service; missing: ${missing.join(", ")}\n`)
}

/** The session ends when its stdin is closed. */
const script = `
printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null
printf 'token' | secret-tool store --label=test service gh:github.com username ''
printf 'line\\n' | secret-tool store --label=test service newline username ''
printf 'mine' | secret-tool store --label=test -- service --help username me
printf '%s\\n' "$DBUS_SESSION_BUS_ADDRESS"
cat >/dev/null
`

const session = Effect.acquireRelease(
  Effect.async<{ readonly address: string; readonly child: ChildProcess.ChildProcess; readonly home: string }>(
    (resume) => {
      const home = Fs.mkdtempSync(Path.join(tmpdir(), "keyring-"))
      const child = ChildProcess.spawn("dbus-run-session", ["--", "sh", "-c", script], {
        env: { PATH: path, HOME: home, XDG_RUNTIME_DIR: home },
        stdio: ["pipe", "pipe", "ignore"]
      })
      child.stdout.once("data", (line) => resume(Effect.succeed({ address: String(line).trim(), child, home })))
    }
  ),
  ({ child, home }) =>
    Effect.async<void>((resume) => {
      child.once("exit", () => {
        Fs.rmSync(home, { recursive: true, force: true })
        resume(Effect.void)
      })
      child.stdin?.end()
    })
)

describe.skipIf(missing.length > 0)(`Keyring with a Secret Service${missing.length > 0 ? " (SKIPPED)" : ""}`, () => {
  it.scopedLive("finds the entries of go-keyring, and returns none for others", () =>
    Effect.gen(function*() {
      const { address, home } = yield* session
      const environment = TestEnvironment.layer(
        { PATH: path, HOME: home, DBUS_SESSION_BUS_ADDRESS: address },
        { cwd: home, userHome: Option.some(home) }
      )
      const keyring = yield* Keyring.make.pipe(
        Effect.provide(Layer.merge(Files.layer, Process.layer)),
        Effect.provide(Layer.merge(environment, NodeFileSystem.layer))
      )
      const get = (service: string, account = "") =>
        Effect.map(keyring.get(service, account), (secret) => Option.getOrNull(Option.map(secret, Redacted.value)))
      assert.strictEqual(yield* get("gh:github.com"), "token")
      assert.strictEqual(yield* get("newline"), "line\n")
      assert.strictEqual(yield* get("--help", "me"), "mine")
      assert.isNull(yield* get("--help"))
      assert.isNull(yield* get("absent"))
    }))

  it.scopedLive("is unavailable when the session bus does not exist", () =>
    Effect.gen(function*() {
      const environment = TestEnvironment.layer({
        PATH: path,
        DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus"
      }, { cwd: "/" })
      const keyring = yield* Keyring.make.pipe(
        Effect.provide(Layer.merge(Files.layer, Process.layer)),
        Effect.provide(Layer.merge(environment, NodeFileSystem.layer))
      )
      assert.strictEqual((yield* Effect.flip(keyring.get("s", "")))._tag, "KeyringUnavailable")
    }))
})
