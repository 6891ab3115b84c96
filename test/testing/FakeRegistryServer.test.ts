import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { X509Certificate } from "node:crypto"
import * as NodeHttps from "node:https"
import * as NodeNet from "node:net"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as SelfSigned from "../../src/testing/SelfSigned.ts"
import { basic } from "./registry.ts"

const registry = FakeRegistry.bearer({
  users: { me: { password: "p" } },
  images: { "org/app": FakeRegistry.image() },
  realm: "{auth}/token",
  cdn: true
})

const statusOf = (url: URL, headers: Readonly<Record<string, string>> = {}) =>
  HttpClient.get(url, { headers }).pipe(Effect.map((_) => _.status), Effect.provide(NodeHttpClient.layer))

/** The status of `/v2/` for a client that trusts this CA; or the error code. */
const secureStatus = (url: URL, ca: string | undefined) =>
  Effect.async<number | string>((resume) => {
    const options = { agent: false, ...(ca === undefined ? {} : { ca }) }
    const request = NodeHttps.get(new URL("/v2/", url), options, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode ?? 0))
    })
    request.on("error", (error) => resume(Effect.succeed("code" in error ? `${error.code}` : error.message)))
  })

const raw = (url: URL, request: string) =>
  Effect.async<string>((resume) => {
    const socket = NodeNet.connect(Number(url.port), url.hostname, () => socket.end(request))
    let text = ""
    socket.setEncoding("utf8").on("data", (chunk) => text += chunk)
    socket.on("close", () => resume(Effect.succeed(text)))
  })

describe("FakeRegistry.serve", () => {
  it.scopedLive("listens on the given port, and fails if it is in use", () =>
    Effect.gen(function*() {
      const first = yield* FakeRegistry.serve(registry)
      const port = Number(first.origin.port)
      const error = yield* Effect.flip(FakeRegistry.serve(registry, { port }))
      assert.strictEqual(error._tag, "ServeError")
      assert.include(`${error.cause}`, "EADDRINUSE")

      const scope = yield* Scope.make()
      const { origin } = yield* Scope.extend(FakeRegistry.serve(registry), scope)
      assert.strictEqual(yield* statusOf(new URL("/v2/", origin)), 401)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Effect.flip(statusOf(origin)))._tag, "RequestError")
      const again = yield* FakeRegistry.serve(registry, { port: Number(origin.port) })
      assert.strictEqual(again.origin.href, origin.href)
    }))

  it.scopedLive("listens on the given host, and answers under every name", () =>
    Effect.gen(function*() {
      const named = yield* FakeRegistry.serve(registry, { host: "localhost" })
      assert.strictEqual(named.origin.hostname, "localhost")
      assert.strictEqual(yield* statusOf(new URL("/v2/", named.origin)), 401)
      const everywhere = yield* FakeRegistry.serve(registry, { host: "0.0.0.0" })
      assert.strictEqual(everywhere.origin.hostname, "127.0.0.1")
      assert.strictEqual(yield* statusOf(new URL(`http://localhost:${everywhere.origin.port}/v2/`)), 401)
    }))

  it.scopedLive("serves its token service and its blobs on ports of their own", () =>
    Effect.gen(function*() {
      const { count, origin, origins } = yield* FakeRegistry.serve(registry)
      assert.strictEqual(new Set(Object.values(origins).map(({ port }) => port)).size, 3)
      assert.strictEqual(yield* statusOf(new URL("/token", origins.auth), basic("me", "p")), 200)
      assert.strictEqual(yield* statusOf(new URL("/token", origin)), 404)
      assert.strictEqual(yield* statusOf(new URL("/org/app/x", origins.cdn)), 403)
      assert.deepStrictEqual([yield* count("token"), yield* count("cdn"), yield* count("other")], [1, 1, 1])
    }))

  it.scopedLive("serves https with a certificate made for it", () =>
    Effect.gen(function*() {
      for (const host of ["127.0.0.1", "localhost"]) {
        const { ca, origin, origins } = yield* FakeRegistry.serve(registry, { host, tls: "self-signed" })
        assert.strictEqual(origin.protocol, "https:")
        for (const url of [origin, new URL(`https://localhost:${origin.port}`)]) {
          assert.strictEqual(yield* secureStatus(url, Option.getOrUndefined(ca)), 401)
        }
        assert.strictEqual(yield* secureStatus(origins.auth, Option.getOrUndefined(ca)), 404)
        assert.strictEqual(yield* secureStatus(origin, undefined), "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
        const other = yield* SelfSigned.make()
        assert.notStrictEqual(yield* secureStatus(origin, other.ca), 401)
      }
      assert.isTrue(Option.isNone((yield* FakeRegistry.serve(registry)).ca))
    }))

  it.scopedLive("takes a target that begins with two slashes as a path, and a whole URL as one", () =>
    Effect.gen(function*() {
      const { origin, requests } = yield* FakeRegistry.serve(registry)
      const lines = (target: string) => `GET ${target} HTTP/1.1\r\nHost: ${origin.host}\r\nConnection: close\r\n\r\n`
      assert.match(yield* raw(origin, lines("//v2/")), /^HTTP\/1\.1 301 /)
      assert.match(yield* raw(origin, lines(`http://example.com/v2/`)), /^HTTP\/1\.1 401 /)
      const hosts = (yield* requests).map(({ url }) => url.host)
      assert.deepStrictEqual(hosts, [origin.host, "example.com"])
    }))
})

