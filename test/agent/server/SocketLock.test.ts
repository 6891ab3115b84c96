import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import type { Endpoint } from "../../../src/agent/endpoint/Endpoint.ts"
import * as SocketLock from "../../../src/agent/server/SocketLock.ts"

const temporary = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-`)),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  ),
  (directory) => ({ directory, socket: `${directory}/a.sock` })
)

/** The ID of a process that does not exist. */
const unused = 999_999_999

const listen = (path: string) =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.async<net.Server>((resume) => {
        const server = net.createServer((socket) => socket.destroy())
        server.listen(path, () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    )
  )

const take = (endpoint: Endpoint) => SocketLock.take(endpoint, process.getuid?.(), listen)

describe("SocketLock", () => {
  it.scopedLive("creates a private socket and a lock with the process ID, and removes both", () =>
    Effect.gen(function*() {
      const endpoint = yield* temporary
      const { socket } = endpoint
      yield* Effect.scoped(Effect.gen(function*() {
        const { isCurrent } = yield* take(endpoint)
        assert.isTrue(yield* isCurrent)
        assert.strictEqual(statSync(socket).mode & 0o777, 0o600)
        assert.strictEqual(readFileSync(`${socket}.lock`, "utf8"), `${process.pid}\n`)
        assert.isTrue(yield* SocketLock.isListening(socket))
      }))
      assert.deepStrictEqual([existsSync(socket), existsSync(`${socket}.lock`)], [false, false])
      assert.isFalse(yield* SocketLock.isListening(socket))
    }))

  for (const text of ["", "0\n", "nonsense", `${unused}\n`, `${process.pid}\n`]) {
    it.scopedLive(`replaces a lock from 10 s ago that holds ${JSON.stringify(text)}`, () =>
      Effect.gen(function*() {
        const endpoint = yield* temporary
        const lock = `${endpoint.socket}.lock`
        writeFileSync(lock, text)
        const then = statSync(lock).mtimeMs / 1000 - 10
        utimesSync(lock, then, then)
        yield* take(endpoint)
        assert.strictEqual(readFileSync(lock, "utf8"), `${process.pid}\n`)
      }))
  }

  it.scopedLive("replaces a fresh lock of a process that does not exist", () =>
    Effect.gen(function*() {
      const endpoint = yield* temporary
      writeFileSync(`${endpoint.socket}.lock`, `${unused}\n`)
      yield* take(endpoint)
    }))

  for (const text of ["", `${process.pid}\n`]) {
    it.scopedLive(`fails if another process has just created a lock that holds ${JSON.stringify(text)}`, () =>
      Effect.gen(function*() {
        const endpoint = yield* temporary
        writeFileSync(`${endpoint.socket}.lock`, text)
        const result = yield* Effect.either(take(endpoint))
        assert.strictEqual(Either.isLeft(result) && result.left._tag, "AgentAlreadyRunning")
        assert.strictEqual(readFileSync(`${endpoint.socket}.lock`, "utf8"), text)
      }))
  }

  it.scopedLive("fails if the directory is not private, or a file has the name of the socket", () =>
    Effect.gen(function*() {
      const endpoint = yield* temporary
      writeFileSync(endpoint.socket, "precious")
      assert.include((yield* Effect.flip(take(endpoint))).message, "not a socket")
      assert.strictEqual(readFileSync(endpoint.socket, "utf8"), "precious")
      chmodSync(endpoint.directory, 0o755)
      assert.include((yield* Effect.flip(take(endpoint))).message, "not private")
    }))

  it.scopedLive("creates the directory with mode 0700, and those above it with the mode of the umask", () =>
    Effect.gen(function*() {
      const { directory } = yield* temporary
      yield* take({ directory: `${directory}/cache/own`, socket: `${directory}/cache/own/a.sock` })
      assert.strictEqual(statSync(`${directory}/cache/own`).mode & 0o777, 0o700)
      assert.strictEqual(statSync(`${directory}/cache`).mode & 0o777, 0o777 & ~process.umask())
    }))

  it.scopedLive("names the command that makes the directory private", () =>
    Effect.gen(function*() {
      const endpoint = yield* temporary
      chmodSync(endpoint.directory, 0o750)
      const { message } = yield* Effect.flip(take(endpoint))
      assert.include(message, "its mode is 0750")
      const [, command = ""] = /Run (chmod [^,]+), or/.exec(message) ?? []
      execFileSync("sh", ["-c", command])
      yield* take(endpoint)
    }))

  it.scopedLive("creates no directory in one of another user", () =>
    Effect.gen(function*() {
      const { directory } = yield* temporary
      const endpoint = { directory: `${directory}/sub`, socket: `${directory}/sub/a.sock` }
      const uid = (process.getuid?.() ?? 0) + 1
      const { message } = yield* Effect.flip(SocketLock.take(endpoint, uid, listen))
      assert.include(message, `${directory} belongs to user ${process.getuid?.()}, not to you`)
      assert.isFalse(existsSync(endpoint.directory))
    }))

  it.scopedLive("leaves a lock that another agent has replaced", () =>
    Effect.gen(function*() {
      const endpoint = yield* temporary
      yield* Effect.scoped(Effect.tap(take(endpoint), () => writeFileSync(`${endpoint.socket}.lock`, "1\n")))
      assert.strictEqual(readFileSync(`${endpoint.socket}.lock`, "utf8"), "1\n")
    }))
})
