import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as NodeNet from "node:net"
import * as ClientNode from "../../src/http/ClientNode.ts"
import * as Http from "../../src/http/Http.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Tls from "./tls.ts"

class Authority extends Context.Tag("test/Authority")<Authority, Tls.Authority>() {}

const http = (variables: Readonly<Record<string, string>>, timeout: Duration.DurationInput = "5 seconds") =>
  Http.Http.pipe(
    Effect.provide(
      Layer.effect(Http.Http, Http.make({ timeout, retries: 0 })).pipe(
        Layer.provideMerge(ClientNode.layer),
        Layer.provide([TestEnvironment.layer(variables), NodeFileSystem.layer])
      )
    )
  )

/** Sends the requests one after another: the status and the body, or the error's reason and detail. */
const get = (variables: Readonly<Record<string, string>>, ...urls: ReadonlyArray<string>) =>
  Effect.forEach(
    urls,
    (url) =>
      Effect.flatMap(http(variables), (http) => http.request({ method: "GET", url: new URL(url), repeatable: true }))
        .pipe(
          Effect.match({
            onFailure: (error) => {
              if (error._tag === "RateLimited") return error._tag
              return `${error.reason}: ${/ \(([A-Z_]+)\)/.exec(error.detail)?.[1] ?? error.detail}`
            },
            onSuccess: ({ body, status }) => `${status} ${Redacted.value(body)}`
          })
        )
  )

