/** `get` answers correctly if the agent is killed, hangs or cannot be used. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { execFileSync } from "node:child_process"
import { chownSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import * as net from "node:net"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { eventually } from "../eventually.ts"
import * as World from "./World.ts"

const archive = "https://github.com/o/r/archive/v1.tar.gz"

const headersOf = (output: World.Output): Record<string, ReadonlyArray<string>> => {
  assert.deepStrictEqual([output.code, output.stderr], [0, ""])
  return JSON.parse(output.stdout).headers
}

const isToken = (output: World.Output, token: string): void =>
  assert.deepStrictEqual(headersOf(output), { Authorization: [`Bearer ${token}`] })

const withAgent = Effect.fnUntraced(function*(users: World.Users, base: Readonly<Record<string, string>> = {}) {
  const world = yield* users.make(base)
  yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
  const status = Effect.map(
    world.run(["agent-status", "--json"]),
    ({ stdout }): { readonly pid: number; readonly hits: number; readonly misses: number } => JSON.parse(stdout)
  )
  return { world, status }
})

/** The running agents of a home directory, by process ID. */
const agentsOf = (home: string): ReadonlyArray<string> =>
  readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("agent-launch") &&
        readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`HOME=${home}`)
    } catch {
      // It has ended, or belongs to another user.
      return false
    }
  })

const canMount = ((): boolean => {
  try {
    execFileSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" })
    return true
  } catch {
    if (process.env["CI"] !== undefined) throw new Error("CI has to be able to mount: unshare -rm")
    process.stderr.write("SKIPPED: full and read-only disks need unshare -rm, which is not allowed here\n")
    return false
  }
})()

