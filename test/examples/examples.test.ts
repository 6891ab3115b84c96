import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import { TestEnvironment } from "effect-credential-helper/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Embed from "../../examples/embed.ts"
import * as OwnHelper from "../../examples/own-helper.ts"
import * as SwapRegistry from "../../examples/swap-registry.ts"

describe("examples/embed.ts", () => {
  it.live("an application asks for headers", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Embed.main, "nothing is needed")
    }))
})

describe("examples/swap-registry.ts", () => {
  it.live("a test with a registry in memory", () =>
    Effect.gen(function*() {
      const { headers, tokenRequests } = yield* SwapRegistry.main
      assert.deepStrictEqual(headers, ["Authorization", "Accept", "Docker-Distribution-API-Version"])
      assert.strictEqual(tokenRequests, 2)
    }))
})

describe("examples/own-helper.ts", () => {
  /** A workspace with a configuration file, which chooses the helper for another host. */
  const workspace = Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    const urls = [{ host: "secrets.example.com", helper: "vault", required: true, config: { header: "X-Token" } }]
    yield* fs.writeFileString(`${folder}/.tweag-credential-helper.json`, JSON.stringify({ urls }))
    return folder
  }).pipe(Effect.provide(NodeFileSystem.layer))

  const ask = (uri: string, cwd: string, variables: Readonly<Record<string, string>>) =>
    Effect.map(
      Effect.provide(
        OwnHelper.headersFor(uri),
        OwnHelper.layer.pipe(Layer.provide(TestEnvironment.layer(variables, { cwd })))
      ),
      ({ headers }) => Object.fromEntries([...headers].map(([name, values]) => [name, values.map(Redacted.value)]))
    )

  it.live("its own host needs no configuration", () =>
    Effect.gen(function*() {
      const headers = yield* ask("https://vault.example.com/v1/secret", "/", { VAULT_TOKEN: "v" })
      assert.deepStrictEqual(headers, { "X-Vault-Token": ["v"] })
    }))

  it.scopedLive("an entry of the file chooses and configures it", () =>
    Effect.gen(function*() {
      const folder = yield* workspace
      const uri = "https://secrets.example.com/v1/secret"
      assert.deepStrictEqual(yield* ask(uri, folder, { VAULT_TOKEN: "v" }), { "X-Token": ["v"] })
      const error = yield* Effect.flip(ask(uri, folder, {}))
      assert.strictEqual(error._tag, "CredentialRequired")
      assert.include(error.message, "vault login")
    }))

  it.scopedLive("the built-in helpers are still there", () =>
    Effect.gen(function*() {
      const headers = yield* ask("https://github.com/o/r/x.tgz", yield* workspace, { GH_TOKEN: "t" })
      assert.deepStrictEqual(headers, { Authorization: ["Bearer t"] })
    }))
})
