// @effect-diagnostics asyncFunction:off
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { version } from "../src/domain/Version.ts"
import * as Client from "../src/Promise.ts"

describe("the Promise client", () => {
  it("gives readable headers, real errors, and ends with its dispose", async () => {
    const client = Client.make({ env: { GH_TOKEN: "t" }, cwd: "/" })
    const answer = await client.get("https://github.com/o/r/archive/v1.tar.gz")
    assert.deepStrictEqual(answer, { headers: { Authorization: ["Bearer t"] } })
    const error = await client.get("not a uri").then(() => undefined, (error) => error)
    assert.strictEqual(error._tag, "UriRejected")
    assert.include(error.message, "cannot be parsed")
    await client.dispose()
  })

  it("an aborted signal rejects with its reason", async () => {
    const client = Client.make({ env: {}, cwd: "/" })
    const reason = new Error("enough")
    const error = await client.get("https://example.com", { signal: AbortSignal.abort(reason) }).catch((error) => error)
    assert.strictEqual(error, reason)
    await client.dispose()
  })

  it("the version is the package's", () => {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
    assert.strictEqual(JSON.parse(text).version, version)
  })
})
