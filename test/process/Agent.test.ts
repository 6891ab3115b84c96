import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import * as net from "node:net"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { eventually } from "../eventually.ts"
import * as World from "./World.ts"

const images = Object.fromEntries([0, 1, 2, 3].map((n) => [`org/app${n}`, FakeRegistry.image()]))
const registry = FakeRegistry.bearer({ users: { me: { password: "pw" }, you: { password: "pw" } }, images })

interface Status {
  readonly pid: number
  readonly hits: number
  readonly misses: number
  readonly entries: ReadonlyArray<unknown>
}

/** A user with a registry, whose agent is stopped at the end of the test. */
const withAgent = Effect.fnUntraced(function*(users: World.Users) {
  const world = yield* users.make()
  const { count, origin } = yield* FakeRegistry.serve(registry)
  world.write("workspace/.tweag-credential-helper.json", World.loopback)
  world.write(".docker/config.json", { auths: { [origin.host]: World.auth("me", "pw") } })
  yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
  const status = Effect.map(world.run(["agent-status", "--json"]), ({ stdout }): Status => JSON.parse(stdout))
  const directory = `${world.home}/.cache/credential-helper`
  const socket = () => `${directory}/${readdirSync(directory).find((name) => name.endsWith(".sock"))}`
  const manifest = (n = 0) => `${origin}v2/org/app${n}/manifests/latest`
  return { world, count, origin, status, directory, socket, manifest }
})

/** How many agents have started in a directory, by their logs. */
const started = (directory: string): number =>
  readdirSync(directory).filter((name) => name.endsWith(".log")).flatMap((name) =>
    readFileSync(`${directory}/${name}`, "utf8").match(/listening at/g) ?? []
  ).length

/** Waits until an agent has left nothing but its log. */
const isEmpty = (directory: string) =>
  eventually(
    Effect.sync(() => assert.deepStrictEqual(readdirSync(directory).filter((name) => !name.endsWith(".log")), []))
  )

const bearer = (output: World.Output): string => {
  assert.deepStrictEqual([output.code, output.stderr], [0, ""])
  return JSON.parse(output.stdout).headers.Authorization[0]
}

