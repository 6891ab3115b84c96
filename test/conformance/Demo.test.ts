import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Programs from "./Programs.ts"
import * as Pull from "./Pull.ts"

const script = fileURLToPath(new URL("../../scripts/demo.js", import.meta.url))

describe("npm run demo", () => {
  it.scopedLive("pulls a private image, tells no secret, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const folder = yield* Pull.temporaryFolder
      const { exitCode, stderr, stdout } = yield* Programs.run("node", [script], {
        env: { HOME: folder, TMPDIR: folder }
      })
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      assert.strictEqual(stdout.match(/is right/g)?.length, 2)
      assert.strictEqual(stdout.match(/without headers +401/g)?.length, 2)
      assert.notMatch(stdout, /Bearer (?!\*{8}\n)/)
      assert.deepStrictEqual(readdirSync(folder), [])
    }))

  it.scopedLive("leaves nothing behind when it is stopped", () =>
    Effect.gen(function*() {
      const folder = yield* Pull.temporaryFolder
      const running = Programs.run("timeout", ["-s", "INT", "0.8", "node", script], {
        env: { HOME: folder, TMPDIR: folder }
      })
      assert.include([0, 124], (yield* running).exitCode)
      assert.deepStrictEqual(readdirSync(folder), [])
    }))
})
