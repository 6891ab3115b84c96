import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { gunzipSync } from "node:zlib"
import * as FakeImage from "../../src/testing/FakeImage.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { basic, bearer, get, type Headers, send } from "./registry.ts"

const image = FakeRegistry.image({ tags: ["latest", "b", "V1", "a"] })
const signature = FakeRegistry.image({ subject: image.manifest, artifactType: "application/vnd.example.signature" })
const registry = FakeRegistry.open({ images: { "org/app": [image, signature], "org/other": [] } })
const serve = (description: FakeRegistry.Description) => Effect.provide(FakeRegistry.layer(description))

const layer = image.layers[0] ?? image.config
const manifest = "/v2/org/app/manifests/latest"
const blob = `/v2/org/app/blobs/${layer.digest}`
const noDigest = `sha256:${"0".repeat(64)}`

const request = (method: "DELETE" | "HEAD" | "PATCH" | "POST" | "PUT", path: string, headers: Headers = {}) =>
  send(HttpClientRequest.make(method)(path, { headers }))

/** The status and the error code. */
const problem = ({ status, text }: { readonly status: number; readonly text: string }) =>
  `${status} ${/"code":"([A-Z_]+)"/.exec(text)?.[1]}`

describe("FakeRegistry", () => {
  it.effect("responds 405 UNSUPPORTED to the methods that an endpoint does not have", () =>
    Effect.gen(function*() {
      for (const path of [manifest, blob, "/v2/org/app/blobs/uploads/", "/v2/"]) {
        for (const method of ["DELETE", "PATCH", "POST", "PUT"] as const) {
          const answer = yield* request(method, path)
          assert.strictEqual(problem(answer), "405 UNSUPPORTED", `${method} ${path}`)
          assert.strictEqual(answer.headers["allow"], "GET, HEAD")
        }
      }
      for (const path of ["/v2/org/app/tags/list", "/v2/_catalog", `/v2/org/app/referrers/${noDigest}`]) {
        const answer = yield* request("DELETE", path)
        assert.strictEqual(problem(answer), "405 UNSUPPORTED", path)
        assert.strictEqual(answer.headers["allow"], "GET")
      }
      assert.strictEqual((yield* get(manifest)).status, 200)
    }).pipe(serve(registry)))

  it.effect("asks for the access that a method needs before it refuses the method", () =>
    Effect.gen(function*() {
      const scopeOf = (answer: { readonly headers: Headers }) =>
        /scope="([^"]*)"/.exec(answer.headers["www-authenticate"] ?? "")?.[1]
      assert.strictEqual(scopeOf(yield* request("DELETE", manifest)), "repository:org/app:delete")
      assert.strictEqual(scopeOf(yield* request("PUT", manifest)), "repository:org/app:pull,push")
      assert.strictEqual(scopeOf(yield* request("POST", "/v2/org/app/blobs/uploads/")), "repository:org/app:pull,push")
      const token = bearer(FakeRegistry.token({ access: ["repository:org/app:delete"], expires: 1000 }))
      assert.strictEqual(problem(yield* request("DELETE", manifest, token)), "405 UNSUPPORTED")
      const refused = yield* request("PUT", manifest, token)
      assert.include(refused.headers["www-authenticate"], `error="insufficient_scope"`)
    }).pipe(serve(FakeRegistry.bearer({ images: { "org/app": image } }))))

  it.effect("distinguishes what is unknown from what is invalid", () =>
    Effect.gen(function*() {
      const expected = {
        "/v2/org/app/manifests/none": "404 MANIFEST_UNKNOWN",
        "/v2/org/none/manifests/latest": "404 MANIFEST_UNKNOWN",
        [`/v2/org/app/manifests/${noDigest}`]: "404 MANIFEST_UNKNOWN",
        "/v2/org/app/manifests/sha256:00": "400 DIGEST_INVALID",
        [`/v2/org/app/blobs/${noDigest}`]: "404 BLOB_UNKNOWN",
        [`/v2/org/none/blobs/${layer.digest}`]: "404 BLOB_UNKNOWN",
        "/v2/org/app/blobs/md5:00": "400 DIGEST_INVALID",
        "/v2/org/app/blobs/latest": "404 undefined",
        "/v2/org/none/tags/list": "404 NAME_UNKNOWN",
        "/v2/constructor/tags/list": "404 NAME_UNKNOWN",
        "/v2/org/App/tags/list": "400 NAME_INVALID",
        "/v2/org/-app/manifests/latest": "400 NAME_INVALID",
        [`/v2/${"a".repeat(256)}/tags/list`]: "400 NAME_INVALID",
        "/v2/org/app/blobs/uploads/": "404 BLOB_UPLOAD_UNKNOWN",
        "/v2/org/app": "404 undefined",
        "/v2/org/app/manifests/%zz": "400 undefined"
      }
      for (const [path, answer] of Object.entries(expected)) assert.strictEqual(problem(yield* get(path)), answer, path)
      const { text } = yield* get("/v2/org/none/manifests/v1")
      const detail = `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"v1"}}]}`
      assert.strictEqual(text, detail)
      assert.deepStrictEqual(JSON.parse((yield* get("/v2/org/other/tags/list")).text), { name: "org/other", tags: [] })
    }).pipe(serve(registry)))

  it.effect("decodes a path before it splits it, and redirects other forms of it", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* get("/v2/org%2Fapp/manifests/latest")).status, 200)
      assert.strictEqual((yield* get(`/v2/org/app/blobs/${layer.digest.replace(":", "%3A")}`)).status, 200)
      const moved = { "/v2": "/v2/", "/v2/org//app/tags/list": "/v2/org/app/tags/list", [`${manifest}/`]: manifest }
      for (const [from, to] of Object.entries(moved)) {
        const answer = yield* get(from)
        assert.deepStrictEqual([answer.status, answer.headers["location"]], [301, to])
      }
    }).pipe(serve(registry)))

  it.effect("responds to HEAD with the headers of GET", () =>
    Effect.gen(function*() {
      for (const [path, content] of [[manifest, image.manifest], [blob, layer]] as const) {
        const [answer, head] = [yield* get(path), yield* request("HEAD", path)]
        assert.deepStrictEqual([head.status, head.text], [200, ""])
        assert.deepStrictEqual({ ...head.headers }, { ...answer.headers })
        assert.strictEqual(head.headers["content-length"], `${content.bytes.length}`)
        assert.strictEqual(head.headers["docker-content-digest"], content.digest)
      }
      const missing = yield* request("HEAD", "/v2/org/app/manifests/none")
      assert.deepStrictEqual([missing.status, missing.text], [404, ""])
    }).pipe(serve(registry)))

  it.effect("serves ranges of a blob, and says when they cannot be satisfied", () =>
    Effect.gen(function*() {
      const size = layer.bytes.length
      const range = (text: string, more: Headers = {}) =>
        Effect.map(get(blob, { range: text, ...more }), ({ body, headers, status }) => ({
          status,
          range: headers["content-range"],
          body: body.toString("hex")
        }))
      const bytes = Buffer.from(layer.bytes)
      const part = (start: number, end: number) => ({
        status: 206,
        range: `bytes ${start}-${end - 1}/${size}`,
        body: bytes.subarray(start, end).toString("hex")
      })
      assert.deepStrictEqual(yield* range("bytes=0-9"), part(0, 10))
      assert.deepStrictEqual(yield* range(`bytes=5-${size * 2}`), part(5, size))
      assert.deepStrictEqual(yield* range("bytes=5-"), part(5, size))
      assert.deepStrictEqual(yield* range("bytes=-5"), part(size - 5, size))
      const unsatisfiable = yield* range(`bytes=${size}-`)
      assert.deepStrictEqual([unsatisfiable.status, unsatisfiable.range], [416, `bytes */${size}`])
      assert.strictEqual((yield* range("bytes=9-5")).status, 416)
      for (const ignored of ["lines=0-1", "bytes=0-1,4-5"]) assert.strictEqual((yield* range(ignored)).status, 200)
      assert.strictEqual((yield* range("bytes=0-9", { "if-range": `"other"` })).status, 200)
      assert.strictEqual((yield* get(blob, { "if-none-match": `"${layer.digest}"` })).status, 304)
      assert.strictEqual((yield* get(manifest, { "if-none-match": `"${image.manifest.digest}"` })).status, 304)
    }).pipe(serve(registry)))

  it.effect("lists tags in order and in pages", () =>
    Effect.gen(function*() {
      const list = (query: string) =>
        Effect.map(get(`/v2/org/app/tags/list${query}`), ({ headers, text }) => [
          JSON.parse(text).tags.join(" "),
          headers["link"]
        ])
      assert.deepStrictEqual(yield* list(""), ["V1 a b latest", undefined])
      assert.deepStrictEqual(yield* list("?n=2"), ["V1 a", `</v2/org/app/tags/list?last=a&n=2>; rel="next"`])
      assert.deepStrictEqual(yield* list("?last=a&n=2"), ["b latest", undefined])
      assert.deepStrictEqual(yield* list("?last=aa"), ["b latest", undefined])
      assert.deepStrictEqual(yield* list("?n=0"), ["", undefined])
      assert.strictEqual((yield* get("/v2/org/app/tags/list?n=-1")).status, 400)
      const catalog = yield* get("/v2/_catalog?n=1")
      assert.strictEqual(catalog.text, `{"repositories":["org/app"]}`)
      assert.strictEqual(catalog.headers["link"], `</v2/_catalog?last=org%2Fapp&n=1>; rel="next"`)
    }).pipe(serve(registry)))

  it.effect("lists referrers, unless it has no such API", () =>
    Effect.gen(function*() {
      const { change } = yield* FakeRegistry.FakeRegistry
      const path = `/v2/org/app/referrers/${image.manifest.digest}`
      const answer = yield* get(path)
      assert.strictEqual(answer.headers["content-type"], "application/vnd.oci.image.index.v1+json")
      assert.deepStrictEqual(JSON.parse(answer.text).manifests, [
        { ...FakeImage.descriptor(signature.manifest), artifactType: "application/vnd.example.signature" }
      ])
      const filtered = yield* get(`${path}?artifactType=application/vnd.example.sbom`)
      assert.deepStrictEqual(JSON.parse(filtered.text).manifests, [])
      assert.strictEqual(filtered.headers["oci-filters-applied"], "artifactType")
      assert.strictEqual((yield* get("/v2/org/app/referrers/latest")).status, 400)
      yield* change((description) => ({ ...description, referrers: false }))
      assert.strictEqual((yield* get(path)).status, 404)
    }).pipe(serve(registry)))

  it.effect("serves a manifest to those who accept its type", () =>
    Effect.gen(function*() {
      const status = (accept: string) => Effect.map(get(manifest, { accept }), (_) => _.status)
      for (
        const accept of [
          image.manifest.mediaType,
          "*/*",
          "application/*;q=0.5",
          `text/html, ${image.manifest.mediaType}`
        ]
      ) {
        assert.strictEqual(yield* status(accept), 200, accept)
      }
      const docker = "application/vnd.docker.distribution.manifest.v2+json"
      for (const accept of [docker, `${image.manifest.mediaType};q=0`, `${image.manifest.mediaType}x`]) {
        assert.strictEqual(yield* status(accept), 404, accept)
      }
      const { change } = yield* FakeRegistry.FakeRegistry
      yield* change((description) => ({ ...description, strictAccept: true }))
      assert.strictEqual(problem(yield* get(manifest)), "404 MANIFEST_UNKNOWN")
      assert.strictEqual(yield* status("*/*"), 404)
      assert.strictEqual(yield* status(`${docker}, ${image.manifest.mediaType}`), 200)
    }).pipe(serve(registry)))

  it.effect("redirects blobs to a host that takes no Authorization", () =>
    Effect.gen(function*() {
      const { count, requests } = yield* FakeRegistry.FakeRegistry
      assert.strictEqual((yield* get(blob)).status, 401)
      const redirected = yield* get(blob, basic("me", "p"))
      assert.strictEqual(redirected.status, 307)
      const location = new URL(redirected.headers["location"] ?? "")
      assert.strictEqual(location.host, "cdn.example.net")
      const fromCdn = (url: URL, headers: Headers = {}) => HttpClient.get(url, { headers })
      const content = yield* (yield* fromCdn(location)).arrayBuffer
      assert.strictEqual(FakeImage.blob("", new Uint8Array(content)).digest, layer.digest)
      assert.strictEqual((yield* fromCdn(location, basic("me", "p"))).status, 400)
      assert.strictEqual((yield* fromCdn(new URL(location.pathname, location))).status, 403)
      assert.strictEqual(yield* count("cdn"), 3)
      const last = (yield* requests).at(-3)
      assert.strictEqual(last?.url.searchParams.get("X-Amz-Signature"), "<redacted>")
    }).pipe(serve(FakeRegistry.basic({ users: { me: { password: "p" } }, images: { "org/app": image }, cdn: true }))))

  it.effect("compresses layers with gzip unless told otherwise", () =>
    Effect.sync(() => {
      const plain = FakeRegistry.image({ compression: "none" })
      const packed = FakeRegistry.image()
      const [archive, compressed] = [plain.layers[0] ?? plain.config, packed.layers[0] ?? packed.config]
      assert.strictEqual(compressed.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip")
      assert.strictEqual(archive.mediaType, "application/vnd.oci.image.layer.v1.tar")
      assert.deepStrictEqual(gunzipSync(compressed.bytes), Buffer.from(archive.bytes))
      // The config lists the digests of the archives, compressed or not.
      assert.strictEqual(packed.config.digest, plain.config.digest)
      assert.include(Buffer.from(packed.config.bytes).toString(), archive.digest)
    }))
})
