/** Cases that `tweag/credential-helper` gets wrong, tested on the whole program. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as World from "./World.ts"

const headers = (output: World.Output) => JSON.parse(output.stdout).headers

describe.each(World.all)("the program, %s", (_, users) => {
  it.scopedLive("keeps the built-in hosts when there is a configuration file", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const uri = "https://github.com/o/r/archive/v1.tar.gz"
      world.write("workspace/.tweag-credential-helper.json", { urls: [{ host: "other.example.com", helper: "null" }] })
      assert.property(headers(yield* world.get(uri, { GH_TOKEN: "t" })), "Authorization")
      world.write("workspace/.tweag-credential-helper.json", { builtins: false })
      assert.deepStrictEqual(headers(yield* world.get(uri, { GH_TOKEN: "t" })), {})
    }))

  it.scopedLive("accepts $schema in the configuration", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write("workspace/.tweag-credential-helper.json", { $schema: "https://example.com/schema.json", urls: [] })
      assert.strictEqual((yield* world.get("https://example.com/x")).code, 0)
    }))

  it.scopedLive("returns no headers for public files without a token, or with an empty one", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      const output = yield* world.get("https://github.com/o/r/archive/v1.tar.gz", { GH_TOKEN: "", GITHUB_TOKEN: "" })
      assert.deepStrictEqual([output.code, output.stdout], [0, "{\"headers\":{}}\n"])
    }))

  it.scopedLive("reads the login file of gh when there is no keyring", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write(".config/gh/hosts.yml", "github.com:\n  oauth_token: gho_x\n")
      const output = yield* world.get("https://github.com/o/r/archive/v1.tar.gz")
      assert.deepStrictEqual(headers(output), { Authorization: ["Bearer gho_x"] })
    }))

  it.scopedLive("uses the token of a GitHub Enterprise host without a prompt", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write("workspace/.tweag-credential-helper.json", { urls: [{ host: "ghe.example.com", helper: "github" }] })
      world.write(".config/gh/hosts.yml", "ghe.example.com:\n  oauth_token: ghe_x\n")
      const output = yield* world.get("https://ghe.example.com/o/r/archive/v1.tar.gz", { GH_TOKEN: "of-github-com" })
      assert.deepStrictEqual(headers(output), { Authorization: ["Bearer ghe_x"] })
    }))

  it.scopedLive("prefers a docker login for ghcr.io to the login of gh", () =>
    Effect.gen(function*() {
      const world = yield* users.standalone
      world.write(".config/gh/hosts.yml", "github.com:\n  oauth_token: gho_x\n")
      world.write(".docker/config.json", { auths: { "ghcr.io": World.auth("u", "p") } })
      assert.deepStrictEqual(headers(yield* world.get("ghcr.io")), { Authorization: ["Basic dTpw"] })
    }))
})
