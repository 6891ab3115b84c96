/** A user with their own home directory, and the built program, started as Bazel does. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { assert } from "vitest"
import { eventually } from "../eventually.ts"

/** Both forms of the program, which `npm test` builds and which must behave alike. */
export const forms = {
  "on Node.js": new URL("../../bin/credential-helper", import.meta.url).pathname,
  "as an executable": new URL("../../dist/credential-helper", import.meta.url).pathname
}

export interface Output {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface World {
  readonly home: string
  readonly environment: Readonly<Record<string, string>>
  readonly write: (path: string, content: unknown, mode?: number) => void
  readonly start: (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => ChildProcess
  readonly run: (
    args: ReadonlyArray<string>,
    stdin?: string,
    env?: Readonly<Record<string, string>>
  ) => Effect.Effect<Output>
  readonly get: (uri: string, env?: Readonly<Record<string, string>>) => Effect.Effect<Output>
  /** Runs a script of `sh` in the workspace, in which `$PROGRAM` is the program. `inside`: a command that runs it. */
  readonly shell: (
    script: string,
    env?: Readonly<Record<string, string>>,
    inside?: ReadonlyArray<string>
  ) => Effect.Effect<Output>
}

const collect = (child: ChildProcess, stdin: string): Effect.Effect<Output> =>
  Effect.async((resume) => {
    let stdout = ""
    let stderr = ""
    child.stdout?.setEncoding("utf8").on("data", (text) => stdout += text)
    child.stderr?.setEncoding("utf8").on("data", (text) => stderr += text)
    child.on("close", (code, signal) => resume(Effect.succeed({ code, signal, stdout, stderr })))
    child.stdin?.on("error", () => undefined)
    child.stdin?.end(stdin)
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const build = (program: string, home: string, base: Readonly<Record<string, string>>): World => {
  const environment = { PATH: `${home}/bin:${process.env["PATH"]}`, HOME: home, ...base }
  const launch = (command: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
    spawn(command, [...args], { cwd: `${home}/workspace`, env: { ...environment, ...env } })
  const start: World["start"] = (args, env = {}) => launch(program, args, env)
  const run: World["run"] = (args, stdin = "", env = {}) => Effect.suspend(() => collect(start(args, env), stdin))
  return {
    home,
    environment,
    start,
    run,
    shell: (script, env = {}, inside = []) =>
      Effect.suspend(() => {
        const [command = "sh", ...args] = [...inside, "sh", "-c", script]
        return collect(launch(command, args, { ...env, PROGRAM: program }), "")
      }),
    get: (uri, env) => run(["get"], JSON.stringify({ uri }), env),
    write: (path, content, mode = 0o600) => {
      const file = `${home}/${path}`
      mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true })
      writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
      chmodSync(file, mode)
    }
  }
}

/** A user of one form of the program. */
export interface Users {
  readonly program: string
  readonly make: (base?: Readonly<Record<string, string>>) => Effect.Effect<World, never, Scope.Scope>
  /** Without an agent: every `get` resolves by itself. */
  readonly standalone: Effect.Effect<World, never, Scope.Scope>
}

const users = (program: string): Users => {
  const make: Users["make"] = (base = {}) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const home = mkdtempSync(`${tmpdir()}/ch-`)
        mkdirSync(`${home}/workspace`)
        mkdirSync(`${home}/bin`)
        return build(program, home, base)
      }),
      ({ home }) => Effect.sync(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
    )
  return { program, make, standalone: Effect.suspend(() => make({ CREDENTIAL_HELPER_STANDALONE: "1" })) }
}

/** Users of each form, under its name. */
export const all: ReadonlyArray<readonly [form: string, users: Users]> = Object.entries(forms).map(
  ([form, program]) => [form, users(program)] as const
)

/** Zombies do not count: init reaps them. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

/** Waits until a process has exited. */
export const gone = (pid: number) => eventually(Effect.sync(() => assert.isFalse(isAlive(pid))))

/** Kills a process and waits until it has exited. */
export const kill = (pid: number) => Effect.zipRight(Effect.sync(() => process.kill(pid, "SIGKILL")), gone(pid))

/** An entry for the registry of the test, which unknown hosts need. */
export const loopback = { urls: [{ host: "127.0.0.1:*", helper: "oci" }] }

export const auth = (user: string, password: string) => ({
  auth: Buffer.from(`${user}:${password}`).toString("base64")
})
