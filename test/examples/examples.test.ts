import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import { CredentialHelper, GetCredentials } from "effect-credential-helper"
import { TestEnvironment } from "effect-credential-helper/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Embed from "../../examples/embed.ts"
import * as OwnCache from "../../examples/own-cache.ts"
import * as OwnProvider from "../../examples/own-provider.ts"
import * as OwnSource from "../../examples/own-source.ts"
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

describe("examples/own-provider.ts", () => {
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
        OwnProvider.headersFor(uri),
        OwnProvider.layer.pipe(Layer.provide(TestEnvironment.layer(variables, { cwd })))
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

describe("examples/own-provider.ts, when the vault is sealed", () => {
  it.effect("an error of the provider reaches the caller, with its message", () =>
    Effect.gen(function*() {
      const environment = TestEnvironment.layer({ VAULT_SEALED: "1" })
      const error = yield* OwnProvider.headersFor("https://vault.example.com/v1/secret").pipe(
        Effect.provide(Layer.provide(OwnProvider.layer, environment)),
        Effect.flip
      )
      assert.strictEqual(error._tag === "ProviderFailed" && error.error._tag, "VaultSealed")
      assert.include(error.message, "vault operator unseal")
    }))
})

describe("examples/own-source.ts", () => {
  const ask = (uri: string, variables: Readonly<Record<string, string>>, cwd = "/") =>
    OwnProvider.headersFor(uri).pipe(
      Effect.map(({ headers }) => [...headers].map(([name, values]) => `${name}: ${values.map(Redacted.value)}`)),
      Effect.provide(Layer.provide(OwnSource.layer, TestEnvironment.layer(variables, { cwd })))
    )

  it.live("its source is asked before the built-in ones", () =>
    Effect.gen(function*() {
      const headers = yield* ask("ghcr.io", { BROKER_REGISTRY_TOKEN: "t", GHCR_TOKEN: "other" })
      assert.deepStrictEqual(headers, [`Authorization: Basic ${Buffer.from("broker:t").toString("base64")}`])
    }))

  it.scopedLive("a lookup_chain can name its kind", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const lookup_chain = [{ source: "broker", name: "git", binding: "default" }]
      const urls = [{ host: "github.com", helper: "github", config: { lookup_chain } }]
      yield* fs.writeFileString(`${folder}/.tweag-credential-helper.json`, JSON.stringify({ urls }))
      const headers = yield* ask("https://github.com/o/r/x.tgz", { BROKER_GIT: "t" }, folder)
      assert.deepStrictEqual(headers, ["Authorization: Bearer t"])
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("examples/own-cache.ts", () => {
  it.effect("a second lookup is answered by the cache, until the answer ends", () =>
    Effect.gen(function*() {
      let lookups = 0
      const counting = CredentialHelper.fromResolve(() =>
        Effect.sync(() => {
          lookups++
          return { result: Either.right(GetCredentials.empty), provenance: { steps: [], inputs: [] } }
        })
      )
      const get = OwnProvider.headersFor("https://github.com/o/r/x.tgz")
      yield* Effect.gen(function*() {
        yield* get
        yield* get
        assert.strictEqual(lookups, 1)
        yield* TestClock.adjust("1 minute")
        yield* get
        assert.strictEqual(lookups, 2)
      }).pipe(
        Effect.provide(Layer.provide(OwnCache.layer, Layer.succeed(CredentialHelper.CredentialHelper, counting)))
      )
    }))
})