describe("SelfSigned.make", () => {
  it.effect("makes a certificate that is valid now, for loopback names and those given", () =>
    Effect.gen(function*() {
      const { ca, cert, key } = yield* SelfSigned.make(["registry.test", "10.0.0.1", "fe80::1:2"])
      const [server, authority] = [new X509Certificate(cert), new X509Certificate(ca)]
      assert.isTrue(server.verify(authority.publicKey))
      assert.isTrue(server.checkIssued(authority))
      assert.deepStrictEqual([server.ca, authority.ca], [false, true])
      for (const name of ["localhost", "registry.test"]) assert.strictEqual(server.checkHost(name), name)
      for (const address of ["127.0.0.1", "::1", "10.0.0.1", "fe80::1:2"]) {
        assert.strictEqual(server.checkIP(address), address)
      }
      assert.isUndefined(server.checkHost("example.com"))
      const now = Clock.make().unsafeCurrentTimeMillis()
      assert.isBelow(Date.parse(server.validFrom), now)
      assert.isAbove(Date.parse(server.validTo), now + 300 * 24 * 3600 * 1000)
      assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/)
      const again = yield* SelfSigned.make()
      assert.notStrictEqual(new X509Certificate(again.cert).serialNumber, server.serialNumber)
    }))
})

describe("the record of FakeRegistry", () => {
  const path = (n: number) => new URL(`https://registry.example.com/v2/org/app/tags/list?n=${n}`)

  it.effect("holds the last requests, and counts all of them", () =>
    Effect.gen(function*() {
      const { count, dropped, requests } = yield* FakeRegistry.FakeRegistry
      const recorded = Effect.map(requests, (all) => all.map(({ url }) => url.searchParams.get("n")).join(" "))
      yield* HttpClient.get(path(0))
      assert.deepStrictEqual([yield* recorded, yield* dropped], ["0", 0])
      for (const n of [1, 2, 3, 4]) yield* HttpClient.get(path(n))
      assert.deepStrictEqual([yield* recorded, yield* dropped, yield* count("tags")], ["2 3 4", 2, 5])
    }).pipe(Effect.provide(FakeRegistry.layer(FakeRegistry.open(), { record: 3 }))))

  it.effect("holds no request if told so", () =>
    Effect.gen(function*() {
      const { count, dropped, requests } = yield* FakeRegistry.FakeRegistry
      yield* HttpClient.get(path(0))
      assert.deepStrictEqual([(yield* requests).length, yield* dropped, yield* count("tags")], [0, 1, 1])
    }).pipe(Effect.provide(FakeRegistry.layer(FakeRegistry.open(), { record: 0 }))))

  it.effect("holds the status of the response, and no secrets", () =>
    Effect.gen(function*() {
      const { requests } = yield* FakeRegistry.FakeRegistry
      const url = new URL("https://registry.example.com/v2/?refresh_token=secret&X-Amz-Signature=secret&scope=s")
      const headers = {
        ...basic("me", "secret"),
        cookie: "secret",
        "proxy-authorization": "secret",
        "x-api-key": "secret"
      }
      yield* HttpClient.get(url, { headers: { ...headers, accept: "*/*" } })
      const [received] = yield* requests
      assert.deepStrictEqual([received?.status, received?.endpoint], [200, "base"])
      assert.deepStrictEqual([received?.headers["accept"], received?.url.searchParams.get("scope")], ["*/*", "s"])
      assert.notInclude(JSON.stringify([received, received?.url.href]), "secret")
      // What a test has to compare is there still.
      assert.strictEqual(
        Option.map(received?.authorization ?? Option.none(), Redacted.value).pipe(Option.getOrUndefined),
        basic("me", "secret")["authorization"]
      )
    }).pipe(Effect.provide(FakeRegistry.layer(FakeRegistry.open()))))
})

describe("a quirk of FakeRegistry", () => {
  const get = HttpClient.get(new URL("https://registry.example.com/v2/"))

  it.effect("applies to a number of requests from when it is added", () =>
    Effect.gen(function*() {
      const { change } = yield* FakeRegistry.FakeRegistry
      yield* get
      yield* change(FakeRegistry.fail("base", 503, 2))
      const statuses = yield* Effect.all([get, get, get])
      assert.deepStrictEqual(statuses.map(({ status }) => status), [503, 503, 200])
    }).pipe(Effect.provide(FakeRegistry.layer(FakeRegistry.open()))))

  it.effect("is an HTML page, or a 429 with an error body", () =>
    Effect.gen(function*() {
      const page = yield* get
      assert.deepStrictEqual([page.status, page.headers["content-type"]], [200, "text/html; charset=utf-8"])
      const limited = yield* get
      assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "3"])
      assert.include(yield* limited.text, `"code":"TOOMANYREQUESTS"`)
    }).pipe(
      Effect.provide(
        FakeRegistry.layer(FakeRegistry.open().pipe(FakeRegistry.limit("base", "3"), FakeRegistry.html("base", 200, 1)))
      )
    ))
})
