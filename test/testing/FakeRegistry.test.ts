import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type { ServeError } from "@effect/platform/HttpServerError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as FakeImage from "../../src/testing/FakeImage.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { answerOf, basic, bearer, get, post, tokenOf } from "./registry.ts"

const image = FakeRegistry.image()
const manifest = "/v2/org/app/manifests/latest"
const scope = "scope=repository:org/app:pull"
const content = {
  users: { me: { password: "p", identityToken: "refresh" }, guest: { password: "g", repositories: ["org/public"] } },
  images: { "org/app": image }
}

type Backend = (description: FakeRegistry.Description) => Layer.Layer<
  FakeRegistry.FakeRegistry | HttpClient.HttpClient,
  ServeError
>

const suite = (name: string, backend: Backend) =>
  describe(name, () => {
    it.live("serves content with correct digests without authentication", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* get("/v2/")).status, 200)
        const answer = yield* get(manifest)
        assert.strictEqual(answer.headers["docker-content-digest"], image.manifest.digest)
        assert.strictEqual(FakeImage.blob("", answer.body).digest, image.manifest.digest)
        const [layer] = image.layers
        assert.isDefined(layer)
        const blob = yield* get(`/v2/org/app/blobs/${layer.digest}`)
        assert.strictEqual(FakeImage.blob("", blob.body).digest, layer.digest)
        assert.strictEqual((yield* get("/v2/org/app/tags/list")).text, `{"name":"org/app","tags":["latest"]}`)
        assert.strictEqual((yield* get("/v2/_catalog")).text, `{"repositories":["org/app"]}`)
        assert.strictEqual((yield* get("/v2/org/app/manifests/none")).status, 404)
        assert.strictEqual((yield* get("/nothing")).status, 404)
      }).pipe(Effect.provide(backend(FakeRegistry.open(content)))))

    it.live("requires Basic authentication", () =>
      Effect.gen(function*() {
        const refused = yield* get("/v2/")
        assert.strictEqual(refused.status, 401)
        assert.strictEqual(refused.headers["www-authenticate"], `Basic realm="Registry Realm"`)
        assert.strictEqual((yield* get(manifest, basic("me", "p"))).status, 200)
        assert.strictEqual((yield* get(manifest, basic("me", "x"))).status, 401)
        assert.strictEqual((yield* get(manifest, basic("guest", "g"))).status, 403)
      }).pipe(Effect.provide(backend(FakeRegistry.basic(content)))))

    it.live("issues tokens for a password by GET, and accepts them", () =>
      Effect.gen(function*() {
        const { count, origin } = yield* FakeRegistry.FakeRegistry
        const refused = yield* get(manifest)
        assert.strictEqual(
          refused.headers["www-authenticate"],
          `Bearer realm="${origin.origin}/token",service="${origin.host}",scope="repository:org/app:pull"`
        )
        const answer = yield* get(`/token?${scope}`, basic("me", "p")).pipe(Effect.flatMap(answerOf))
        assert.strictEqual(answer.expires_in, 300)
        assert.isString(answer.issued_at)
        assert.strictEqual(answer.token, answer.access_token)
        assert.strictEqual((yield* get(manifest, bearer(answer.token ?? ""))).status, 200)
        assert.strictEqual((yield* get(`/token?${scope}`, basic("me", "x"))).status, 401)
        assert.strictEqual((yield* get(`/token?${scope}`)).status, 401)
        assert.strictEqual((yield* get(`/token?${scope}`, basic("guest", "g"))).status, 403)
        assert.deepStrictEqual([yield* count("token"), yield* count("manifest")], [4, 2])
      }).pipe(Effect.provide(backend(FakeRegistry.bearer({ ...content, denies: "token" })))))

    it.live("issues tokens for a password and for an identity token by POST", () =>
      Effect.gen(function*() {
        const { origin } = yield* FakeRegistry.FakeRegistry
        const client = { client_id: "c", service: origin.host, scope: "repository:org/app:pull" }
        const byPassword = yield* post("/token", { ...client, grant_type: "password", username: "me", password: "p" })
        assert.strictEqual((yield* get(manifest, bearer(yield* tokenOf(byPassword)))).status, 200)
        const byToken = yield* post("/token", { ...client, grant_type: "refresh_token", refresh_token: "refresh" })
        assert.strictEqual((yield* get(manifest, bearer(yield* tokenOf(byToken)))).status, 200)
        const wrong = yield* post("/token", { ...client, grant_type: "refresh_token", refresh_token: "x" })
        assert.strictEqual(wrong.status, 401)
        assert.strictEqual((yield* post("/token", { grant_type: "password" })).status, 400)
        const { requests } = yield* FakeRegistry.FakeRegistry
        assert.notInclude(JSON.stringify(yield* requests), "refresh_token=refresh")
      }).pipe(Effect.provide(backend(FakeRegistry.bearer(content)))))

    it.live("responds insufficient_scope when the registry itself denies access", () =>
      Effect.gen(function*() {
        const token = yield* Effect.flatMap(get(`/token?${scope}`, basic("guest", "g")), tokenOf)
        const answer = yield* get(manifest, bearer(token))
        assert.strictEqual(answer.status, 403)
        assert.include(answer.headers["www-authenticate"], `error="insufficient_scope"`)
      }).pipe(
        Effect.provide(backend(FakeRegistry.bearer({ ...content, insufficientScope: 403 })))
      ))

    it.live("issues anonymous tokens when anonymous pulls are allowed", () =>
      Effect.gen(function*() {
        const token = yield* Effect.flatMap(get(`/token?${scope}`), tokenOf)
        assert.strictEqual((yield* get(manifest, bearer(token))).status, 200)
        assert.strictEqual((yield* get(manifest)).status, 401)
      }).pipe(Effect.provide(backend(FakeRegistry.bearer({ ...content, anonymous: ["org/app"] })))))

    it.live("sends the given lines as its challenge", () =>
      Effect.gen(function*() {
        const { change, origin } = yield* FakeRegistry.FakeRegistry
        const answer = yield* get("/v2/")
        assert.strictEqual(answer.headers["www-authenticate"], `Bearer realm="${origin.origin}/x", Basic realm="y"`)
        yield* change(FakeRegistry.challenge())
        assert.isUndefined((yield* get("/v2/")).headers["www-authenticate"])
      }).pipe(
        Effect.provide(backend(
          FakeRegistry.bearer(content).pipe(FakeRegistry.challenge(`Bearer realm="{origin}/x"`, `Basic realm="y"`))
        ))
      ))

    it.live("fails the given number of times", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* get("/v2/")).status, 503)
        const limited = yield* get("/v2/")
        assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "7"])
        assert.strictEqual((yield* get("/v2/")).status, 200)
      }).pipe(
        Effect.provide(backend(
          FakeRegistry.open(content).pipe(FakeRegistry.limit("base", "7", 2), FakeRegistry.fail("base", 503, 1))
        ))
      ))

    it.live("redirects, replaces a body, and rejects POST as its quirks say", () =>
      Effect.gen(function*() {
        const { origin } = yield* FakeRegistry.FakeRegistry
        assert.strictEqual((yield* post("/token", {})).status, 405)
        assert.strictEqual((yield* get("/token")).text, "<html>")
        const redirected = yield* get("/v2/")
        assert.deepStrictEqual([redirected.status, redirected.headers["location"]], [
          307,
          `${origin.origin}/elsewhere/v2/`
        ])
      }).pipe(
        Effect.provide(backend(
          FakeRegistry.bearer(content).pipe(
            FakeRegistry.answer("token", "<html>"),
            FakeRegistry.withoutPost(405),
            FakeRegistry.redirect("base", "{origin}/elsewhere/v2/")
          )
        ))
      ))

    it.live("cuts off a body, and drops the connection", () =>
      Effect.gen(function*() {
        const { change, count } = yield* FakeRegistry.FakeRegistry
        const error = yield* Effect.flip(get(manifest))
        assert.strictEqual(error._tag, "ResponseError")
        yield* change(FakeRegistry.fault("any", { _tag: "Unreachable" }))
        assert.strictEqual((yield* Effect.flip(get(manifest)))._tag, "RequestError")
        assert.strictEqual(yield* count("manifest"), 2)
      }).pipe(
        Effect.provide(backend(
          FakeRegistry.open(content).pipe(FakeRegistry.fault("manifest", { _tag: "CutOff", after: 10 }))
        ))
      ))
  })

