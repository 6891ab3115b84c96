import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { answerOf, basic, bearer, get, type Headers, post, tokenOf } from "./registry.ts"

const image = FakeRegistry.image()
const options = {
  host: "registry.example.com",
  users: {
    me: { password: "p", repositories: { "org/app": ["pull", "push"] } },
    reader: { password: "r", repositories: { "org/app": ["pull"] }, identityToken: "identity" },
    guest: { password: "g", repositories: ["org/public"] }
  },
  images: { "org/app": image, "org/public": image },
  anonymous: ["org/public"]
} as const
const serve = (description: FakeRegistry.Description) => Effect.provide(FakeRegistry.layer(description))

const manifest = "/v2/org/app/manifests/latest"
const scope = (...scopes: ReadonlyArray<string>) =>
  scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join("&")
const claimsOf = (token: string) => Option.getOrThrow(FakeRegistry.claims(token))
const accessFor = (query: string, headers: Headers = {}) =>
  Effect.map(Effect.flatMap(get(`/token?${query}`, headers), tokenOf), (token) => claimsOf(token).access)
const form = { client_id: "test", service: options.host, scope: "repository:org/app:pull,push" }

describe("the token service of FakeRegistry", () => {
  it.effect("issues JSON Web Tokens with the claims that docker's specification names", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1000 seconds")
      const token = yield* Effect.flatMap(get(`/token?${scope("repository:org/app:pull")}`, basic("me", "p")), tokenOf)
      assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
      const [header, payload] = token.split(".").map((part) => Buffer.from(part, "base64url").toString())
      assert.deepStrictEqual(JSON.parse(header ?? ""), { typ: "JWT", alg: "HS256" })
      assert.deepStrictEqual(JSON.parse(payload ?? ""), {
        iss: "fake-registry",
        sub: "me",
        aud: "registry.example.com",
        exp: 1300,
        nbf: 1000,
        iat: 1000,
        jti: "1000000-0",
        access: [{ type: "repository", name: "org/app", actions: ["pull"] }]
      })
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("grants the actions that a user has of those that are requested", () =>
    Effect.gen(function*() {
      const app = (...actions: ReadonlyArray<string>) => ({ type: "repository", name: "org/app", actions })
      const pushed = scope("repository:org/app:pull,push")
      assert.deepStrictEqual(yield* accessFor(pushed, basic("me", "p")), [app("pull", "push")])
      assert.deepStrictEqual(yield* accessFor(pushed, basic("reader", "r")), [app("pull")])
      assert.deepStrictEqual(yield* accessFor(pushed, basic("guest", "g")), [])
      assert.deepStrictEqual(yield* accessFor(pushed), [])
      assert.deepStrictEqual(yield* accessFor(scope("repository:org/app:*"), basic("reader", "r")), [app("pull")])
      const twice = scope("repository:org/app:pull repository:org/app:push", "repository:org/public:pull", "nonsense")
      const found = yield* accessFor(twice, basic("me", "p"))
      assert.deepStrictEqual(found, [app("pull", "push"), { ...app("pull"), name: "org/public" }])
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("issues a token with which more than one action is allowed", () =>
    Effect.gen(function*() {
      const token = yield* Effect.flatMap(
        get(`/token?${scope("repository:org/app:push,pull")}`, basic("me", "p")),
        tokenOf
      )
      assert.strictEqual((yield* get(manifest, bearer(token))).status, 200)
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("issues a token without access to those who have none, which the registry then rejects", () =>
    Effect.gen(function*() {
      for (const headers of [basic("guest", "g"), {}]) {
        const issued = yield* get(`/token?${scope("repository:org/app:pull")}`, headers)
        assert.strictEqual(issued.status, 200)
        const answer = yield* get(manifest, bearer(yield* tokenOf(issued)))
        assert.strictEqual(answer.status, 401)
        const [challenge] = [answer.headers["www-authenticate"]].flat()
        const parameters = `service="${options.host}",scope="repository:org/app:pull",error="insufficient_scope"`
        assert.strictEqual(challenge, `Bearer realm="https://${options.host}/token",${parameters}`)
        assert.deepStrictEqual(JSON.parse(answer.text).errors[0], {
          code: "UNAUTHORIZED",
          message: "authentication required",
          detail: [{ Type: "repository", Class: "", Name: "org/app", Action: "pull" }]
        })
      }
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("rejects tokens that are expired, changed, or for another service", () =>
    Effect.gen(function*() {
      const errorOf = (token: string) =>
        Effect.map(get(manifest, bearer(token)), ({ headers }) =>
          /error="(\w+)"/.exec(headers["www-authenticate"] ?? "")?.[1])
      const access = ["repository:org/app:pull"]
      assert.isUndefined(yield* errorOf(FakeRegistry.token({ access, expires: 1000 })))
      assert.isUndefined(yield* errorOf(FakeRegistry.token({ access, expires: 1000, service: options.host })))
      const invalid = [
        FakeRegistry.token({ access, expires: 0 }),
        FakeRegistry.token({ access, expires: 9000, issued: 5000 }),
        FakeRegistry.token({ access, expires: 1000, service: "another" }),
        `${FakeRegistry.token({ access, expires: 1000 })}x`,
        "opaque"
      ]
      for (const token of invalid) {
        assert.strictEqual(yield* errorOf(token), "invalid_token")
      }
      const other = yield* Effect.flatMap(get(`/token?service=other&${scope(...access)}`, basic("me", "p")), tokenOf)
      assert.strictEqual(yield* errorOf(other), "invalid_token")
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("issues refresh tokens to those who ask for offline access, and accepts them", () =>
    Effect.gen(function*() {
      const password = { ...form, grant_type: "password", username: "me", password: "p" }
      const online = yield* Effect.flatMap(post("/token", password), answerOf)
      assert.isUndefined(online.refresh_token)
      assert.strictEqual(online.scope, "repository:org/app:pull,push")
      const offline = yield* Effect.flatMap(post("/token", { ...password, access_type: "offline" }), answerOf)
      const refresh = { ...form, grant_type: "refresh_token", refresh_token: offline.refresh_token ?? "" }
      const refreshed = yield* Effect.flatMap(post("/token", { ...refresh, access_type: "offline" }), answerOf)
      assert.strictEqual(refreshed.refresh_token, offline.refresh_token)
      assert.strictEqual(claimsOf(refreshed.access_token ?? "").sub, "me")
      assert.strictEqual((yield* get(manifest, bearer(refreshed.access_token ?? ""))).status, 200)
      // It is not an access token.
      assert.strictEqual((yield* get(manifest, bearer(offline.refresh_token ?? ""))).status, 401)

      const byGet = yield* Effect.flatMap(get("/token?offline_token=true", basic("reader", "r")), answerOf)
      assert.strictEqual(byGet.refresh_token, "identity")
      const anonymous = yield* Effect.flatMap(get("/token?offline_token=true"), answerOf)
      assert.isUndefined(anonymous.refresh_token)
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("reports malformed requests as RFC 6749 defines", () =>
    Effect.gen(function*() {
      const errorOf = (fields: Readonly<Record<string, string>>) =>
        Effect.map(post("/token", fields), ({ status, text }) => `${status} ${JSON.parse(text).error}`)
      const complete = { ...form, grant_type: "password", username: "me", password: "p" }
      for (const name of ["grant_type", "client_id", "service"]) {
        assert.strictEqual(yield* errorOf({ ...complete, [name]: "" }), "400 invalid_request")
      }
      assert.strictEqual(yield* errorOf({ ...complete, grant_type: "x" }), "400 unsupported_grant_type")
      assert.strictEqual(yield* errorOf({ ...complete, password: "x" }), "400 invalid_grant")
    }).pipe(serve(FakeRegistry.bearer({ ...options, wrongCredentials: 400 }))))

  it.effect("responds to wrong credentials with the status of the description", () =>
    Effect.gen(function*() {
      const { change } = yield* FakeRegistry.FakeRegistry
      const wrong = { ...form, grant_type: "refresh_token", refresh_token: "x" }
      for (const wrongCredentials of [400, 401, 403] as const) {
        yield* change(() => FakeRegistry.bearer({ ...options, wrongCredentials }))
        assert.strictEqual((yield* get("/token", basic("me", "x"))).status, wrongCredentials)
        assert.strictEqual((yield* get("/token", bearer("x"))).status, wrongCredentials)
        assert.strictEqual((yield* post("/token", wrong)).status, wrongCredentials)
      }
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("denies access itself if told so", () =>
    Effect.gen(function*() {
      const query = scope("repository:org/app:pull")
      assert.strictEqual((yield* get(`/token?${query}`, basic("guest", "g"))).status, 403)
      assert.strictEqual((yield* get(`/token?${query}`)).status, 401)
      assert.strictEqual((yield* get(`/token?${scope("repository:org/public:pull")}`)).status, 200)
    }).pipe(serve(FakeRegistry.bearer({ ...options, denies: "token" }))))

  it.effect("grants the catalog to users alone", () =>
    Effect.gen(function*() {
      const refused = yield* get("/v2/_catalog")
      assert.include(refused.headers["www-authenticate"], `scope="registry:catalog:*"`)
      const query = scope("registry:catalog:*")
      const token = yield* Effect.flatMap(get(`/token?${query}`, basic("me", "p")), tokenOf)
      assert.strictEqual((yield* get("/v2/_catalog", bearer(token))).status, 200)
      const anonymous = yield* Effect.flatMap(get(`/token?${query}`), tokenOf)
      assert.strictEqual((yield* get("/v2/_catalog", bearer(anonymous))).status, 401)
    }).pipe(serve(FakeRegistry.bearer(options))))

  it.effect("has a host of its own if the realm says so", () =>
    Effect.gen(function*() {
      const { count, origins } = yield* FakeRegistry.FakeRegistry
      assert.strictEqual(origins.auth.href, "https://auth.registry.example.com/")
      const refused = yield* get("/v2/")
      assert.include(refused.headers["www-authenticate"], `realm="https://auth.registry.example.com/t"`)
      assert.strictEqual((yield* get("/t")).status, 404)
      assert.strictEqual(yield* count("token"), 0)
    }).pipe(serve(FakeRegistry.bearer({ ...options, realm: "{auth}/t" }))))
})
