/** How long the client waits for an agent, and what it takes for a reply. */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import * as ThinClient from "../../../src/agent/client/ThinClient.ts"
import * as Protocol from "../../../src/agent/protocol/Protocol.ts"

const endpoint = { directory: "/d", socket: "/d/a.sock" }

/** Asks an agent that sends each text after so many seconds, and never closes the connection. */
const ask = (...sent: ReadonlyArray<readonly [seconds: number, text: string]>) => {
  const written: Array<string> = []
  let destroyed = false
  const runtime: ThinClient.Runtime = {
    variables: {},
    cwd: () => "/",
    platform: "linux",
    uid: 1,
    stdin: () => Promise.resolve(""),
    isTerminal: () => Promise.resolve(true),
    stat: (path) => Promise.resolve({ uid: 1, mode: path === "/d" ? 0o40700 : 0o140600 }),
    send: (_, __, onText) => {
      for (const [seconds, text] of sent) setTimeout(() => onText(text), seconds * 1000)
      return {
        end: new Promise(() => undefined),
        destroy: () => destroyed = true
      }
    },
    write: (stream, text) => {
      written.push(`${stream} ${text}`)
      return Promise.resolve(true)
    }
  }
  return { outcome: ThinClient.ask(runtime, "b", endpoint, "{}"), written, isDestroyed: () => destroyed }
}

describe("ThinClient", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("waits as long as the agent sends heartbeats", async () => {
    const heartbeats = Array.from({ length: 20 }, (_, n) => [n, " "] as const)
    const { isDestroyed, outcome, written } = ask(...heartbeats, [20.5, "0 {\"headers\":{}}\n"])
    await vi.advanceTimersByTimeAsync(20_500)
    assert.strictEqual(await outcome, 0)
    assert.deepStrictEqual(written, ["stdout {\"headers\":{}}\n"])
    assert.isFalse(isDestroyed())
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("gives up after 4 s without a byte", async () => {
    const { isDestroyed, outcome } = ask([2, " "], [2.5, "0 {\"hea"])
    await vi.advanceTimersByTimeAsync(5900)
    assert.isFalse(isDestroyed())
    await vi.advanceTimersByTimeAsync(100)
    assert.strictEqual(await outcome, "Unavailable")
    assert.isTrue(isDestroyed())
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("writes the notes of a reply to stderr, and then its line", async () => {
    const reply = Protocol.reply(0, "{}\n", ["a note\n", "another\n"])
    assert.strictEqual(reply.indexOf("\n"), reply.length - 1)
    const success = ask([0, reply])
    const failure = ask([0, Protocol.reply(5, "refused\n", ["a note\n"])])
    await vi.advanceTimersByTimeAsync(0)
    assert.deepStrictEqual([await success.outcome, await failure.outcome], [0, 5])
    assert.deepStrictEqual(success.written, ["stderr a note\nanother\n", "stdout {}\n"])
    assert.deepStrictEqual(failure.written, ["stderr a note\n", "stderr refused\n"])
  })

  it("writes an error reply to stderr, and ignores a malformed reply", async () => {
    const { outcome, written } = ask([0, "5 no\n"])
    await vi.advanceTimersByTimeAsync(0)
    assert.strictEqual(await outcome, 5)
    assert.deepStrictEqual(written, ["stderr no\n"])
    for (const text of ["\n", "0\n", "hello\n", "0 a\nb\n", "-1 a\n", "1000 a\n", "x".repeat(1_100_000)]) {
      const { outcome, written } = ask([0, text])
      await vi.advanceTimersByTimeAsync(0)
      assert.deepStrictEqual([await outcome, written], ["Unavailable", []], text.slice(0, 20))
    }
  })
})
