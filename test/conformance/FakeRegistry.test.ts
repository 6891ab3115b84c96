/** The fake registry responds as docker-registry does to the same requests. */
import { assert, describe, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import { readFileSync, writeFileSync } from "node:fs"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as Certificates from "./Certificates.ts"
import * as DockerRegistry from "./DockerRegistry.ts"
import * as Programs from "./Programs.ts"
import * as Pull from "./Pull.ts"
import { essence, type Pair, type Request, same, send } from "./SameAnswer.ts"
import * as TokenServer from "./TokenServer.ts"

const image = FakeRegistry.image({ tags: ["latest", "v1"] })
const repository = "org/app"
const options = {
  users: { me: { password: "correct horse" }, guest: { password: "g", repositories: ["org/other"] } },
  images: { [repository]: image },
  referrers: false,
  strictAccept: true
}

interface Pairs {
  readonly open: Pair
  readonly basic: Pair
  readonly bearer: Pair
  /** How long the tokens of docker's registry are valid, in seconds. */
  readonly lifetime: Ref.Ref<number>
}

class World extends Context.Tag("World")<World, Pairs>() {}

const fakeOf = (description: FakeRegistry.Description) =>
  Effect.orDie(Effect.map(FakeRegistry.serve(description), ({ origin }) => origin))

const make: Effect.Effect<Pairs, never, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* Pull.temporaryFolder
  const storage = `${folder}/store`
  yield* DockerRegistry.fill({ folder, storage, repository, image })
  const serve = (auth: object | undefined, port: number) =>
    DockerRegistry.serve({ folder, storage, port, ...(auth === undefined ? {} : { auth }) })

  const passwords = yield* Programs.must("htpasswd", ["-Bin", "me"], { stdin: "correct horse" })
  writeFileSync(`${folder}/htpasswd`, passwords)

  const signer = yield* Certificates.selfSigned(folder, "signer")
  const registryPort = yield* DockerRegistry.freePort
  const { issuer, service } = TokenServer
  const tokens = yield* TokenServer.serve({
    key: readFileSync(signer.key, "utf8"),
    registryPort,
    users: {
      me: { password: "correct horse", repositories: [repository] },
      guest: { password: "g", repositories: ["org/other"] }
    }
  })
  const realm = `${tokens.origin.origin}/token`
  yield* serve({ token: { realm, service, issuer, rootcertbundle: signer.cert } }, registryPort)

  return {
    open: {
      docker: yield* serve(undefined, yield* DockerRegistry.freePort),
      fake: yield* fakeOf(FakeRegistry.open(options))
    },
    basic: {
      docker: yield* serve({ htpasswd: { realm: "test", path: `${folder}/htpasswd` } }, yield* DockerRegistry.freePort),
      fake: yield* fakeOf(FakeRegistry.basic({ ...options, realm: "test" }))
    },
    bearer: { docker: tokens.origin, fake: yield* fakeOf(FakeRegistry.bearer({ ...options, service })) },
    lifetime: tokens.lifetime
  }
})

const accept = { accept: image.manifest.mediaType }
const at = (path: string) => `/v2/${repository}/${path}`
const layerDigest = image.layers[0]?.digest ?? ""
const noDigest = `sha256:${"0".repeat(64)}`

const reads: ReadonlyArray<Request> = [
  ...["/v2/", "/v2", "/nothing", "/v1/", "/v2/org/app", "/v2/_catalog", "/v2/_catalog?n=1"].map((path) => ({ path })),
  ...["latest", "v1", "none", image.manifest.digest, noDigest].flatMap((reference) => [
    { path: at(`manifests/${reference}`), headers: accept },
    { path: at(`manifests/${reference}`), headers: accept, method: "HEAD" }
  ]),
  { path: at("manifests/latest") },
  { path: at("manifests/latest"), headers: { accept: "*/*" } },
  { path: at("manifests/latest"), headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" } },
  { path: at("manifests/latest"), headers: { ...accept, "if-none-match": `"${noDigest}"` } },
  { path: at("manifests/latest/"), headers: accept },
  { path: at(`manifests/${image.manifest.digest.replace(":", "%3A")}`), headers: accept },
  { path: at("manifests/%zz") },
  { path: "/v2/org%2Fapp/manifests/latest", headers: accept },
  { path: "/v2/org/none/manifests/latest", headers: accept },
  ...[layerDigest, image.config.digest, noDigest, "sha256:00", "md5:00", "latest"].flatMap((digest) => [
    { path: at(`blobs/${digest}`) },
    { path: at(`blobs/${digest}`), method: "HEAD" }
  ]),
  { path: `/v2/org/none/blobs/${layerDigest}` },
  ...["0-9", "5-", "-5", "0-99999", "99999-", "9-5"].map((range) => ({
    path: at(`blobs/${layerDigest}`),
    headers: { range: `bytes=${range}` }
  })),
  { path: at("tags/list") },
  { path: at("tags/list"), method: "HEAD" },
  { path: "/v2/org/none/tags/list" },
  { path: at("blobs/uploads/") },
  { path: at("blobs/uploads") },
  { path: at(`referrers/${image.manifest.digest}`) }
]

const writes: ReadonlyArray<Request> = [
  ...["DELETE", "PATCH", "POST", "PUT"].flatMap((method) => [
    { method, path: at("manifests/latest") },
    { method, path: at(`manifests/${image.manifest.digest}`) },
    { method, path: at(`blobs/${layerDigest}`) },
    { method, path: at("tags/list") },
    { method, path: "/v2/_catalog" }
  ]),
  { method: "POST", path: at("blobs/uploads/") }
]

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
})

