// npm run demo: pulls a private image behind a token service with the headers that `credential-helper get` prints.
// Everything runs on this machine and is removed afterwards.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const program = `${root}bin/credential-helper`

if (!existsSync(`${root}dist/testing.js`)) {
  process.stderr.write("demo: the program is not built. Run: npm run build\n")
  process.exit(1)
}
if (process.platform === "win32") {
  process.stderr.write("demo: docker-credential-demo is a shell script, which does not run on Windows\n")
  process.exit(1)
}
const { FakeProcess, FakeRegistry } = await import("effect-credential-helper/testing")

class DemoFailed extends Data.TaggedError("DemoFailed")<{ readonly message: string }> {}

const must = (condition: boolean, message: string): Effect.Effect<void, DemoFailed> =>
  condition ? Effect.void : Effect.fail(new DemoFailed({ message }))

interface User {
  readonly username: string
  readonly secret: string
}

interface Answer {
  readonly expires?: string
  readonly headers: Readonly<Record<string, ReadonlyArray<string>>>
}

let steps = 0
const show = (what: string, ...[first = "", ...rest]: ReadonlyArray<string>): void => {
  process.stdout.write(`${`${++steps}`.padStart(2)}  ${what.padEnd(44)}  ${first}\n`)
  for (const line of rest) process.stdout.write(`${" ".repeat(50)}${line}\n`)
}

/** A home directory whose docker config leaves the secret to a helper executable, as with Docker Desktop. */
const makeHome = (host: string, user: User): string => {
  const home = mkdtempSync(`${tmpdir()}/credential-helper-demo-`)
  const write = (name: string, content: string) => {
    mkdirSync(dirname(`${home}/${name}`), { recursive: true })
    writeFileSync(`${home}/${name}`, content)
  }
  write(".docker/config.json", JSON.stringify({ credHelpers: { [host]: "demo" } }))
  write("bin/docker-credential-demo", FakeProcess.script(FakeProcess.holding({ [host]: user })))
  chmodSync(`${home}/bin/docker-credential-demo`, 0o755)
  return home
}

/** Runs the program as Bazel does: one process, the URI on stdin, the headers on stdout. */
const get = (home: string, uri: string): Effect.Effect<Answer, DemoFailed> =>
  Effect.async((resume) => {
    const child = spawn(program, ["get"], {
      cwd: home,
      env: {
        PATH: `${home}/bin:${process.env["PATH"]}`,
        HOME: home,
        CREDENTIAL_HELPER_CONFIG_FILE: `${root}.tweag-credential-helper.json`,
        // An agent would keep running after the demo.
        CREDENTIAL_HELPER_STANDALONE: "1"
      }
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text)
    child.on("error", ({ message }) => resume(Effect.fail(new DemoFailed({ message }))))
    child.on("close", (code) =>
      resume(
        code === 0
          ? Effect.sync(() => JSON.parse(stdout))
          : Effect.fail(new DemoFailed({ message: stderr }))
      ))
    child.stdin.on("error", () => undefined)
    child.stdin.end(JSON.stringify({ uri }))
    return Effect.sync(() => child.kill())
  })

const download = (uri: string, headers: Readonly<Record<string, string>>) =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(uri, { headers, signal, redirect: "manual" })
      const bytes = Buffer.from(await response.arrayBuffer())
      return { status: response.status, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` }
    },
    catch: (error) => new DemoFailed({ message: error instanceof Error ? error.message : `${error}` })
  })

/** Header names and authentication schemes without the secrets. */
const masked = (headers: Answer["headers"]): ReadonlyArray<string> =>
  Object.entries(headers).map(([name, values]) =>
    name === "Authorization" ? `${name}: ${values[0]?.split(" ")[0]} ********` : `${name}: ${values.length} value(s)`
  )

const short = (digest: string): string => `${digest.slice(0, 19)}…`

const pull = (home: string, name: string, uri: string, digest: string) =>
  Effect.gen(function*() {
    const refused = yield* download(uri, {})
    show(`${name}, downloaded without headers`, `${refused.status}`)
    yield* must(refused.status === 401, `the private ${name} was readable without credentials`)
    const { expires, headers } = yield* get(home, uri)
    show(`${name}, credential-helper get`, ...masked(headers), `expires: ${expires}`)
    const joined = Object.entries(headers).map(([name, values]) => [name, values.join(", ")])
    const found = yield* download(uri, Object.fromEntries(joined))
    const isRight = found.status === 200 && found.digest === digest
    show(
      `${name}, downloaded with these headers`,
      `${found.status}, ${short(found.digest)} ${isRight ? "is right" : "is WRONG"}`
    )
    yield* must(isRight, `the ${name} could not be downloaded`)
  })

const demo = Effect.gen(function*() {
  const user = { username: "demo", secret: randomBytes(16).toString("hex") }
  const image = FakeRegistry.image({ files: { "hello.txt": "hello\n" } })
  const registry = yield* FakeRegistry.serve(FakeRegistry.bearer({
    users: { [user.username]: { password: user.secret } },
    images: { "demo/private": image }
  }))
  const { origin } = registry
  show("a registry with a token service", origin.href)
  const home = yield* Effect.acquireRelease(
    Effect.sync(() => makeHome(origin.host, user)),
    (home) => Effect.sync(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
  )
  show("a home with a docker config", `${home}/.docker/config.json`)
  show("its helper executable", "docker-credential-demo")
  const at = (path: string) => new URL(`/v2/demo/private/${path}`, origin).href
  yield* pull(home, "manifest", at("manifests/latest"), image.manifest.digest)
  for (const { digest } of image.layers) yield* pull(home, "blob", at(`blobs/${digest}`), digest)
  process.stdout.write(`\nPulled a private image with ${yield* registry.count("token")} token requests.\n`)
})

const report = (error: unknown) =>
  Effect.sync(() => {
    process.stderr.write(`\ndemo: ${error instanceof Error ? error.message.trim() : error}\n`)
    process.exitCode = 1
  })

// runMain interrupts the demo on the first signal, which runs every finalizer. npm and terminals send a second one, which
// must not end the process meanwhile.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined)
process.on("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

demo.pipe(
  Effect.scoped,
  Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => new DemoFailed({ message: "timed out after 30 s" }) }),
  Effect.catchAll(report),
  Effect.catchAllDefect(report),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, end) => end(exit._tag === "Success" ? Number(process.exitCode ?? 0) : 130)
  })
)
