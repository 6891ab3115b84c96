/** Failures of TLS, with real certificates and servers on loopback. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import * as NodeNet from "node:net"
import * as ClientNode from "../../src/http/ClientNode.ts"
import * as Http from "../../src/http/Http.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Tls from "./tls.ts"

class Authority extends Context.Tag("test/Authority")<Authority, Tls.Authority>() {}

/** The status, or the message of the error without the port. */
const get = (url: string, variables: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(Http.Http, (http) => http.request({ method: "GET", url: new URL(url), repeatable: true })).pipe(
    Effect.match({
      onFailure: ({ message }) => message.replaceAll(`${new URL(url).host} `, `${new URL(url).hostname} `),
      onSuccess: ({ status }) => `${status}`
    }),
    Effect.provide(
      Layer.effect(Http.Http, Http.make({ timeout: "5 seconds", retries: 0 })).pipe(Layer.provide(ClientNode.layer))
    ),
    Effect.provide([TestEnvironment.layer(variables), NodeFileSystem.layer])
  )

/** A server with this clock, and the requests that it gets. */
const server = (tls: Tls.KeyPair, date?: string) =>
  Effect.gen(function*() {
    const requests = new Array<string>()
    const made = NodeHttps.createServer(tls, (request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`)
      if (date !== undefined) response.setHeader("date", date)
      response.end()
    })
    return { requests, port: yield* Tls.listen(made) }
  })

const isNow = (minute: string) =>
  Math.abs(Date.parse(`${minute.replace(" ", "T")}Z`) - performance.timeOrigin) < 3_600_000

layer(Layer.scoped(Authority, Tls.authority), { excludeTestServices: true })("Diagnosis", (it) => {
  it.scoped("says that a certificate is self-signed, and its advice helps", () =>
    Effect.gen(function*() {
      const { folder, leaf } = yield* Authority
      const { port, requests } = yield* server(leaf("self", { names: "DNS:localhost", issuer: "itself" }))
      const url = `https://localhost:${port}/secret`
      assert.strictEqual(
        yield* get(url),
        "The certificate of localhost is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT). If you trust it, save it in a PEM file and set NODE_EXTRA_CA_CERTS to its path."
      )
      assert.strictEqual(yield* get(url, { NODE_EXTRA_CA_CERTS: `${folder}/self.pem` }), "200")
      const extra = `${folder}/extra.pem`
      assert.strictEqual(
        yield* get(url, { NODE_EXTRA_CA_CERTS: extra }),
        `The certificate of localhost is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT). If you trust it, add it to ${extra}, the PEM file that NODE_EXTRA_CA_CERTS names.`
      )
      // What is looked at gets neither the path nor a credential.
      assert.deepStrictEqual(requests, ["HEAD / ", "GET /secret ", "HEAD / "])
    }))

  it.scoped("names the CA that is not trusted, and its certificate or that of the server helps", () =>
    Effect.gen(function*() {
      const { file, folder, issuing, leaf, server: direct } = yield* Authority
      const chain = leaf("chain", { names: "DNS:localhost", issuer: "issuing" })
      const complete = { key: chain.key, cert: `${chain.cert}${Tls.read(file)}` }
      const cases = [
        [direct, "Example Root CA", [file, `${folder}/server.pem`]],
        [chain, "Example Root CA", [file, issuing, `${folder}/chain.pem`]],
        [complete, "Example Root CA", [file, issuing, `${folder}/chain.pem`]],
        [{ key: chain.key, cert: Tls.read(`${folder}/chain.pem`) }, "Example Issuing CA", [
          issuing,
          `${folder}/chain.pem`
        ]]
      ] as const
      for (const [tls, name, helps] of cases) {
        const { port } = yield* server(tls)
        const url = `https://localhost:${port}/`
        assert.match(
          yield* get(url),
          new RegExp(
            `^The certificate of localhost is signed by "${name}", which is not trusted here \\([A-Z_]+\\)\\. If you trust it, save its CA certificate in a PEM file and set NODE_EXTRA_CA_CERTS to its path\\.$`
          )
        )
        for (const path of helps) assert.strictEqual(yield* get(url, { NODE_EXTRA_CA_CERTS: path }), "200", path)
      }
    }))

  it.scoped("shows a name from a certificate without control characters", () =>
    Effect.gen(function*() {
      const { leaf } = yield* Authority
      const { port } = yield* server(leaf("odd\u001b[31mname", { names: "DNS:localhost", issuer: "itself" }))
      assert.notInclude(yield* get(`https://localhost:${port}/`), "\u001b")
    }))

  it.scoped("compares the certificate's dates with the clocks of both sides", () =>
    Effect.gen(function*() {
      const { file, leaf } = yield* Authority
      const old = leaf("old", { names: "DNS:localhost", days: ["20200101", "20210101"] })
      const future = leaf("future", { names: "DNS:localhost", days: ["20900101", "20910101"] })
      const ask = (tls: Tls.KeyPair, date?: string) =>
        Effect.flatMap(
          server(tls, date),
          ({ port }) =>
            Effect.map(
              get(`https://localhost:${port}/`, { SSL_CERT_FILE: file }),
              (message) => message.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, (time) => isNow(time) ? "NOW" : time)
            )
        )
      const replace = "The certificate must be replaced."
      assert.strictEqual(
        yield* ask(old),
        `The certificate of localhost expired on 2021-01-01 (CERT_HAS_EXPIRED). This machine's clock says NOW UTC, as the server's does. ${replace}`
      )
      assert.strictEqual(
        yield* ask(future),
        `The certificate of localhost is valid from 2090-01-01 on (CERT_NOT_YET_VALID). This machine's clock says NOW UTC, as the server's does. ${replace}`
      )
      assert.strictEqual(
        yield* ask(old, "Wed, 01 Jul 2020 10:20:00 GMT"),
        "The certificate of localhost expired on 2021-01-01 (CERT_HAS_EXPIRED). This machine's clock says NOW UTC, the server's 2020-07-01 10:20 UTC. Set this machine's clock."
      )
      assert.strictEqual(
        yield* ask(future, "Sat, 01 Jul 2000 10:20:00 GMT"),
        "The certificate of localhost is valid from 2090-01-01 on (CERT_NOT_YET_VALID). This machine's clock says NOW UTC, the server's 2000-07-01 10:20 UTC. Set the clock that is wrong; if that is the server's, the certificate must be replaced."
      )
      assert.strictEqual(
        yield* ask(old, "nonsense"),
        "The certificate of localhost expired on 2021-01-01 (CERT_HAS_EXPIRED). This machine's clock says NOW UTC. If that is wrong, set it; otherwise the certificate must be replaced."
      )
    }))

  it.scoped("says which names a certificate is for", () =>
    Effect.gen(function*() {
      const { file, leaf } = yield* Authority
      const names = Array.from({ length: 8 }, (_, index) => `DNS:h${index}.test`).join(",")
      const cases = [
        ["DNS:a.test,IP:127.0.0.2,email:x@a.test", "is for a.test, 127.0.0.2, not for 127.0.0.1"],
        ["DNS:127.0.0.1", "is for 127.0.0.1, not for 127.0.0.1"],
        [names, "is for h0.test, h1.test, h2.test, h3.test, h4.test and 3 more, not for 127.0.0.1"],
        ["email:x@a.test", "is not for 127.0.0.1"]
      ] as const
      for (const [index, [names, fact]] of cases.entries()) {
        const { port } = yield* server(leaf(`names${index}`, { names }))
        assert.strictEqual(
          yield* get(`https://127.0.0.1:${port}/`, { SSL_CERT_FILE: file }),
          `The certificate of 127.0.0.1 ${fact} (ERR_TLS_CERT_ALTNAME_INVALID). Use a name that it is for, or have it replaced.`
        )
      }
    }))

  it.scoped("looks through the proxy, and verifies the proxy", () =>
    Effect.gen(function*() {
      const { file, leaf, server: proxyTls } = yield* Authority
      const origin = yield* server(leaf("behind", { names: "DNS:registry.test", issuer: "itself" }))
      for (const tls of [undefined, proxyTls]) {
        const proxy = yield* Tls.proxy(origin.port, tls === undefined ? {} : { tls })
        const HTTPS_PROXY = `${tls === undefined ? "http" : "https"}://localhost:${proxy.port}`
        assert.match(
          yield* get("https://registry.test/", { HTTPS_PROXY, SSL_CERT_FILE: file }),
          /^The certificate of registry\.test is self-signed/
        )
      }
      const impostor = yield* Tls.proxy(1, { tls: leaf("impostor", { names: "DNS:localhost", issuer: "itself" }) })
      const message = yield* get("https://registry.test/", {
        HTTPS_PROXY: `https://u:canary@localhost:${impostor.port}`
      })
      assert.match(
        message,
        /^registry\.test cannot be reached through the proxy \(localhost:\d+: its certificate is signed by a CA that is not trusted here.*SELF_SIGNED/
      )
      assert.deepStrictEqual(impostor.seen.asked, [])
      const plain = yield* Tls.proxy(1)
      assert.match(
        yield* get("https://registry.test/", { HTTPS_PROXY: `https://localhost:${plain.port}` }),
        /\(localhost:\d+: does not speak TLS, so its URL begins with http:\/\/ \(EPROTO\)\)/
      )
    }))

  it.scoped("says that a server speaks http, or no TLS at all", () =>
    Effect.gen(function*() {
      const plain = yield* Tls.listen(NodeHttp.createServer((_, response) => void response.end()))
      assert.strictEqual(
        yield* get(`https://localhost:${plain}/`),
        "localhost speaks http, not https (EPROTO). Write http:// in the URL."
      )
      assert.strictEqual(yield* get(`http://localhost:${plain}/`), "200")
      const ssh = yield* Tls.listen(
        NodeNet.createServer((socket) =>
          void socket.resume().on("error", () => undefined).end("SSH-2.0-OpenSSH_9.2p1\r\n")
        )
      )
      assert.strictEqual(
        yield* get(`https://localhost:${ssh}/`),
        "localhost does not speak TLS on this port (EPROTO). Check the port."
      )
    }))

  it.scoped("says that a server that ends a request over http speaks https", () =>
    Effect.gen(function*() {
      const { file, server: tls } = yield* Authority
      const { port, requests } = yield* server(tls)
      assert.strictEqual(
        yield* get(`http://localhost:${port}/secret`),
        `localhost expects https, and was asked over http. Use https://localhost:${port}.`
      )
      assert.strictEqual(yield* get(`https://localhost:${port}/`, { SSL_CERT_FILE: file }), "200")
      assert.notInclude(requests.join(), "secret")
      const closing = yield* Tls.listen(NodeNet.createServer((socket) => void socket.destroy()))
      assert.match(yield* get(`http://localhost:${closing}/`), /^localhost cannot be reached \(ECONNRESET\)/)
    }))

  it.scoped("does not wait long for a server that says nothing", () =>
    Effect.gen(function*() {
      const { leaf } = yield* Authority
      const silent = NodeHttps.createServer(
        leaf("silent", { names: "DNS:localhost", issuer: "itself" }),
        () => undefined
      )
      const port = yield* Tls.listen(silent)
      assert.match(yield* get(`https://localhost:${port}/`), /is self-signed/)
    }))

  it.scoped("does not ask DNS for names below localhost", () =>
    Effect.gen(function*() {
      const { port } = yield* Tls.server()
      assert.strictEqual(yield* get(`http://registry.localhost:${port}/`), "200")
      assert.strictEqual(yield* get(`http://a.b.localhost.:${port}/`), "200")
    }))
})
