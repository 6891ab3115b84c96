import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import * as net from "node:net"
import { dirname } from "node:path"
import { eventually } from "../eventually.ts"
import * as World from "./World.ts"

const { "on Node.js": program } = World.forms
const bundle = `${dirname(dirname(program))}/dist/bin`
const identity = /="(\d+\.\d+\.\d+)",[^;]{0,80}?="([\w-]{16})"/

/** A copy of the program with another version and another digest of its sources. */
const rebuild = (home: string, version: string): string => {
  const directory = `${home}/${version}`
  mkdirSync(directory)
  writeFileSync(`${directory}/package.json`, `{"type":"module"}`)
  const files = readdirSync(bundle).map((name) => ({ name, text: readFileSync(`${bundle}/${name}`, "utf8") }))
  const [, own = "", digest = ""] = files.flatMap(({ text }) => identity.exec(text) ?? [])
  assert.notStrictEqual(digest, "")
  for (const { name, text } of files) {
    const other = text.replaceAll(`="${own}"`, `="${version}"`).replaceAll(digest, version.padEnd(16, "x"))
    writeFileSync(`${directory}/${name}`, other)
  }
  return `${directory}/credential-helper.cjs`
}

const [[, users] = assert.fail("there is no program")] = World.all

const uri = "https://github.com/o/r/archive/v1.tar.gz"

const run = (world: World.World, program: string, args: ReadonlyArray<string>, cwd = `${world.home}/workspace`) =>
  Effect.async<string>((resume) => {
    let stdout = ""
    const env = { ...world.environment, GH_TOKEN: "t" }
    const child = spawn(process.execPath, [program, ...args], { cwd, env })
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
    child.on("close", () => resume(Effect.succeed(stdout)))
    child.stdin.end(JSON.stringify({ uri }))
  })

const withPrograms = Effect.gen(function*() {
  const world = yield* users.make()
  const [older, newer] = [rebuild(world.home, "0.0.9"), rebuild(world.home, "9.0.0")]
  for (const one of [older, newer, program]) {
    yield* Effect.addFinalizer(() => run(world, one, ["agent-shutdown"]))
  }
  const get = (program: string) =>
    Effect.map(run(world, program, ["get"]), (stdout) => assert.include(stdout, `"Bearer t"`))
  const pid = (program: string) =>
    Effect.map(
      run(world, program, ["agent-status", "--json"]),
      (text): number => text === "" ? 0 : JSON.parse(text).pid
    )
  const directory = `${world.home}/.cache/credential-helper`
  return { world, older, newer, get, pid, directory }
})

describe("an upgrade", () => {
  it.scopedLive("replaces the agent of an older version, but not of a newer one", () =>
    Effect.gen(function*() {
      const { directory, get, newer, older, pid } = yield* withPrograms
      yield* get(older)
      const old = yield* pid(older)
      assert.isAbove(old, 0)
      yield* get(program)
      yield* World.gone(old)
      const ours = yield* pid(program)
      assert.isAbove(ours, 0)
      // A workspace that is pinned to the older version does not replace the newer agent.
      yield* get(older)
      assert.isAbove(yield* pid(older), 0)
      assert.strictEqual(yield* pid(program), ours)
      yield* get(newer)
      yield* World.gone(ours)
      assert.isAbove(yield* pid(newer), 0)
      assert.lengthOf(readdirSync(directory).filter((name) => name.endsWith(".sock")), 1)
    }), 60_000)

  it.scopedLive("removes the files of a killed agent", () =>
    Effect.gen(function*() {
      const { directory, get, older, pid } = yield* withPrograms
      yield* get(older)
      const old = yield* pid(older)
      yield* World.kill(old)
      const left = readdirSync(directory)
      for (const name of left) utimesSync(`${directory}/${name}`, 1, 1)
      yield* get(program)
      const still = () => readdirSync(directory).filter((name) => left.includes(name))
      yield* eventually(Effect.sync(() => assert.deepStrictEqual(still(), [])))
    }), 60_000)
})

describe("the agent of a user", () => {
  it.scopedLive("serves all workspaces", () =>
    Effect.gen(function*() {
      const { get, pid, world } = yield* withPrograms
      yield* get(program)
      const first = yield* pid(program)
      for (const name of ["a", "b"]) {
        mkdirSync(`${world.home}/${name}`)
        yield* run(world, program, ["get"], `${world.home}/${name}`)
        assert.strictEqual(yield* pid(program), first)
      }
    }), 60_000)

  it.scopedLive(
    "stops and removes its lock although a connection is open",
    () =>
      Effect.gen(function*() {
        const { directory, get, pid, world } = yield* withPrograms
        yield* get(program)
        const agent = yield* pid(program)
        const name = readdirSync(directory).find((name) => name.endsWith(".sock"))
        const socket = net.connect({ path: `${directory}/${name}` }).on("error", () => undefined)
        yield* Effect.async<void>((resume) => void socket.on("connect", () => resume(Effect.void)))
        yield* run(world, program, ["agent-shutdown"])
        yield* World.gone(agent)
        assert.deepStrictEqual(readdirSync(directory).filter((name) => !name.endsWith(".log")), [])
        yield* get(program)
      }),
    60_000
  )

  it.scopedLive(
    "is not needed if its socket is removed or replaced by a file",
    () =>
      Effect.gen(function*() {
        const { directory, get, world } = yield* withPrograms
        yield* get(program)
        const name = readdirSync(directory).find((name) => name.endsWith(".sock"))
        rmSync(`${directory}/${name}`)
        yield* get(program)
        rmSync(`${directory}/${name}`, { force: true })
        writeFileSync(`${directory}/${name}`, "0 {}\n")
        yield* get(program)
        assert.strictEqual((yield* world.get(uri, { GH_TOKEN: "t" })).stderr, "")
      }),
    60_000
  )
})