layer(Layer.scoped(Authority, Tls.authority), { excludeTestServices: true })("ClientNode", (it) => {
  it.scoped("trusts the CA certificates in SSL_CERT_FILE, in addition to those in NODE_EXTRA_CA_CERTS", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      const url = `https://localhost:${port}/`
      const other = `${folder}/other.pem`
      assert.deepStrictEqual(yield* get({ SSL_CERT_FILE: file }, url), ["200 body"])
      assert.deepStrictEqual(yield* get({ SSL_CERT_FILE: other, NODE_EXTRA_CA_CERTS: file }, url), ["200 body"])
      assert.deepStrictEqual(yield* get({}, url), ["Certificate: UNABLE_TO_GET_ISSUER_CERT_LOCALLY"])
      assert.deepStrictEqual(yield* get({ SSL_CERT_FILE: other }, url), [
        "Certificate: UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
      ])
    }))

  it.scoped("connects through the proxy, and verifies the certificate of the host behind it", () =>
    Effect.gen(function*() {
      const { file, server } = yield* Authority
      const { port, seen } = yield* Tls.server(server)
      for (const tls of [undefined, server]) {
        const proxy = yield* Tls.proxy(port, tls === undefined ? {} : { tls })
        const HTTPS_PROXY = `${tls === undefined ? "http" : "https"}://u:p%40ss@localhost:${proxy.port}`
        const variables = { HTTPS_PROXY, SSL_CERT_FILE: file }
        assert.deepStrictEqual(yield* get(variables, "https://registry.test/v2/"), ["200 body"])
        assert.deepStrictEqual(yield* get(variables, "https://evil.test:8443/"), [
          "Certificate: ERR_TLS_CERT_ALTNAME_INVALID"
        ])
        const authorization = `Basic ${Buffer.from("u:p@ss").toString("base64")}`
        // The second connection to evil.test is to find out what its certificate is for.
        const evil = "CONNECT evil.test:8443"
        assert.deepStrictEqual(proxy.seen.asked, ["CONNECT registry.test:443", evil, evil])
        assert.deepStrictEqual([...new Set(proxy.seen.authorization)], [authorization])
      }
      assert.deepStrictEqual(seen.requests, ["GET /v2/", "HEAD /", "GET /v2/", "HEAD /"])
    }))

  it.scoped("verifies the certificate for an address behind a proxy as an address", () =>
    Effect.gen(function*() {
      const { file, leaf } = yield* Authority
      const wrong = ["Certificate: ERR_TLS_CERT_ALTNAME_INVALID"]
      for (const [host, name] of [["10.20.30.40", "v4"], ["[fd00::1]", "v6"], ["registry.test", "name"]] as const) {
        const own = name === "name" ? `DNS:${host}` : `IP:${host.replace(/[[\]]/g, "")}`
        const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<string>]> = [
          [`${name}-right`, own, ["200 body"]],
          [`${name}-localhost`, "DNS:localhost", wrong],
          [`${name}-other`, "IP:10.20.30.41,IP:fd00::2,DNS:other.test,IP:127.0.0.1", wrong],
          [`${name}-text`, name === "name" ? "DNS:x.registry.test" : `DNS:${host.replace(/[[\]:]/g, "")}`, wrong]
        ]
        for (const [kind, names, expected] of cases) {
          const { port } = yield* Tls.server(leaf(kind, { names }))
          for (const tls of [undefined, leaf("proxy", { names: "IP:127.0.0.1" })]) {
            const proxy = yield* Tls.proxy(port, tls === undefined ? {} : { tls })
            const HTTPS_PROXY = `${tls === undefined ? "http" : "https"}://127.0.0.1:${proxy.port}`
            const got = yield* get({ HTTPS_PROXY, SSL_CERT_FILE: file }, `https://${host}:5000/`)
            assert.deepStrictEqual(got, expected, `${host} ${names}`)
          }
        }
      }
    }))

  it.scoped("verifies the certificate of a proxy that is an address", () =>
    Effect.gen(function*() {
      const { file, leaf, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      const proxy = yield* Tls.proxy(port, { tls: leaf("not-this", { names: "DNS:localhost,IP:10.0.0.1" }) })
      const HTTPS_PROXY = `https://127.0.0.1:${proxy.port}`
      const [got] = yield* get({ HTTPS_PROXY, SSL_CERT_FILE: file }, "https://registry.test/")
      assert.strictEqual(got, "Proxy: ERR_TLS_CERT_ALTNAME_INVALID")
    }))

  it.scoped("does not mistake the response of the proxy for that of the host, and shows no password", () =>
    Effect.gen(function*() {
      const url = "https://registry.test/v2/"
      const refusal = (status: number) =>
        Effect.flatMap(
          Tls.proxy(1, { status }),
          ({ port }) =>
            get({ HTTPS_PROXY: `http://u:canary@127.0.0.1:${port}` }, url).pipe(
              Effect.map(([got]) => got?.replace(`${port}`, "PORT"))
            )
        )
      assert.strictEqual(yield* refusal(407), "Proxy: 127.0.0.1:PORT requires a username and password (407)")
      assert.strictEqual(yield* refusal(401), "Proxy: 127.0.0.1:PORT returned 401")
      assert.strictEqual(yield* refusal(502), "Proxy: 127.0.0.1:PORT returned 502")
      const closing = yield* Tls.listen(NodeNet.createServer((socket) => socket.destroy()))
      assert.match(
        (yield* get({ HTTPS_PROXY: `http://u:canary@127.0.0.1:${closing}` }, url))[0] ?? "",
        /^Proxy: 127.0.0.1:\d+: (ECONNRESET|connection closed)$/
      )
      assert.deepStrictEqual(yield* get({ ALL_PROXY: "http://u:canary@127.0.0.1:1" }, url), [
        "Proxy: 127.0.0.1:1: ECONNREFUSED"
      ])
      assert.deepStrictEqual(yield* get({ ALL_PROXY: "socks5://u:canary@h:1" }, url), [
        "Proxy: ALL_PROXY is a socks5 proxy; only http and https proxies are supported"
      ])
    }))

  it.scoped("closes the connection to a proxy that does not respond in time", () =>
    Effect.gen(function*() {
      const closed = yield* Deferred.make<void>()
      const port = yield* Tls.listen(
        NodeNet.createServer((socket) =>
          socket.resume().on("error", () => undefined).on("close", () => Deferred.unsafeDone(closed, Effect.void))
        )
      )
      const { request } = yield* http({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, "100 millis")
      const error = yield* Effect.flip(
        request({ method: "GET", url: new URL("https://registry.test/"), repeatable: true })
      )
      assert.deepInclude(error, { reason: "Timeout" })
      yield* Deferred.await(closed)
    }))

  it.scoped("reaches this machine directly, and reuses its connection, also after HEAD", () =>
    Effect.gen(function*() {
      const { file, server } = yield* Authority
      for (const tls of [server, undefined]) {
        const { port, seen } = yield* Tls.server(tls)
        const variables = { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1", SSL_CERT_FILE: file }
        const scheme = tls === undefined ? "http" : "https"
        yield* Effect.gen(function*() {
          const { request } = yield* Http.Http
          const url = new URL(`${scheme}://localhost:${port}/`)
          for (const method of ["GET", "HEAD", "POST", "GET"] as const) {
            assert.strictEqual((yield* request({ method, url, repeatable: true })).status, 200)
          }
        }).pipe(
          Effect.provide(Layer.provide(Http.layer, ClientNode.layer)),
          Effect.provide([TestEnvironment.layer(variables), NodeFileSystem.layer])
        )
        assert.deepStrictEqual(seen.requests, ["GET /", "HEAD /", "POST /", "GET /"])
        assert.strictEqual(seen.connections, 1)
      }
    }))

  it.scoped("returns redirects, and joins the lines of a header", () =>
    Effect.gen(function*() {
      const { port, seen } = yield* Tls.server()
      const { request } = yield* http({})
      const ask = (path: string) =>
        request({ method: "GET", url: new URL(`http://127.0.0.1:${port}${path}`), repeatable: true })
      assert.deepInclude(yield* ask("/redirect"), { status: 302 })
      assert.strictEqual((yield* ask("/dup")).headers["www-authenticate"], "Basic realm=\"a\", Bearer realm=\"b\"")
      assert.deepStrictEqual(seen.requests, ["GET /redirect", "GET /dup"])
    }))

  it.scoped("times out if the server does not respond", () =>
    Effect.gen(function*() {
      const { port } = yield* Tls.server()
      const { request } = yield* http({}, "50 millis")
      const error = yield* Effect.flip(
        request({ method: "GET", url: new URL(`http://127.0.0.1:${port}/hang`), repeatable: true })
      )
      assert.strictEqual(
        error.message,
        `127.0.0.1:${port} did not respond in time (50ms). Check the network and the proxy settings.`
      )
    }))
})