describe.each(World.all)("the agent, %s", (_, users) => {
  it.scopedLive("is started by the first get, answers the next, and stops on agent-shutdown", () =>
    Effect.gen(function*() {
      const { count, directory, manifest, socket, status, world } = yield* withAgent(users)
      const first = bearer(yield* world.get(manifest()))
      assert.strictEqual(bearer(yield* world.get(manifest())), first)
      assert.strictEqual(yield* count("token"), 1)
      const { entries, hits, misses, pid } = yield* status
      assert.deepStrictEqual([hits, misses, entries.length], [1, 1, 1])
      assert.strictEqual(statSync(directory).mode & 0o777, 0o700)
      assert.strictEqual(statSync(socket()).mode & 0o777, 0o600)
      // The first caller's environment must not stay in a process that runs for hours.
      assert.notInclude(readFileSync(`/proc/${pid}/environ`, "utf8"), "CANARY")
      assert.strictEqual((yield* world.run(["agent-shutdown"])).code, 0)
      yield* isEmpty(directory)
      const gone = yield* world.run(["agent-status"])
      assert.strictEqual(gone.code, 6)
      assert.match(gone.stderr, /^credential-helper: no agent is running[^\n]+\n$/)
    }))

  it.runIf(existsSync("/proc"))(
    "keeps the variables by which a CI system finds what a job has left",
    () =>
      Effect.gen(function*() {
        const { status, world } = yield* withAgent(users)
        const job = { CI: "true", BUILD_ID: "7", JENKINS_NODE_COOKIE: "n", RUNNER_TRACKING_ID: "github_1" }
        yield* world.get("https://example.com/", job)
        const { pid } = yield* status
        const kept = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")
        for (const [name, value] of Object.entries(job)) assert.include(kept, `${name}=${value}`)
      }).pipe(Effect.scoped, Effect.runPromise)
  )

  // sh supports only single-digit descriptors, which Node.js closes itself.
  it.runIf(existsSync("/bin/bash"))("closes the file descriptors of its first caller", () =>
    Effect.gen(function*() {
      const { status, world } = yield* withAgent(users)
      const get = `echo '{"uri":"https://example.com/"}' | "$PROGRAM" get`
      const holding = ["/bin/bash", "-c", `exec 7> "$HOME/held" 200> "$HOME/held"; exec "$@"`, "bash"]
      assert.strictEqual((yield* world.shell(get, {}, holding)).code, 0)
      const { pid } = yield* status
      const open = new Map(
        readdirSync(`/proc/${pid}/fd`).map((name) => {
          const path = `/proc/${pid}/fd/${name}`
          return [name, existsSync(path) ? readlinkSync(path) : ""]
        })
      )
      assert.notInclude([...open.values()], `${world.home}/held`)
      for (const name of ["0", "1", "2"]) assert.strictEqual(open.get(name), "/dev/null")
    }).pipe(Effect.scoped, Effect.runPromise))

  it.scopedLive(
    "is started once by 24 concurrent calls, and sends one token request for each repository",
    () =>
      Effect.gen(function*() {
        const { count, directory, manifest, world } = yield* withAgent(users)
        const outputs = yield* Effect.forEach(
          Array.from({ length: 24 }, (_, n) => manifest(n % 4)),
          (uri) => world.get(uri),
          { concurrency: "unbounded" }
        )
        for (const output of outputs) bearer(output)
        assert.deepStrictEqual([yield* count("base"), yield* count("token")], [1, 4])
        assert.strictEqual(started(directory), 1)
        // Calls to a running agent start none.
        for (const output of [yield* world.get(manifest()), yield* world.get(manifest(1))]) bearer(output)
        assert.strictEqual(started(directory), 1)
      }),
    60_000
  )

  it.scopedLive("takes changes of environment, login and configuration into account at the next get", () =>
    Effect.gen(function*() {
      const { manifest, origin, world } = yield* withAgent(users)
      const me = bearer(yield* world.get(manifest()))
      world.write(".docker/config.json", { auths: { [origin.host]: World.auth("you", "pw") } })
      const you = bearer(yield* world.get(manifest()))
      assert.notStrictEqual(you, me)
      rmSync(`${world.home}/.docker/config.json`)
      assert.strictEqual((yield* world.get(manifest())).code, 5)

      const uri = "https://github.com/o/r/archive/v1.tar.gz"
      assert.strictEqual(bearer(yield* world.get(uri, { GH_TOKEN: "one" })), "Bearer one")
      assert.strictEqual(bearer(yield* world.get(uri, { GH_TOKEN: "two" })), "Bearer two")
      assert.strictEqual(bearer(yield* world.get(uri, { GH_TOKEN: "one" })), "Bearer one")
      assert.strictEqual((yield* world.get(uri)).stdout, `{"headers":{}}\n`)

      const entry = (path: string, name: string) => ({
        host: "github.com",
        path,
        helper: "github",
        config: { lookup_chain: [{ source: "env", name }] }
      })
      world.write("workspace/.tweag-credential-helper.json", {
        urls: [entry("/a/*", "TOKEN_A"), entry("/b/*", "TOKEN_B")]
      })
      const tokens = { TOKEN_A: "ta", TOKEN_B: "tb" }
      for (const [path, token] of [["a", "ta"], ["b", "tb"], ["a", "ta"]] as const) {
        assert.strictEqual(
          bearer(yield* world.get(`https://github.com/${path}/r/archive/x`, tokens)),
          `Bearer ${token}`
        )
      }

      world.write("workspace/.tweag-credential-helper.json", { urls: [{ host: "github.com", helper: "null" }] })
      assert.strictEqual((yield* world.get(uri, { GH_TOKEN: "one" })).stdout, `{"headers":{}}\n`)
    }))

  it.runIf(process.getuid?.() === 0)(
    "leaves nothing in the home directory of another user",
    () =>
      Effect.gen(function*() {
        const { manifest, world } = yield* withAgent(users)
        const before = readdirSync(world.home).sort()
        chownSync(world.home, 12_345, 12_345)
        // No other test uses an agent with these settings.
        const env = { NO_PROXY: world.home }
        yield* Effect.addFinalizer(() => world.run(["agent-shutdown"], "", env))
        const first = bearer(yield* world.get(manifest(), env))
        assert.strictEqual(bearer(yield* world.get(manifest(), env)), first)
        const { stderr, stdout } = yield* world.run(["agent-status"], "", env)
        assert.match(stdout, /^socket +\/tmp\/credential-helper-0\//m)
        assert.match(stderr, /belongs to user 12345, not to you/)
        assert.deepStrictEqual(readdirSync(world.home).sort(), before)
        assert.strictEqual(
          (yield* world.run(["agent-launch"], "", { ...env, CREDENTIAL_HELPER_AGENT_SOCKET: `${world.home}/x/a.sock` }))
            .code,
          3
        )
        assert.deepStrictEqual(readdirSync(world.home).sort(), before)
      }).pipe(Effect.scoped, Effect.runPromise)
  )

  it.scopedLive("is not needed: get answers if the socket path is not usable", () =>
    Effect.gen(function*() {
      const { manifest, world } = yield* withAgent(users)
      const read = (name: string) => `${world.home}/${name}`
      mkdirSync(read("open"), { mode: 0o755 })
      chmodSync(read("open"), 0o755)
      writeFileSync(read("file"), "")
      mkdirSync(read("closed"), { mode: 0o700 })
      writeFileSync(read("closed/notes.txt"), "precious")
      const environments = [
        { HOME: `${read("file")}/home`, DOCKER_CONFIG: `${world.home}/.docker` },
        { CREDENTIAL_HELPER_AGENT_SOCKET: `${read("open")}/a.sock` },
        { CREDENTIAL_HELPER_AGENT_SOCKET: `${read("file")}/a.sock` },
        { CREDENTIAL_HELPER_AGENT_SOCKET: read("closed/notes.txt") },
        { CREDENTIAL_HELPER_AGENT_SOCKET: `/${"x".repeat(300)}/a.sock` },
        { CREDENTIAL_HELPER_AGENT_SOCKET: "relative.sock" }
      ]
      for (const env of environments) bearer(yield* world.get(manifest(), env))
      assert.deepStrictEqual(readdirSync(read("open")), [])
      assert.deepStrictEqual(readdirSync(read("closed")), ["notes.txt"])
      assert.strictEqual(readFileSync(read("closed/notes.txt"), "utf8"), "precious")
      const launched = yield* world.run(["agent-launch"], "", {
        CREDENTIAL_HELPER_AGENT_SOCKET: read("closed/notes.txt")
      })
      assert.deepStrictEqual([launched.code, launched.stdout], [3, ""])
      assert.match(launched.stderr, /not a socket/)
      assert.strictEqual(readFileSync(read("closed/notes.txt"), "utf8"), "precious")
    }), 60_000)

  it.scopedLive(
    "is ignored if it hangs, sends a malformed reply or closes the connection",
    () =>
      Effect.gen(function*() {
        const { manifest, world } = yield* withAgent(users)
        const own = `${world.home}/own`
        mkdirSync(own, { mode: 0o700 })
        const impostor = (name: string, onLine: (socket: net.Socket) => void) =>
          Effect.gen(function*() {
            const path = `${own}/${name}.sock`
            const server = net.createServer((socket) =>
              socket.on("error", () => undefined).once("data", () => onLine(socket))
            )
            yield* Effect.acquireRelease(
              Effect.async<void>((resume) => void server.listen(path, () => resume(Effect.void))),
              () => Effect.sync(() => server.close())
            )
            return path
          })
        const paths = [
          yield* impostor("hang", () => undefined),
          yield* impostor("cut", (socket) => socket.end("0 {\"headers\":{\"Author")),
          yield* impostor("garbage", (socket) => socket.end("hello\n")),
          yield* impostor("reset", (socket) => socket.destroy()),
          yield* impostor("other", (socket) => socket.end("other build\n"))
        ]
        for (const path of paths) bearer(yield* world.get(manifest(), { CREDENTIAL_HELPER_AGENT_SOCKET: path }))
      }),
    60_000
  )

  it.scopedLive("is restarted after it was killed, and no call fails", () =>
    Effect.gen(function*() {
      const { manifest, status, world } = yield* withAgent(users)
      for (let round = 0; round < 5; round++) {
        bearer(yield* world.get(manifest(round % 4)))
        const { pid } = yield* status
        const [, ...outputs] = yield* Effect.all([
          Effect.delay(Effect.sync(() => process.kill(pid, "SIGKILL")), `${round * 15} millis`),
          ...[0, 1, 2, 3].map((n) => world.get(manifest(n)))
        ], { concurrency: "unbounded" })
        for (const output of outputs) bearer(output as World.Output)
      }
    }), 60_000)

  it.scopedLive("removes its socket and its lock on SIGTERM, SIGINT and SIGHUP", () =>
    Effect.gen(function*() {
      const { directory, manifest, status, world } = yield* withAgent(users)
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
        yield* world.get(manifest())
        const { pid } = yield* status
        process.kill(pid, signal)
        process.kill(pid, signal)
        yield* isEmpty(directory)
      }
    }))

  it.scopedLive("removes its socket and its lock on SIGTERM while it works on a request", () =>
    Effect.gen(function*() {
      const { directory, status, world } = yield* withAgent(users)
      const slow = registry.pipe(FakeRegistry.fault("token", { _tag: "Delay", for: "5 seconds" }))
      const { count, origin } = yield* FakeRegistry.serve(slow)
      world.write(".docker/config.json", { auths: { [origin.host]: World.auth("me", "pw") } })
      yield* world.get("https://example.com/")
      const { pid } = yield* status
      const child = world.start(["get"])
      yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
      child.stdin?.end(JSON.stringify({ uri: `${origin}v2/org/app0/manifests/latest` }))
      yield* eventually(Effect.map(count("token"), (sent) => assert.strictEqual(sent, 1)))
      child.kill("SIGKILL")
      process.kill(pid, "SIGTERM")
      yield* isEmpty(directory)
    }))

  it.scopedLive("answers a get with the URI as an argument, which does not read stdin", () =>
    Effect.gen(function*() {
      const { count, manifest, status, world } = yield* withAgent(users)
      const answer = bearer(yield* world.get(manifest()))
      assert.strictEqual(bearer(yield* world.run(["get", manifest()], "not a request")), answer)
      const alone = yield* world.run(["get", manifest()], "not a request", { CREDENTIAL_HELPER_STANDALONE: "1" })
      bearer(alone)
      assert.deepInclude(yield* status, { hits: 1, misses: 1 })
      assert.strictEqual(yield* count("token"), 2)
    }))

  it.scopedLive("removes only expired answers on agent-prune", () =>
    Effect.gen(function*() {
      const { manifest, status, world } = yield* withAgent(users)
      const idle = yield* world.run(["agent-prune"])
      assert.deepStrictEqual([idle.code, idle.stdout], [0, ""])
      assert.match(idle.stderr, /^credential-helper: no agent is running at [^\n]+\n$/)
      yield* world.get(manifest())
      const output = yield* world.run(["agent-prune"])
      assert.deepStrictEqual([output.code, output.stdout], [0, "removed 0 cached answers\n"])
      assert.lengthOf((yield* status).entries, 1)
    }))

  it.scopedLive("continues if its caller is killed, and the next call gets the answer", () =>
    Effect.gen(function*() {
      const world = yield* users.make()
      const slow = registry.pipe(FakeRegistry.fault("token", { _tag: "Delay", for: "700 millis" }))
      const { count, origin } = yield* FakeRegistry.serve(slow)
      world.write("workspace/.tweag-credential-helper.json", World.loopback)
      world.write(".docker/config.json", { auths: { [origin.host]: World.auth("me", "pw") } })
      yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
      yield* world.get("https://example.com/")
      const child = world.start(["get"])
      child.stdin?.end(JSON.stringify({ uri: `${origin}v2/org/app0/manifests/latest` }))
      yield* eventually(Effect.map(count("token"), (sent) => assert.strictEqual(sent, 1)))
      child.kill("SIGKILL")
      bearer(yield* world.get(`${origin}v2/org/app0/manifests/latest`))
      assert.strictEqual(yield* count("token"), 1)
    }))
})
