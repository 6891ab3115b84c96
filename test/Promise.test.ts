// @effect-diagnostics asyncFunction:off
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { readFileSync } from "node:fs"
import { version } from "../src/domain/Version.ts"
import * as Errors from "../src/Errors.ts"
import * as Client from "../src/Promise.ts"
import * as FakeRegistry from "../src/testing/FakeRegistry.ts"

const image = "org/app"

/** `localhost:*` and `127.0.0.1:*` are registries in the repository's own configuration, and it is found by `cwd`. */
const cwd = new URL("..", import.meta.url).pathname

const login = (host: string, password: string) => ({
  DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { username: "me", password } } })
})

const registry = FakeRegistry.bearer({
  users: { me: { password: "right" } },
  images: { [image]: FakeRegistry.image() }
})

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => assert.fail("it did not reject"), (error: unknown) => error)

describe("the Promise client", () => {
  it("gives readable headers", async () => {
    const client = Client.make({ env: { GH_TOKEN: "t" }, cwd: "/" })
    const uri = "https://github.com/o/r/archive/v1.tar.gz"
    assert.deepStrictEqual(await client.get(uri), { headers: { Authorization: ["Bearer t"] } })
    assert.deepStrictEqual(await client.get({ uri }), { headers: { Authorization: ["Bearer t"] } })
    assert.deepStrictEqual(await client.get("https://example.com"), { headers: {} })
    await client.dispose()
  })

  it.scopedLive("gives the end of a token's life as a Date", () =>
    Effect.gen(function*() {
      const { origin } = yield* FakeRegistry.serve(registry)
      const client = Client.make({ env: login(origin.host, "right"), cwd })
      const { expires, headers } = yield* Effect.promise(() => client.get(`${origin.href}v2/${image}/manifests/latest`))
      assert.match(headers["Authorization"]?.[0] ?? "", /^Bearer /)
      assert.instanceOf(expires, Date)
      yield* Effect.promise(client.dispose)
    }))

  it.scopedLive("throws the typed errors themselves", () =>
    Effect.gen(function*() {
      const { origin } = yield* FakeRegistry.serve(registry)
      const client = Client.make({ env: login(origin.host, "wrong"), cwd })
      const error = yield* Effect.promise(() => rejection(client.get(`${origin.href}v2/${image}/manifests/latest`)))
      if (!(error instanceof Errors.TokenRefused)) return assert.fail(`${error}`)
      assert.strictEqual(error._tag, "TokenRefused")
      assert.strictEqual(error.status, 401)
      assert.include(error.message, "Put another login into DOCKER_AUTH_CONFIG")
      yield* Effect.promise(client.dispose)
    }))

  it.scopedLive("an abort ends a look-up that hangs, with the signal's reason", () =>
    Effect.gen(function*() {
      const { count, origin } = yield* FakeRegistry.serve(registry.pipe(FakeRegistry.fault("base", { _tag: "Hang" })))
      const client = Client.make({ env: {}, cwd })
      const controller = new AbortController()
      const running = rejection(client.get(`${origin.href}v2/${image}/manifests/latest`, { signal: controller.signal }))
      yield* Effect.repeat(count("base"), { until: (requests) => requests > 0, schedule: Schedule.spaced("2 millis") })
      const reason = new Error("enough")
      controller.abort(reason)
      assert.strictEqual(yield* Effect.promise(() => running), reason)
      yield* Effect.promise(client.dispose)
    }))

  it("a signal that is aborted already rejects with its reason", async () => {
    const client = Client.make({ env: {}, cwd: "/" })
    const reason = new Error("enough")
    const error = await rejection(client.get("https://example.com", { signal: AbortSignal.abort(reason) }))
    assert.strictEqual(error, reason)
    await client.dispose()
  })

  it("is disposed of once, by whichever name, and then answers no more", async () => {
    const client = Client.make({ env: {}, cwd: "/" })
    await client.get("https://example.com")
    await client[Symbol.asyncDispose]()
    await client.dispose()
    const error = await rejection(client.get("https://example.com"))
    assert.instanceOf(error, Error)
    assert.include(`${error}`, "disposed")
  })

  it("the version is the package's", () => {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
    assert.strictEqual(JSON.parse(text).version, version)
  })
})
