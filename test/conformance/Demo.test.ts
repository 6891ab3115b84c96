import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Programs from "./Programs.ts"
import * as Pull from "./Pull.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const demo = [`${root}node_modules/.bin/vite-node`, `${root}scripts/demo.ts`] as const

/** Interrupts the demo as soon as it has made its home directory, and ends with its exit code. */
const interrupted = `
output=$TMPDIR/output
"$@" > "$output" & demo=$!
until grep -q 'a home with' "$output"; do kill -0 $demo || exit; sleep 0.05; done
kill -INT $demo
wait $demo; code=$?
rm "$output"; exit $code`

describe("npm run demo", () => {
  it.scopedLive("pulls a private image, prints no secret, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const folder = yield* Pull.temporaryFolder
      const { exitCode, stderr, stdout } = yield* Programs.run(demo[0], [demo[1]], {
        cwd: root,
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
      const { exitCode } = yield* Programs.run("sh", ["-c", interrupted, "sh", ...demo], {
        cwd: root,
        env: { HOME: folder, TMPDIR: folder }
      })
      assert.strictEqual(exitCode, 130)
      assert.deepStrictEqual(readdirSync(folder), [])
    }))
})
