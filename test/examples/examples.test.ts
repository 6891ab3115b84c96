import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Embed from "../../examples/embed.ts"
import * as OwnHelper from "../../examples/own-helper.ts"
import * as SwapRegistry from "../../examples/swap-registry.ts"

describe("examples", () => {
  it.live("embed: an application asks for headers", () =>
    Effect.map(Embed.main, (answer) => assert.strictEqual(answer, "nothing is needed")))

  it.live("swap-registry: a test with a registry in memory", () =>
    Effect.map(SwapRegistry.main, ({ headers, tokenRequests }) => {
      assert.deepStrictEqual(headers, ["Authorization", "Accept", "Docker-Distribution-API-Version"])
      assert.strictEqual(tokenRequests, 2)
    }))

  it.live("own-helper: a helper added by a layer", () =>
    Effect.gen(function*() {
      const before = process.env["VAULT_TOKEN"]
      yield* Effect.acquireRelease(
        Effect.sync(() => process.env["VAULT_TOKEN"] = "v"),
        () => Effect.sync(() => before === undefined ? delete process.env["VAULT_TOKEN"] : true)
      )
      const { headers } = yield* OwnHelper.main
      assert.deepStrictEqual(headers.get("X-Vault-Token")?.map(Redacted.value), ["v"])
    }).pipe(Effect.scoped))
})
