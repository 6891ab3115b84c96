/** Certificates, refused connections, compressed responses and connection reuse, in both forms of the program. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { gzipSync } from "node:zlib"
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
    world.write("work/.tweag-credential-helper.json", World.loopback)
    world.write(".docker/config.json", { auths: { [host]: World.auth("me", "pw") } })
    return world
  })

describe.each(World.all)("the network, %s", (_, users) => {
  it.runIf(hasOpenSsl)(
    "a certificate that nobody vouches for is refused, and taken from an authority of one's own",
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
          assert.match(refused.stderr, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/)
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
          world.write("work/.tweag-credential-helper.json", { urls: [{ host, helper: "oci" }] })
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

  it.scopedLive("requests no compression, reuses its connection, and decompresses nothing", () =>
    Effect.gen(function*() {
      const seen = { connections: 0, encodings: new Array<string | undefined>() }
      const server = createServer((request, response) => {
        seen.encodings.push(request.headers["accept-encoding"]?.toString())
        const isBase = request.url === "/v2/"
        response.writeHead(isBase ? 401 : 200, {
          "www-authenticate": `Bearer realm="http://${request.headers.host}/token",service="s"`,
          ...(isBase ? {} : { "content-encoding": "gzip" })
        })
        response.end(isBase ? "" : gzipSync("x".repeat(1024 * 1024)))
      })
      server.on("connection", () => seen.connections++)
      const host = `127.0.0.1:${yield* Tls.listen(server)}`
      const world = yield* withLogin(users.standalone, host)
      const output = yield* world.get(`http://${host}/v2/org/app/manifests/latest`)
      assert.strictEqual(output.code, 5, output.stderr)
      for (const encoding of seen.encodings) assert.include([undefined, "identity"], encoding)
      assert.strictEqual(seen.encodings.length, 2)
      assert.strictEqual(seen.connections, 1)
    }))
})
