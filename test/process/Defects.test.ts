/** Defects of the reference that show in the program as a whole. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as World from "./World.ts"

const headers = (output: World.Output) => JSON.parse(output.stdout).headers

describe.each(World.all)("the program, %s", (_, users) => {
  it.scopedLive("reference defect 53: a configuration file leaves the built-in hosts on", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const uri = "https://github.com/o/r/archive/v1.tar.gz"
      world.write("work/.tweag-credential-helper.json", { urls: [{ host: "other.example.com", helper: "null" }] })
      assert.property(headers(yield* world.get(uri, { GH_TOKEN: "t" })), "Authorization")
      world.write("work/.tweag-credential-helper.json", { builtins: false })
      assert.deepStrictEqual(headers(yield* world.get(uri, { GH_TOKEN: "t" })), {})
    }))

  it.scopedLive("reference defect 54: $schema is allowed", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write("work/.tweag-credential-helper.json", { $schema: "https://example.com/schema.json", urls: [] })
      assert.strictEqual((yield* world.get("https://example.com/x")).code, 0)
    }))

  it.scopedLive("reference defects 41, 44: no token, or an empty one, is no error for public files", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const output = yield* world.get("https://github.com/o/r/archive/v1.tar.gz", { GH_TOKEN: "", GITHUB_TOKEN: "" })
      assert.deepStrictEqual([output.code, output.stdout], [0, "{\"headers\":{}}\n"])
    }))

  it.scopedLive("reference defect 42: without a keyring, the file of gh is read", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write(".config/gh/hosts.yml", "github.com:\n  oauth_token: gho_x\n")
      const output = yield* world.get("https://github.com/o/r/archive/v1.tar.gz")
      assert.deepStrictEqual(headers(output), { Authorization: ["Bearer gho_x"] })
    }))

  it.scopedLive("reference defects 7, 40, 43: a GitHub Enterprise host has its own token, and nobody is asked about it", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write("work/.tweag-credential-helper.json", { urls: [{ host: "ghe.example.com", helper: "github" }] })
      world.write(".config/gh/hosts.yml", "ghe.example.com:\n  oauth_token: ghe_x\n")
      const output = yield* world.get("https://ghe.example.com/o/r/archive/v1.tar.gz", { GH_TOKEN: "of-github-com" })
      assert.deepStrictEqual(headers(output), { Authorization: ["Bearer ghe_x"] })
    }))

  it.scopedLive("reference defect 30: an explicit docker login for ghcr.io beats the login of gh", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write(".config/gh/hosts.yml", "github.com:\n  oauth_token: gho_x\n")
      world.write(".docker/config.json", { auths: { "ghcr.io": World.auth("u", "p") } })
      assert.deepStrictEqual(headers(yield* world.get("ghcr.io")), { Authorization: ["Basic dTpw"] })
    }))
})