const tokenFor = (registry: URL, user: string, password: string, scope: string) =>
  Effect.map(
    send(registry, {
      path: `/token?service=${TokenServer.service}&scope=${encodeURIComponent(scope)}`,
      headers: basic(user, password)
    }),
    ({ text }): string => JSON.parse(text).token
  )

/** The same request, with a token that each registry's own service has issued. */
const sameWithToken = (pair: Pair, user: string, password: string, scope: string, request: Request) =>
  Effect.gen(function*() {
    const answerOf = (registry: URL) =>
      Effect.gen(function*() {
        const token = yield* tokenFor(registry, user, password, scope)
        const headers = { ...request.headers, authorization: `Bearer ${token}` }
        return essence(registry, yield* send(registry, { ...request, headers }))
      })
    const expected = yield* answerOf(pair.docker)
    assert.deepStrictEqual(yield* answerOf(pair.fake), expected, `${request.method} ${request.path} with ${scope}`)
    return expected
  })

describe.skipIf(!Programs.areInstalled())("FakeRegistry and docker-registry", () => {
  layer(Layer.scoped(World, make), { excludeTestServices: true, timeout: "30 seconds" })((it) => {
    it.effect("serve the same content and errors", () =>
      Effect.gen(function*() {
        const { open } = yield* World
        for (const request of reads) yield* same(open, request)
      }))

    it.effect("refuse the same methods", () =>
      Effect.gen(function*() {
        const { open } = yield* World
        for (const request of writes) assert.strictEqual(yield* same(open, request), 405)
      }))

    it.effect("challenge for a password in the same way", () =>
      Effect.gen(function*() {
        const pair = (yield* World).basic
        for (const request of [...reads, ...writes]) yield* same(pair, request)
        for (const headers of [basic("me", "wrong"), basic("you", "correct horse"), { authorization: "Bearer x" }]) {
          assert.strictEqual(yield* same(pair, { path: "/v2/", headers }), 401)
        }
        const headers = { ...accept, ...basic("me", "correct horse") }
        assert.strictEqual(yield* same(pair, { path: at("manifests/latest"), headers }), 200)
      }))

    it.effect("challenge for a token in the same way", () =>
      Effect.gen(function*() {
        const { bearer } = yield* World
        for (const request of [...reads, ...writes]) yield* same(bearer, request)
        for (const authorization of ["Bearer x", "Bearer a.b.c", "Bearer", "Basic bWU6eA=="]) {
          yield* same(bearer, { path: at("manifests/latest"), headers: { ...accept, authorization } })
        }
      }))

    it.effect("accept and reject the same tokens", () =>
      Effect.gen(function*() {
        const { bearer } = yield* World
        const manifest: Request = { path: at("manifests/latest"), headers: accept }
        const mine = (scope: string, request: Request) => sameWithToken(bearer, "me", "correct horse", scope, request)
        for (const actions of ["pull", "pull,push", "push,pull", "push", "delete"]) {
          yield* mine(`repository:${repository}:${actions}`, manifest)
          yield* mine(`repository:${repository}:${actions}`, { method: "DELETE", path: manifest.path })
          yield* mine(`repository:${repository}:${actions}`, { method: "PUT", path: manifest.path })
        }
        assert.propertyVal(yield* mine(`repository:${repository}:pull,push`, manifest), "status", 200)
        yield* mine("repository:org/other:pull", manifest)
        yield* mine("repository:org/other:pull", { path: "/v2/" })
        yield* sameWithToken(bearer, "guest", "g", `repository:${repository}:pull`, manifest)
      }))

    it.effect("differ where the page about testing says so", () =>
      Effect.gen(function*() {
        const { open } = yield* World
        const long = "a".repeat(256)
        const range = (range: string) => ({ path: at(`blobs/${layerDigest}`), headers: { range } })
        const differences: ReadonlyArray<readonly [Request, docker: number, fake: number]> = [
          [{ path: "/v2/org/App/tags/list" }, 404, 400],
          [{ path: `/v2/${long}/tags/list` }, 500, 400],
          [{ path: at("manifests/sha256:00"), headers: accept }, 500, 400],
          [{ path: "/v2/", method: "DELETE" }, 200, 405],
          [range("lines=0-1"), 416, 200]
        ]
        for (const [request, docker, fake] of differences) {
          const answers = yield* Effect.all([send(open.docker, request), send(open.fake, request)])
          assert.deepStrictEqual(answers.map(({ status }) => status), [docker, fake], request.path)
        }
      }))
  })
})
