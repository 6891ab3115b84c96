// npm run demo: a private image behind a token service, pulled with the headers that `credential-helper get` prints.
// Everything is on this machine, and nothing of it is left afterwards.
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const program = `${root}bin/credential-helper`

const load = async () => {
  try {
    return await Promise.all([
      import("../dist/testing.js"),
      import("effect/Effect"),
      import("@effect/platform-node/NodeRuntime")
    ])
  } catch (error) {
    process.stderr.write(`demo: the program is not built (${error.code ?? error.message}). Run: npm run build\n`)
    return process.exit(1)
  }
}
if (process.platform === "win32") {
  process.stderr.write("demo: its docker-credential-demo is a shell script, and Windows does not start those\n")
  process.exit(1)
}
const [{ FakeProcess, FakeRegistry }, Effect, NodeRuntime] = await load()

let steps = 0
const show = (what, outcome) => {
  const [first, ...rest] = [outcome].flat()
  process.stdout.write(`${`${++steps}`.padStart(2)}  ${what.padEnd(44)}  ${first}\n`)
  for (const line of rest) process.stdout.write(`${" ".repeat(50)}${line}\n`)
}

class DemoFailed extends Error {}
const must = (condition, message) => {
  if (!condition) throw new DemoFailed(message)
}

/** A home with a docker config that leaves the secret to a helper program, as Docker Desktop does. */
const makeHome = (registry, user) => {
  const home = mkdtempSync(`${tmpdir()}/credential-helper-demo-`)
  const write = (name, text) => {
    mkdirSync(dirname(`${home}/${name}`), { recursive: true })
    writeFileSync(`${home}/${name}`, text)
  }
  write(".docker/config.json", JSON.stringify({ credHelpers: { [registry.host]: "demo" } }))
  write("bin/docker-credential-demo", FakeProcess.script(FakeProcess.holding({ [registry.host]: user })))
  chmodSync(`${home}/bin/docker-credential-demo`, 0o755)
  return home
}

/** Asks the program as Bazel does: a process, the URI on stdin, the answer on stdout. */
const ask = (home, uri) =>
  Effect.async((resume) => {
    const child = spawn(program, ["get"], {
      cwd: home,
      env: {
        PATH: `${home}/bin:${process.env.PATH}`,
        HOME: home,
        CREDENTIAL_HELPER_CONFIG_FILE: `${root}.tweag-credential-helper.json`,
        // No agent would outlive the demo.
        CREDENTIAL_HELPER_STANDALONE: "1"
      }
    })
    const printed = { stdout: "", stderr: "" }
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => printed[name] += text)
    child.on("error", (error) => resume(Effect.fail(error)))
    child.on("close", (code) =>
      resume(code === 0 ? Effect.sync(() => JSON.parse(printed.stdout)) : Effect.fail(new DemoFailed(printed.stderr))))
    child.stdin.on("error", () => undefined)
    child.stdin.end(JSON.stringify({ uri }))
    return Effect.sync(() => child.kill())
  })

const download = (uri, headers) =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(uri, { headers, signal, redirect: "manual" })
      const bytes = Buffer.from(await response.arrayBuffer())
      return { status: response.status, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` }
    },
    catch: (error) => error
  })

/** Header names and schemes, and nothing that lets anybody in. */
const masked = (headers) =>
  Object.entries(headers).map(([name, values]) =>
    name === "Authorization" ? `${name}: ${values[0].split(" ")[0]} ********` : `${name}: ${values.length} value(s)`
  )

const short = (digest) => `${digest.slice(0, 19)}…`

const pull = (home, name, uri, digest) =>
  Effect.gen(function*() {
    const refused = yield* download(uri, {})
    show(`${name}, downloaded without headers`, `${refused.status}`)
    must(refused.status === 401, `a private ${name} was open to everybody`)
    const { expires, headers } = yield* ask(home, uri)
    show(`${name}, credential-helper get`, [...masked(headers), `expires: ${expires}`])
    const found = yield* download(uri, Object.entries(headers).map(([name, values]) => [name, values.join(", ")]))
    const right = found.status === 200 && found.digest === digest
    show(`${name}, downloaded with these headers`, `${found.status}, ${short(found.digest)} ${right ? "is right" : "is WRONG"}`)
    must(right, `the ${name} did not come through`)
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
    Effect.sync(() => makeHome(origin, user)),
    (home) => Effect.sync(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
  )
  show("a home with a docker config", `${home}/.docker/config.json`)
  show("the helper that it names", `docker-credential-demo`)
  const [layer] = image.layers
  const at = (path) => new URL(`/v2/demo/private/${path}`, origin).href
  yield* pull(home, "manifest", at("manifests/latest"), image.manifest.digest)
  yield* pull(home, "blob", at(`blobs/${layer.digest}`), layer.digest)
  process.stdout.write(`\nA private image came through; the token service was asked ${yield* registry.count("token")} times.\n`)
})

const report = (error) =>
  Effect.sync(() => {
    process.stderr.write(`\ndemo: ${error instanceof Error ? error.message.trim() : error}\n`)
    process.exitCode = 1
  })

// The first signal is turned into an interruption by runMain, so that every finalizer runs. A second one, as npm and
// terminals send it, must not end the process in the middle of that.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined)
process.on("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

demo.pipe(
  Effect.scoped,
  Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => new DemoFailed("it took too long") }),
  Effect.catchAll(report),
  Effect.catchAllDefect(report),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, end) => end(exit._tag === "Success" ? process.exitCode ?? 0 : 130)
  })
)
