/** `CredentialHelper.layer` reaches the outside world by four services; each can be swapped alone, and is then used. */
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as CredentialHelper from "../src/CredentialHelper.ts"
import { userPassword } from "../src/domain/Credential.ts"
import * as Environment from "../src/platform/Environment.ts"
import * as Process from "../src/platform/Process.ts"
import * as CredentialSource from "../src/source/CredentialSource.ts"
import * as RegistryChain from "../src/source/RegistryChain.ts"
import * as Secret from "../src/source/Secret.ts"
import * as SourceKind from "../src/source/SourceKind.ts"
import * as Sources from "../src/source/Sources.ts"
import * as FakeHttp from "../src/testing/FakeHttp.ts"
import * as TestEnvironment from "../src/testing/TestEnvironment.ts"
import * as World from "./provider/world.ts"

const ask = (uri: string) => Effect.flatMap(CredentialHelper.CredentialHelper, (helper) => helper.explain({ uri }))

const manifest = "https://ghcr.io/v2/a/manifests/b"

describe("CredentialHelper.layer", () => {
  it.effect("asks the Environment that it is given", () => {
    const asked: Array<string> = []
    const environment = TestEnvironment.make({})
    const spy = Layer.succeed(Environment.Environment, {
      ...environment,
      get: (name) => Effect.zipRight(Effect.sync(() => asked.push(name)), environment.get(name))
    })
    return Effect.gen(function*() {
      yield* ask("ghcr.io")
      assert.include(asked, "GHCR_TOKEN")
    }).pipe(Effect.provide(Layer.provide(CredentialHelper.layer, Layer.merge(World.platform({}), spy))))
  })

  it.effect("reads from the FileSystem that it is given", () => {
    const read: Array<string> = []
    const platform = World.platform({ files: { "/home/u/.docker/config.json": "{}" } })
    const spy = Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (given) => ({
        ...given,
        readFileString: (path: string) => {
          read.push(path)
          return given.readFileString(path)
        }
      }))
    ).pipe(Layer.provide(platform))
    return Effect.gen(function*() {
      yield* ask("ghcr.io")
      assert.include(read, "/home/u/.docker/config.json")
    }).pipe(Effect.provide(Layer.provide(CredentialHelper.layer, Layer.merge(platform, spy))))
  })

  it.effect("sends by the HttpClient that it is given", () => {
    const sent: Array<string> = []
    const network = FakeHttp.layer(({ url }) => {
      sent.push(url.href)
      return Effect.succeed(FakeHttp.response(200))
    })
    return Effect.gen(function*() {
      yield* ask(manifest)
      assert.deepStrictEqual(sent, ["https://ghcr.io/v2/"])
    }).pipe(Effect.provide(Layer.provide(CredentialHelper.layer, World.platform({ network }))))
  })

  it.effect("runs programs by the Process that it is given", () => {
    const found: Array<string> = []
    const spy = Layer.succeed(Process.Process, {
      searchPath: Effect.succeed([]),
      find: (name) => Effect.as(Effect.sync(() => found.push(name)), Option.none()),
      run: () => Effect.dieMessage("nothing to run")
    })
    const files = { "/home/u/.docker/config.json": JSON.stringify({ credHelpers: { "ghcr.io": "spy" } }) }
    return Effect.gen(function*() {
      const { result } = yield* ask("ghcr.io")
      assert.deepStrictEqual(found, ["docker-credential-spy"])
      assert.strictEqual(Either.isLeft(result) && result.left._tag, "HelperNotFound")
    }).pipe(Effect.provide(Layer.provide(CredentialHelper.layer, Layer.merge(World.platform({ files }), spy))))
  })
})

describe("sources of an application", () => {
  const source = (name: string) =>
    CredentialSource.make(name, () =>
      Effect.succeed(
        CredentialSource.Answer.Found({ value: { origin: name, userPassword: userPassword(name, Redacted.make("p")) } })
      ))

  const withLayer = (added: Layer.Layer<never>, setup: World.Setup) =>
    Effect.map(
      World.explain("ghcr.io", setup, Layer.provide(CredentialHelper.layer, added)),
      ({ answer }) => answer[0]
    )

  it.effect("are asked before the built-in ones, or after them", () =>
    Effect.gen(function*() {
      const own = `Authorization: ${World.basic("mine", "p")}`
      const builtIn = `Authorization: ${World.basic("unset", "t")}`
      const before = RegistryChain.layerBefore(Effect.succeed(source("mine")))
      const after = RegistryChain.layerAfter(Effect.succeed(source("mine")))
      const variables = { GHCR_TOKEN: "t" }
      assert.strictEqual(yield* withLayer(before, { variables }), own)
      assert.strictEqual(yield* withLayer(after, { variables }), builtIn)
      assert.strictEqual(yield* withLayer(after, {}), own)
    }))

  it.effect("can be a kind that a lookup_chain names", () =>
    Effect.gen(function*() {
      const kind = SourceKind.make({
        name: "vault",
        Config: Schema.Struct({ name: SourceKind.Name }),
        make: ({ name }) =>
          Either.right(
            CredentialSource.make(name, () => Effect.succeed(Secret.fromStored(name, Redacted.make(`${name} secret`))))
          )
      })
      const lookup_chain = [
        { source: "vault", name: "a", binding: "password" },
        { source: "static", value: "me", binding: "username" }
      ]
      const urls = [{ host: "ghcr.io", helper: "oci", config: { lookup_chain } }]
      const answer = yield* withLayer(Sources.layerKind(Effect.succeed(kind)), { urls })
      assert.strictEqual(answer, `Authorization: ${World.basic("me", "a secret")}`)
    }))
})
