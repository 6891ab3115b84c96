/** Certificates, refused connections, compressed responses and connection reuse, in both forms of the program. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as Tls from "../http/tls.ts"
import * as World from "./World.ts"

const hasOpenSsl = (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(`${folder}/openssl`))
/** Whether an ordinary user may mount a file system in a namespace of its own. */
const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/etc/ssl"]).status === 0
if (!hasOpenSsl) process.stderr.write("SKIPPED: the program was not tested with certificates; missing: openssl\n")

const registry = FakeRegistry.bearer({
  users: { me: { password: "pw" } },
  images: { "org/app": FakeRegistry.image() }
})

const withLogin = (made: World.Users["standalone"], host: string) =>
  Effect.map(made, (world) => {
    world.write("workspace/.tweag-credential-helper.json", World.loopback)
    world.write(".docker/config.json", { auths: { [host]: World.auth("me", "pw") } })
    return world
  })

describe.each(World.all)("the network, %s", (_, users) => {
  it.runIf(hasOpenSsl)(
    "a certificate of an unknown CA is refused, and accepted once its CA is configured",
    () =>
      Effect.gen(function*() {
        const { file, server } = yield* Tls.authority
        const { origin } = yield* FakeRegistry.serve(registry, { tls: server })
        const world = yield* withLogin(users.standalone, origin.host)
        const uri = `${origin}v2/org/app/manifests/latest`
        // No environment variable of a runtime disables verification.
        for (const env of [{}, { NODE_TLS_REJECT_UNAUTHORIZED: "0" }]) {
          const refused = yield* world.get(uri, env)
          assert.strictEqual(refused.code, 6, refused.stdout)
          assert.match(
            refused.stderr,
            /: The certificate of 127\.0\.0\.1:\d+ is signed by "Example Root CA", which is not/
          )
          assert.include(refused.stderr, "NODE_EXTRA_CA_CERTS")
        }
        const damaged = "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n"
        world.write("damaged/ca.pem", damaged + readFileSync(file, "utf8"))
        for (const name of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"]) {
          const path = `${world.home}/damaged/ca.pem`
          for (const value of name === "SSL_CERT_DIR" ? [`/nowhere:${world.home}/damaged`] : [file, path]) {
            const output = yield* world.get(uri, { [name]: value })
            assert.include(output.stdout, "Bearer ", output.stderr)
          }
        }
      }).pipe(Effect.scoped, Effect.runPromise)
  )

  it.runIf(hasOpenSsl)("the issuing CA certificate or the server's own is enough", () =>
    Effect.gen(function*() {
      const { folder, issuing, leaf } = yield* Tls.authority
      const { origin } = yield* FakeRegistry.serve(registry, {
        tls: leaf("chain", { names: "IP:127.0.0.1,DNS:localhost", issuer: "issuing" })
      })
      const world = yield* withLogin(users.standalone, origin.host)
      for (const name of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) {
        for (const path of [issuing, `${folder}/chain.pem`]) {
          const output = yield* world.get(`${origin}v2/org/app/manifests/latest`, { [name]: path })
          assert.include(output.stdout, "Bearer ", output.stderr)
        }
      }
    }).pipe(Effect.scoped, Effect.runPromise))

  it.runIf(hasOpenSsl && canMount)("the CA certificates of the system are trusted", () =>
    Effect.gen(function*() {
      const { file, server } = yield* Tls.authority
      const { origin } = yield* FakeRegistry.serve(registry, { tls: server })
      const world = yield* withLogin(users.standalone, origin.host)
      world.write("ca-certificates.crt", readFileSync(file, "utf8"))
      const uri = `${origin}v2/org/app/manifests/latest`
      const mount =
        `mount -t tmpfs none /etc/ssl && mkdir /etc/ssl/certs && cp "$HOME/ca-certificates.crt" /etc/ssl/certs`
      const get = `printf '{"uri":"${uri}"}' | "$PROGRAM" get`
      assert.strictEqual((yield* world.shell(get)).code, 6)
      const output = yield* world.shell(`${mount} && ${get}`, {}, ["unshare", "-rm"])
      assert.include(output.stdout, "Bearer ", output.stderr)
    }).pipe(Effect.scoped, Effect.runPromise))

  it.runIf(hasOpenSsl)(
    "an authority that is mended counts at the next call, though an agent had read the old one",
    () =>
      Effect.gen(function*() {
        const { file, server } = yield* Tls.authority
        const { origin } = yield* FakeRegistry.serve(registry, { tls: server })
        const world = yield* withLogin(users.make(), origin.host)
        for (const name of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) {
          const env = { [name]: `${world.home}/ca.pem` }
          yield* Effect.addFinalizer(() => world.run(["agent-shutdown"], "", env))
          world.write("ca.pem", "nonsense")
          const get = world.get(`${origin}v2/org/app/manifests/latest`, env)
          assert.strictEqual((yield* get).code, 6)
          world.write("ca.pem", readFileSync(file, "utf8"))
          assert.include((yield* get).stdout, "Bearer ")
          assert.include((yield* get).stdout, "Bearer ")
        }
      }).pipe(Effect.scoped, Effect.runPromise)
  )

  it.runIf(hasOpenSsl)("a fault of TLS is named", () =>
    Effect.gen(function*() {
      const { file, leaf } = yield* Tls.authority
      const names = "IP:127.0.0.1"
      const plain = yield* FakeRegistry.serve(registry)
      const cases: ReadonlyArray<readonly [URL | Tls.KeyPair, RegExp]> = [
        [
          leaf("self", { names, issuer: "itself" }),
          /certificate of \S+ is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/
        ],
        [
          leaf("old", { names, days: ["20200101", "20210101"] }),
          /expired on 2021-01-01 .* clock says .*, as the server's/
        ],
        [leaf("new", { names, days: ["20900101", "20910101"] }), /is valid from 2090-01-01 on .* clock says/],
        [leaf("other", { names: "DNS:a.test,IP:127.0.0.2" }), /is for a\.test, 127\.0\.0\.2, not for 127\.0\.0\.1 /],
        [new URL(`https://${plain.origin.host}/`), /speaks http, not https .* Write http:\/\/ in the URL\./]
      ]
      for (const [server, message] of cases) {
        const origin = server instanceof URL ? server : (yield* FakeRegistry.serve(registry, { tls: server })).origin
        const world = yield* withLogin(users.standalone, origin.host)
        const output = yield* world.get(`${origin}v2/org/app/manifests/latest`, { SSL_CERT_FILE: file })
        assert.strictEqual(output.code, 6, output.stdout)
        assert.match(output.stderr, message)
      }
      // The executable uses another HTTP client if no variable is set.
      for (const [server, message] of [cases[0], cases[4]].flatMap((one) => one === undefined ? [] : [one])) {
        const origin = server instanceof URL ? server : (yield* FakeRegistry.serve(registry, { tls: server })).origin
        const world = yield* withLogin(users.standalone, origin.host)
        assert.match((yield* world.get(`${origin}v2/org/app/manifests/latest`)).stderr, message)
        if (server instanceof URL) continue
        const wrong = yield* world.get(`http://${origin.host}/v2/org/app/manifests/latest`)
        assert.match(wrong.stderr, / expects https, and was asked over http\. Use https:\/\/127/)
        assert.strictEqual(wrong.code, 6)
      }
    }).pipe(Effect.scoped, Effect.runPromise))

  it.scopedLive("names below localhost are this machine", () =>
    Effect.gen(function*() {
      const { origin } = yield* FakeRegistry.serve(registry)
      const host = `registry.localhost:${origin.port}`
      const world = yield* withLogin(users.standalone, host)
      world.write("workspace/.tweag-credential-helper.json", { urls: [{ host, helper: "oci" }] })
      const output = yield* world.get(`http://${host}/v2/org/app/manifests/latest`)
      assert.include(output.stdout, "Bearer ", output.stderr)
    }))

  it.runIf(hasOpenSsl)(
    "the certificate for an address behind a proxy is verified as an address",
    () =>
      Effect.gen(function*() {
        const { file, leaf } = yield* Tls.authority
        const basic = FakeRegistry.basic({
          users: { me: { password: "pw" } },
          images: { "org/app": FakeRegistry.image() }
        })
        for (const [host, name] of [["10.20.30.40:5000", "v4"], ["[fd00::1]:5000", "v6"]] as const) {
          const world = yield* withLogin(users.standalone, host)
          world.write("workspace/.tweag-credential-helper.json", { urls: [{ host, helper: "oci" }] })
          const get = (names: string) =>
            Effect.gen(function*() {
              const { origin } = yield* FakeRegistry.serve(basic, { tls: leaf(`${name}${names.length}`, { names }) })
              const proxy = yield* Tls.proxy(Number(origin.port))
              return yield* world.get(`https://${host}/v2/org/app/manifests/latest`, {
                HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
                SSL_CERT_FILE: file
              })
            })
          const right = yield* get(name === "v4" ? "IP:10.20.30.40" : "IP:fd00::1")
          assert.include(right.stdout, "Basic ", right.stderr)
          for (const wrong of ["DNS:localhost", "IP:10.20.30.4,IP:fd00::2"]) {
            const refused = yield* get(wrong)
            assert.strictEqual(refused.code, 6, refused.stdout)
            assert.include(refused.stderr, "ERR_TLS_CERT_ALTNAME_INVALID")
          }
        }
      }).pipe(Effect.scoped, Effect.runPromise)
  )

  it.scopedLive("reports a host that is unreachable, and one that closes the connection", () =>
    Effect.gen(function*() {
      const { origin } = yield* FakeRegistry.serve(
        registry.pipe(FakeRegistry.fault("base", { _tag: "CutOff", after: 10 }))
      )
      const world = yield* withLogin(users.standalone, origin.host)
      world.write(".docker/config.json", {
        auths: { [origin.host]: World.auth("me", "pw"), "127.0.0.1:1": World.auth("me", "pw") }
      })
      const [gone, cut] = yield* Effect.all(
        [
          world.get("http://127.0.0.1:1/v2/org/app/manifests/latest"),
          world.get(`${origin}v2/org/app/manifests/latest`)
        ],
        { concurrency: 2 }
      )
      assert.match(gone.stderr, /^credential-helper: 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)[^\n]+\n$/)
      assert.match(cut.stderr, /^credential-helper: 127\.0\.0\.1:\d+ [^\n]+\n$/)
      assert.deepStrictEqual([gone.code, cut.code], [6, 6])
    }))

  it.scopedLive("requests no compression, reads it within the size limit, and reuses its connection", () =>
    Effect.gen(function*() {
      const seen = { connections: 0, encodings: new Array<string | undefined>() }
      const encodings: Readonly<Record<string, (body: string) => Buffer>> = {
        gzip: gzipSync,
        deflate: deflateSync,
        br: brotliCompressSync
      }
      const serve = (coding: string, token: string) =>
        createServer((request, response) => {
          seen.encodings.push(request.headers["accept-encoding"]?.toString())
          const isBase = request.url === "/v2/"
          const body = encodings[coding]?.(isBase ? "{}" : JSON.stringify({ token })) ?? ""
          response.writeHead(isBase ? 401 : 200, {
            "www-authenticate": `Bearer realm="http://${request.headers.host}/token",service="s"`,
            "content-encoding": coding
          })
          response.end(body)
        }).on("connection", () => seen.connections++)
      const get = (coding: string, token: string) =>
        Effect.gen(function*() {
          const host = `127.0.0.1:${yield* Tls.listen(serve(coding, token))}`
          const world = yield* withLogin(users.standalone, host)
          return yield* world.get(`http://${host}/v2/org/app/manifests/latest`)
        })
      for (const coding of Object.keys(encodings)) {
        const output = yield* get(coding, "abc")
        assert.include(output.stdout, "Bearer abc", output.stderr)
        const bomb = yield* get(coding, "x".repeat(1024 * 1024))
        assert.include(bomb.stderr, "returned a response that is too large (more than 128 KiB)")
        assert.strictEqual(bomb.code, 6)
      }
      for (const encoding of seen.encodings) assert.include([undefined, "identity"], encoding)
      assert.strictEqual(seen.encodings.length, 12)
      assert.strictEqual(seen.connections, 6)
    }))
})