suite("FakeRegistry in memory", (description) => FakeRegistry.layer(description))
suite(
  "FakeRegistry on a loopback port",
  (description) => Layer.merge(FakeRegistry.layerServer(description), NodeHttpClient.layer)
)

describe("FakeRegistry and time", () => {
  it.effect("rejects an expired token", () =>
    Effect.gen(function*() {
      const token = yield* Effect.flatMap(get(`/token?${scope}`, basic("me", "p")), tokenOf)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual((yield* get(manifest, bearer(token))).status, 200)
      yield* TestClock.adjust("1 second")
      const answer = yield* get(manifest, bearer(token))
      assert.include(answer.headers["www-authenticate"], `error="invalid_token"`)
    }).pipe(Effect.provide(FakeRegistry.layer(FakeRegistry.bearer({ ...content, lifetime: "1 minute" })))))

  it.effect("delays a response, or never sends it", () =>
    Effect.gen(function*() {
      const { change } = yield* FakeRegistry.FakeRegistry
      const slow = yield* Effect.fork(get("/v2/"))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* slow).status, 200)
      yield* change(FakeRegistry.fault("base", { _tag: "Hang" }))
      const none = yield* Effect.fork(Effect.timeoutOption(get("/v2/"), "1 day"))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* none, Option.none())
    }).pipe(
      Effect.provide(FakeRegistry.layer(
        FakeRegistry.open(content).pipe(FakeRegistry.fault("base", { _tag: "Delay", for: "2 seconds" }))
      ))
    ))

  it.effect("serves only its own host and that of its realm", () =>
    Effect.gen(function*() {
      const { requests } = yield* FakeRegistry.FakeRegistry
      const own = yield* get("/v2/", basic("a", "secret"))
      assert.include(own.headers["www-authenticate"], `realm="https://auth.example.net/t"`)
      const answer = yield* HttpClient.get(`https://auth.example.net/t?${scope}`, { headers: basic("me", "p") })
      assert.strictEqual(answer.status, 200)
      const error = yield* Effect.flip(HttpClient.get("https://example.org/"))
      assert.strictEqual(error._tag, "RequestError")
      const [first] = yield* requests
      assert.isDefined(first)
      assert.strictEqual(`${Option.getOrThrow(first.authorization)}`, "<redacted>")
      assert.include(Redacted.value(Option.getOrThrow(first.authorization)), "Basic ")
    }).pipe(
      Effect.provide(FakeRegistry.layer(FakeRegistry.bearer({ ...content, realm: "https://auth.example.net/t" })))
    ))

  it.effect("accepts a token that the test made itself", () =>
    Effect.gen(function*() {
      const claims = { access: ["repository:org/app:pull"], expires: 1000 }
      assert.strictEqual((yield* get(manifest, bearer(FakeRegistry.token(claims)))).status, 200)
      assert.strictEqual((yield* get(manifest, bearer("not.ours"))).status, 401)
    }).pipe(Effect.provide(FakeRegistry.layer(FakeRegistry.bearer(content)))))
})