describe.each(World.all)("get, %s", (form, users) => {
  it.scopedLive("starts exactly one agent in 200 concurrent calls", () =>
    Effect.gen(function*() {
      const { world } = yield* withAgent(users)
      const most = yield* Ref.make(0)
      const watch = Effect.forever(
        Effect.zipRight(
          Effect.flatMap(Effect.sync(() => agentsOf(world.home).length), (now) =>
            Ref.update(most, (max) => Math.max(max, now))),
          Effect.sleep("20 millis")
        )
      )
      const calls = Effect.forEach(Array.from({ length: 200 }), () =>
        world.get(archive, { GH_TOKEN: "t" }), {
        concurrency: "unbounded"
      })
      const outputs = yield* Effect.raceFirst(calls, watch)
      for (const output of outputs) isToken(output, "t")
      assert.strictEqual(yield* Ref.get(most), 1)
      assert.strictEqual(agentsOf(world.home).length, 1)
    }), 60_000)

  // Node.js takes four times as long to start; the agent is the same.
  const calls = form === "on Node.js" ? 200 : 2000

  it.scopedLive(
    `answers ${calls} calls correctly while the agent is killed at random`,
    () =>
      Effect.gen(function*() {
        const { world } = yield* withAgent(users)
        const killed = new Set<string>()
        const killer = Effect.gen(function*() {
          yield* Effect.sleep(yield* Random.nextRange(200, 1000))
          for (const pid of agentsOf(world.home)) {
            killed.add(pid)
            yield* Effect.ignore(Effect.try(() => process.kill(Number(pid), "SIGKILL")))
          }
        }).pipe(Effect.forever)
        const run = Effect.forEach(
          Array.from({ length: calls }, (_, n) => `token-${n % 7}`),
          (token) => Effect.map(world.get(archive, { GH_TOKEN: token }), (output) => isToken(output, token)),
          { concurrency: 12, discard: true }
        )
        yield* Effect.raceFirst(run, killer)
        assert.isAtLeast(killed.size, 3)
      }),
    180_000
  )

  it.scopedLive("answers if the agent is killed while it works on the request", () =>
    Effect.gen(function*() {
      const { status, world } = yield* withAgent(users)
      const registry = FakeRegistry.bearer({
        users: { me: { password: "pw" } },
        images: { "org/app": FakeRegistry.image() }
      })
      const { count, origin } = yield* FakeRegistry.serve(
        registry.pipe(FakeRegistry.fault("token", { _tag: "Delay", for: "800 millis" }))
      )
      world.write("workspace/.tweag-credential-helper.json", World.loopback)
      world.write(".docker/config.json", { auths: { [origin.host]: World.auth("me", "pw") } })
      yield* world.get("https://example.com/")
      const { pid } = yield* status
      const asked = eventually(Effect.map(count("token"), (sent) => assert.strictEqual(sent, 1)))
      const [output] = yield* Effect.all(
        [
          world.get(`${origin}v2/org/app/manifests/latest`),
          Effect.map(asked, () => process.kill(pid, "SIGKILL"))
        ],
        { concurrency: 2 }
      )
      assert.match(headersOf(output)["Authorization"]?.[0] ?? "", /^Bearer /)
      assert.strictEqual(yield* count("token"), 2)
    }))

  it.scopedLive("answers if the agent is suspended, and uses it again when it resumes", () =>
    Effect.gen(function*() {
      const { status, world } = yield* withAgent(users)
      isToken(yield* world.get(archive, { GH_TOKEN: "a" }), "a")
      const { pid } = yield* status
      process.kill(pid, "SIGSTOP")
      const [elapsed, output] = yield* Effect.timed(world.get(archive, { GH_TOKEN: "b" }))
      isToken(output, "b")
      assert.isBelow(Duration.toMillis(elapsed), 8000)
      process.kill(pid, "SIGCONT")
      isToken(yield* world.get(archive, { GH_TOKEN: "c" }), "c")
      assert.strictEqual((yield* status).pid, pid)
    }), 30_000)

  it.scopedLive("sends a request larger than the socket buffer, and resolves one larger than the limit itself", () =>
    Effect.gen(function*() {
      const { status, world } = yield* withAgent(users)
      const padding = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`PADDING_${n}`, "x".repeat(100_000)]))
      yield* world.get(archive, { GH_TOKEN: "t" })
      isToken(yield* world.get(archive, { GH_TOKEN: "t", ...padding(8) }), "t")
      assert.strictEqual((yield* status).hits, 1)
      isToken(yield* world.get(archive, { GH_TOKEN: "t", ...padding(12) }), "t")
      assert.strictEqual((yield* status).hits, 1)
    }))

  it.scopedLive("fails with exit code 74 if it cannot write the answer", () =>
    Effect.gen(function*() {
      const { world } = yield* withAgent(users)
      const full = (env: Readonly<Record<string, string>>) =>
        world.shell(`echo '{"uri":"${archive}"}' | "$PROGRAM" get > /dev/full`, { GH_TOKEN: "t", ...env })
      yield* world.get(archive, { GH_TOKEN: "t" })
      for (const env of [{}, { CREDENTIAL_HELPER_STANDALONE: "1" }]) {
        const output = yield* full(env)
        assert.strictEqual(output.code, 74)
        assert.match(output.stderr, /^credential-helper: [^\n]*ENOSPC[^\n]*\n$/)
      }
    }))

  // bun itself does not start in a removed directory, and reports that in one line.
  it.scopedLive("answers in a workspace that was removed", () =>
    Effect.gen(function*() {
      const { world } = yield* withAgent(users)
      const gone = `mkdir gone && cd gone && rmdir ../gone && echo '{"uri":"${archive}"}' | "$PROGRAM" get`
      const output = yield* world.shell(gone, { GH_TOKEN: "t" })
      if (form === "on Node.js") return isToken(output, "t")
      assert.strictEqual(output.code, 1)
      assert.match(output.stderr, /^[^\n]*directory was deleted[^\n]*\n$/)
    }))

  it.runIf(process.getuid?.() === 0)(
    "does not use a directory or a socket of another user",
    () =>
      Effect.gen(function*() {
        const { world } = yield* withAgent(users)
        const lies = net.createServer((socket) =>
          socket.on("data", () => socket.end("0 {\"headers\":{\"X\":[\"lie\"]}}\n"))
        )
        for (const owner of ["directory", "socket"]) {
          const directory = `${world.home}/${owner}`
          mkdirSync(directory, { mode: 0o700 })
          const socket = `${directory}/a.sock`
          yield* Effect.async<void>((resume) => void lies.listen(socket, () => resume(Effect.void)))
          chownSync(owner === "directory" ? directory : socket, 12_345, 12_345)
          isToken(yield* world.get(archive, { GH_TOKEN: "t", CREDENTIAL_HELPER_AGENT_SOCKET: socket }), "t")
          if (owner === "directory") {
            for (const command of ["agent-status", "agent-invalidate", "agent-logs"]) {
              const output = yield* world.run([command], "", { CREDENTIAL_HELPER_AGENT_SOCKET: socket })
              assert.deepStrictEqual([output.code, output.stdout], [3, ""])
              assert.match(output.stderr, /not private/)
            }
          }
          yield* Effect.async<void>((resume) => void lies.close(() => resume(Effect.void)))
        }
      }).pipe(Effect.scoped, Effect.runPromise)
  )

  describe.runIf(canMount)("disks", () => {
    const mounted = (mount: string) =>
      Effect.gen(function*() {
        const world = yield* users.make()
        const script = `mkdir -p "$HOME/.cache" && ${mount} && echo '{"uri":"${archive}"}' | "$PROGRAM" get`
        isToken(yield* world.shell(script, { GH_TOKEN: "t" }, ["unshare", "-rm"]), "t")
        assert.deepStrictEqual(agentsOf(world.home), [])
      })

    it.scopedLive("answers with a full disk", () =>
      mounted(`mount -t tmpfs -o size=4k,nr_inodes=2 tmpfs "$HOME/.cache" && touch "$HOME/.cache/last"`))

    it.scopedLive("answers with a read-only home directory", () => mounted(`mount -t tmpfs -o ro tmpfs "$HOME"`))
  })

  // In a /tmp of its own, because the real one belongs to the user of this machine; the program may be in it, too.
  it.runIf(canMount)("uses an agent in /tmp if HOME is not set", () =>
    Effect.gen(function*() {
      const world = yield* users.make()
      const run = `env -i GH_TOKEN=t PATH="$PATH" "/mnt/\${PROGRAM#"$ROOT/"}"`
      const script = [
        `ROOT="\${PROGRAM%/*/*}" && cd / && mount --bind "$ROOT" /mnt && mount -t tmpfs tmpfs /tmp`,
        `echo '{"uri":"${archive}"}' | ${run} get`,
        `${run} agent-shutdown >&2`
      ].join(" && ")
      const output = yield* world.shell(script, {}, ["unshare", "-rm"])
      assert.deepStrictEqual([output.code, output.stderr], [0, "stopping the agent\n"])
      assert.include(output.stdout, "Bearer t")
    }).pipe(Effect.scoped, Effect.runPromise))
})
