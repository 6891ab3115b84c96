import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import * as OldAgents from "../../../src/agent/server/OldAgents.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A server at a path; returns the commands that it receives. */
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
  command === "status" ? `0 ${JSON.stringify({ version, more: 1 })}\n` : "0 stopping the agent\n"

const own = "agent-s1-own.sock"

const retire = (directory: string, name = own) =>
  Logger.withMinimumLogLevel(
    OldAgents.retire({ directory, socket: `${directory}/${name}` }, { timeout: "200 millis" }),
    LogLevel.None
  )

describe("OldAgents", () => {
  it("supersedes the same and lower versions, and nothing else", () => {
    for (const older of ["0.0.9", "0.1.0", "0.1.0-rc.1", "0.1.0+build.7"]) {
      assert.isTrue(OldAgents.isSuperseded(older, "0.1.0"), older)
    }
    for (const newer of ["0.1.1", "0.2.0", "0.10.0", "1.0.0", "1.0.0-rc.1", "", "0.1", "v0.1.0", "hello"]) {
      assert.isFalse(OldAgents.isSuperseded(newer, "0.1.0"), newer)
    }
    assert.isFalse(OldAgents.isSuperseded("0.1.0", "0.1.0-rc.1"))
    assert.isTrue(OldAgents.isSuperseded("0.9.0", "0.10.0"))
    assert.isTrue(OldAgents.isSuperseded("0.1.0-rc.9", "0.1.0-rc.10"))
    assert.isFalse(OldAgents.isSuperseded("0.1.0-rc.10", "0.1.0-rc.9"))
  })

  it.scopedLive("stops agents of older versions and its own, but not of newer versions or with other settings", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
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

  it.scopedLive("removes the files of killed agents, but not of one that is starting", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
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

  it.scopedLive("leaves agents that respond with something else or do not respond", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
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

  it.scopedLive("does nothing for a socket path set by the user, nor in a missing directory", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const older = yield* listening(`${directory}/agent-s1-a.sock`, ofVersion("0.0.1"))
      yield* retire(directory, "mine.sock")
      yield* retire(`${directory}/none`)
      assert.deepStrictEqual(older, [])
    }))
})
