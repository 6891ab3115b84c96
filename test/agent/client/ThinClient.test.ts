/** How long the client waits for an agent that does not answer, and what it takes for an answer. */
// @effect-diagnostics asyncFunction:off newPromise:off globalTimers:off
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import * as ThinClient from "../../../src/agent/client/ThinClient.ts"

const place = { directory: "/d", socket: "/d/a.sock" }

/** An agent that sends each text after so many seconds, and never closes the connection. */
const talk = (...sent: ReadonlyArray<readonly [seconds: number, text: string]>) => {
  const written: Array<string> = []
  let abandoned = false
  const runtime: ThinClient.Runtime = {
    variables: {},
    cwd: () => "/",
    platform: "linux",
    uid: 1,
    stdin: () => Promise.resolve(""),
    stat: (path) => Promise.resolve({ uid: 1, mode: path === "/d" ? 0o40700 : 0o140600 }),
    converse: (_, __, onText) => {
      for (const [seconds, text] of sent) setTimeout(() => onText(text), seconds * 1000)
      return {
        done: new Promise(() => undefined),
        abandon: () => abandoned = true
      }
    },
    write: (stream, text) => {
      written.push(`${stream} ${text}`)
      return Promise.resolve(true)
    }
  }
  return { asked: ThinClient.ask(runtime, "b", place, "{}"), written, isAbandoned: () => abandoned }
}

describe("the thin client", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("waits for an agent that is at work, however long", async () => {
    const blanks = Array.from({ length: 20 }, (_, n) => [n, " "] as const)
    const { asked, isAbandoned, written } = talk(...blanks, [20.5, "0 {\"headers\":{}}\n"])
    await vi.advanceTimersByTimeAsync(20_500)
    assert.strictEqual(await asked, 0)
    assert.deepStrictEqual(written, ["stdout {\"headers\":{}}\n"])
    assert.isFalse(isAbandoned())
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("gives up after 4 s of silence", async () => {
    const { asked, isAbandoned } = talk([2, " "], [2.5, "0 {\"hea"])
    await vi.advanceTimersByTimeAsync(5900)
    assert.isFalse(isAbandoned())
    await vi.advanceTimersByTimeAsync(100)
    assert.strictEqual(await asked, "unusable")
    assert.isTrue(isAbandoned())
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("takes a failure as one, and nonsense as none", async () => {
    const { asked, written } = talk([0, "5 no\n"])
    await vi.advanceTimersByTimeAsync(0)
    assert.strictEqual(await asked, 5)
    assert.deepStrictEqual(written, ["stderr no\n"])
    for (const text of ["\n", "0\n", "hello\n", "0 a\nb\n", "-1 a\n", "1000 a\n", "x".repeat(1_100_000)]) {
      const { asked, written } = talk([0, text])
      await vi.advanceTimersByTimeAsync(0)
      assert.deepStrictEqual([await asked, written], ["unusable", []], text.slice(0, 20))
    }
  })
})
