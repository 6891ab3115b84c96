/** The start markers, with an agent that is one line of JavaScript. */
// @effect-diagnostics asyncFunction:off
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as Launcher from "../../../src/agent/client/Launcher.ts"
import * as UnixSocket from "../../../src/agent/endpoint/UnixSocket.ts"

const timing: Launcher.Timing = { ...Launcher.defaultTiming, startTimeoutMs: 3000, busyTimeoutMs: 100 }

/** The ID of a process that does not exist. */
const unused = 999_999_999

let directory = ""
let socket = ""
let marker = ""
let pids = ""

beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/ch-`)
  socket = `${directory}/a.sock`
  marker = UnixSocket.startMarkerPath(socket)
  pids = `${directory}/pids`
})

afterEach(() => {
  for (const pid of started()) if (UnixSocket.isAlive(pid)) process.kill(pid, "SIGKILL")
  rmSync(directory, { recursive: true, force: true })
})

/** The agents that were started, by process ID. */
const started = (): ReadonlyArray<number> =>
  existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n").map(Number) : []

/** Listens for at most 20 s. */
const agent = () => [
  process.execPath,
  "-e",
  `require("fs").appendFileSync(${JSON.stringify(pids)}, process.pid + "\\n");` +
  `require("net").createServer().listen(${JSON.stringify(socket)}); setTimeout(() => process.exit(), 20000)`,
  "--"
]

const exiting =
  () => [process.execPath, "-e", `require("fs").appendFileSync(${JSON.stringify(pids)}, process.pid + "\\n")`, "--"]

const start = (command = agent(), changes: Partial<Launcher.Timing> = {}) =>
  Launcher.start({ directory, socket }, command, { ...timing, ...changes })

const writeOld = (path: string, text: string, ageSeconds: number) => {
  writeFileSync(path, text)
  const then = statSync(path).mtimeMs / 1000 - ageSeconds
  utimesSync(path, then, then)
}

describe("Launcher", () => {
  it("starts one agent for many callers, and removes the marker", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => start()))
    assert.deepStrictEqual([...new Set(outcomes)], [true])
    assert.lengthOf(started(), 1)
    assert.isFalse(existsSync(marker))
    assert.isTrue(await start())
    assert.lengthOf(started(), 1)
  })

  it("remembers that an agent exited at its start", async () => {
    assert.isFalse(await start(exiting()))
    assert.strictEqual(readFileSync(marker, "utf8"), "failed")
    assert.isFalse(await start())
    assert.lengthOf(started(), 1)
  })

  for (const ageSeconds of [31, -86_400]) {
    it(`ignores a failed start of ${ageSeconds} s ago`, async () => {
      writeOld(marker, "failed", ageSeconds)
      assert.isTrue(await start())
    })
  }

  for (
    const [title, text, ageSeconds] of [
      ["of a process that was killed before it wrote its ID", "", 2],
      ["of a process that does not exist", `${unused}\n`, 2],
      ["of a process ID that belongs to another process by now", `${process.pid}\n`, 21]
    ] as const
  ) {
    it(`takes over a start ${title}`, async () => {
      writeOld(marker, text, ageSeconds)
      assert.deepStrictEqual(await Promise.all([start(), start(), start()]), [true, true, true])
      assert.lengthOf(started(), 1)
    })
  }

  it("takes over a start that becomes stale while it waits", async () => {
    writeOld(marker, `${unused}\n`, 0.8)
    assert.isTrue(await start())
    assert.lengthOf(started(), 1)
  })

  it("waits for the start of another process", async () => {
    writeFileSync(marker, `${process.pid}\n`)
    assert.isFalse(await start(agent(), { startTimeoutMs: 100 }))
    assert.deepStrictEqual(started(), [])
  })

  it("replaces the socket and the lock of a killed agent", async () => {
    const listen = `require("net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 9))`
    spawnSync(process.execPath, ["-e", listen])
    writeFileSync(UnixSocket.lockPath(socket), `${unused}\n`)
    assert.isTrue(existsSync(socket))
    assert.isTrue(await start())
    assert.isFalse(existsSync(UnixSocket.lockPath(socket)))
  })

  it("starts no agent in a directory that is not private, or whose socket path is a file", async () => {
    chmodSync(directory, 0o755)
    assert.isFalse(await start())
    chmodSync(directory, 0o700)
    const link = `${directory}/link`
    symlinkSync(directory, link)
    assert.isFalse(await Launcher.start({ directory: link, socket: `${link}/a.sock` }, agent(), timing))
    writeFileSync(socket, "precious")
    assert.isFalse(await start())
    assert.strictEqual(readFileSync(socket, "utf8"), "precious")
    assert.deepStrictEqual(readdirSync(directory).sort(), ["a.sock", "link"])
  })
})
