import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import * as OldAgents from "../../../src/agent/server/OldAgents.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Whoever listens there; gives the commands that it was sent. */
const listening = (path: string, reply: (command: string) => string | undefined) =>
  Effect.gen(function*() {
    const commands: Array<string> = []
    const server = net.createServer((socket) =>
      socket.on("error", () => undefined).on("data", (line) => {
        const { command } = JSON.parse(line.toString("utf8"))
        commands.push(command)
        const text = reply(command)
        if (text !== undefined) socket.end(text)
      })
    )
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(path, () => resume(Effect.void))),
      () => Effect.sync(() => server.close())
    )
    return commands
  })

const ofVersion = (version: string) => (command: string) =>
  command === "status" ? `0 ${JSON.stringify({ version, more: 1 })}\n` : "0 the agent stops\n"

const own = "agent-s1-own.sock"

const retire = (directory: string, name = own) =>
  Logger.withMinimumLogLevel(OldAgents.retire({ directory, socket: `${directory}/${name}` }), LogLevel.None)

describe("Predecessors", () => {
  it("versions have an order, and what is none has no place in it", () => {
    for (const older of ["0.0.9", "0.1.0", "0.1.0-rc.1", "0.1.0+build.7"]) {
      assert.isTrue(OldAgents.isReplaced(older, "0.1.0"), older)
    }
    for (const newer of ["0.1.1", "0.2.0", "0.10.0", "1.0.0", "1.0.0-rc.1", "", "0.1", "v0.1.0", "hello"]) {
      assert.isFalse(OldAgents.isReplaced(newer, "0.1.0"), newer)
    }
    assert.isFalse(OldAgents.isReplaced("0.1.0", "0.1.0-rc.1"))
    assert.isTrue(OldAgents.isReplaced("0.9.0", "0.10.0"))
  })

  it.scopedLive("an older agent and one of the same version are stopped; a newer one and other settings are not", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const at = (name: string, version: string) => listening(`${directory}/${name}`, ofVersion(version))
      const older = yield* at("agent-s1-a.sock", "0.0.1")
      const same = yield* at("agent-s1-b.sock", "0.1.0")
      const newer = yield* at("agent-s1-c.sock", "99.0.0")
      const elsewhere = yield* at("agent-s2-a.sock", "0.0.1")
      const itself = yield* at(own, "0.1.0")
      yield* retire(directory)
      assert.deepStrictEqual([older, same, newer, elsewhere, itself], [
        ["status", "shutdown"],
        ["status", "shutdown"],
        ["status"],
        [],
        []
      ])
    }))

  it.scopedLive("what a killed one left is removed, unless one is about to start there", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const old = (name: string) => {
        writeFileSync(`${directory}/${name}`, "1\n")
        utimesSync(`${directory}/${name}`, 1, 1)
      }
      const left = [
        "agent-s1-a.sock",
        "agent-s1-a.sock.lock",
        "agent-s1-a.sock.start",
        "agent-s1-a.log",
        "agent-s1-b.log"
      ]
      const others = ["agent-s2-a.sock", "agent-s2-a.log", "else", "agent-s1-own.log", "agent-s1-own.sock.lock"]
      for (const name of [...left, ...others, "agent-s1-c.log", "agent-s1-d.log"]) old(name)
      writeFileSync(`${directory}/agent-s1-c.sock.lock`, `${process.pid}\n`)
      writeFileSync(`${directory}/agent-s1-d.sock.start`, "1\n")
      const kept = readdirSync(directory).filter((name) => !left.includes(name))
      yield* retire(directory)
      assert.deepStrictEqual(readdirSync(directory), kept)
    }))

  it.scopedLive("one that talks nonsense is left alone, and so is one that hangs", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const at = (name: string, reply: string | undefined) => listening(`${directory}/${name}`, () => reply)
      const all = [
        yield* at("agent-s1-a.sock", "hello\n"),
        yield* at("agent-s1-b.sock", "0 {}\n"),
        yield* at("agent-s1-c.sock", `0 {"version":1}\n`),
        yield* at("agent-s1-d.sock", `0 {"version":"old"}\n`),
        yield* at("agent-s1-e.sock", "other build\n"),
        yield* at("agent-s1-f.sock", undefined)
      ]
      yield* retire(directory)
      for (const commands of all) assert.deepStrictEqual(commands, ["status"])
      assert.lengthOf(readdirSync(directory), 6)
    }))

  it.scopedLive("a socket of one's own naming has no predecessors, and a folder that has gone fails nobody", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const older = yield* listening(`${directory}/agent-s1-a.sock`, ofVersion("0.0.1"))
      yield* retire(directory, "mine.sock")
      yield* retire(`${directory}/none`)
      assert.deepStrictEqual(older, [])
    }))
})
