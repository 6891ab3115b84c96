/** Downloads from a real registry with the headers that the program prints. */
import { assert, describe, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import { readFileSync, writeFileSync } from "node:fs"
import * as FakeImage from "../../src/testing/FakeImage.ts"
import * as Certificates from "./Certificates.ts"
import * as DockerRegistry from "./DockerRegistry.ts"
import * as Programs from "./Programs.ts"
import * as Pull from "./Pull.ts"
import * as TokenServer from "./TokenServer.ts"

const image = FakeImage.make({ files: { "hello.txt": "hello from the conformance tests\n" } })
const repository = "org/app"
const login = { user: "me", password: "correct horse" }

/** Shared by all tests: registries of each kind, with the same store and image. */
class World extends Context.Tag("World")<World, {
  readonly folder: string
  readonly authority: Certificates.Pair
  readonly registries: Readonly<Record<"open" | "htpasswd", Readonly<Record<"http" | "https", URL>>>>
  readonly tokens: Readonly<Record<"http" | "https", TokenServer.TokenServer>>
}>() {}

const make: Effect.Effect<World["Type"], never, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* Pull.temporaryFolder
  const storage = `${folder}/store`
  yield* DockerRegistry.fill({ folder, storage, repository, image })

  const authority = yield* Certificates.selfSigned(folder, "authority")
  const server = yield* Certificates.forLoopback(folder, authority)
  const signer = yield* Certificates.selfSigned(folder, "signer")
  const passwords = yield* Programs.must("htpasswd", ["-Bin", login.user], { stdin: login.password })
  writeFileSync(`${folder}/htpasswd`, passwords)

  const serve = (auth: object | undefined, tls: Certificates.Pair | undefined, port?: number) =>
    Effect.gen(function*() {
      return yield* DockerRegistry.serve({
        folder,
        storage,
        port: port ?? (yield* DockerRegistry.freePort),
        ...(auth === undefined ? {} : { auth }),
        ...(tls === undefined ? {} : { tls })
      })
    })

  const withTokens = (tls: Certificates.Pair | undefined) =>
    Effect.gen(function*() {
      const registryPort = yield* DockerRegistry.freePort
      const tokens = yield* TokenServer.serve({
        key: readFileSync(signer.key, "utf8"),
        registryPort,
        users: {
          [login.user]: { password: login.password, repositories: [repository] },
          guest: { password: "guest", repositories: ["org/other"] }
        },
        ...(tls === undefined ? {} : { tls: Certificates.pem(tls) })
      })
      const { issuer, service } = TokenServer
      const realm = `${tokens.origin.origin}/token`
      yield* serve({ token: { realm, service, issuer, rootcertbundle: signer.cert } }, undefined, registryPort)
      return tokens
    })

  const htpasswd = { htpasswd: { realm: "conformance", path: `${folder}/htpasswd` } }
  return yield* Effect.all({
    folder: Effect.succeed(folder),
    authority: Effect.succeed(authority),
    registries: Effect.all({
      open: Effect.all({ http: serve(undefined, undefined), https: serve(undefined, server) }),
      htpasswd: Effect.all({ http: serve(htpasswd, undefined), https: serve(htpasswd, server) })
    }),
    tokens: Effect.all({ http: withTokens(undefined), https: withTokens(server) })
  })
})

type Logins = Parameters<typeof Pull.writeHome>[1]

/** A new user with a docker login. */
const homeWith = (logins: Logins): Effect.Effect<Pull.Home, never, World | Scope.Scope> =>
  Effect.gen(function*() {
    const { authority } = yield* World
    const home = { folder: yield* Pull.temporaryFolder, ca: authority.cert }
    Pull.writeHome(home, logins)
    return home
  })

const manifestOf = (registry: URL): string => new URL(`/v2/${repository}/manifests/latest`, registry).href
const blobOf = (registry: URL, digest: string): string => new URL(`/v2/${repository}/blobs/${digest}`, registry).href

/** Pulls the image, each URI with its own headers. */
const pull = (home: Pull.Home, registry: URL) =>
  Effect.gen(function*() {
    const uri = manifestOf(registry)
    const answer = yield* Pull.answer(home, uri)
    const manifest = yield* Pull.download(home, uri, answer.headers)
    assert.deepStrictEqual([manifest.status, manifest.digest], [200, image.manifest.digest])
    const pullBlob = (digest: string) =>
      Effect.gen(function*() {
        const uri = blobOf(registry, digest)
        const { headers } = yield* Pull.answer(home, uri)
        const blob = yield* Pull.download(home, uri, headers)
        assert.deepStrictEqual([blob.status, blob.digest], [200, digest])
      })
    yield* Effect.forEach(yield* Pull.blobsOf(manifest.text), pullBlob, { concurrency: 2 })
    return answer
  })

const schemes = ["http", "https"] as const

describe.skipIf(!Programs.areInstalled())("docker-registry", () => {
  layer(Layer.scoped(World, make), { excludeTestServices: true, timeout: "30 seconds" })((it) => {
    for (const scheme of schemes) {
      it.scoped(`${scheme}: an open registry needs no credential`, () =>
        Effect.gen(function*() {
          const { registries } = yield* World
          const { headers } = yield* pull(yield* homeWith({}), registries.open[scheme])
          assert.notProperty(headers, "Authorization")
        }))

      it.scoped(`${scheme}: an htpasswd registry receives username and password`, () =>
        Effect.gen(function*() {
          const { registries: { htpasswd } } = yield* World
          const registry = htpasswd[scheme]
          const { expires, headers } = yield* pull(yield* homeWith({ [registry.host]: login }), registry)
          assert.match(headers["Authorization"]?.[0] ?? "", /^Basic /)
          assert.isUndefined(expires)
          const refused = yield* Pull.download(yield* homeWith({}), manifestOf(registry), {})
          assert.strictEqual(refused.status, 401)
        }))

      it.scoped(`${scheme}: a token service issues a token for the repository`, () =>
        Effect.gen(function*() {
          const { tokens } = yield* World
          const { origin } = tokens[scheme]
          const { expires, headers } = yield* pull(yield* homeWith({ [origin.host]: login }), origin)
          assert.match(headers["Authorization"]?.[0] ?? "", /^Bearer /)
          assert.match(expires ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
        }))

      it.scoped(`${scheme}: a wrong password exits with 5 and prints one line`, () =>
        Effect.gen(function*() {
          const { origin } = (yield* World).tokens[scheme]
          const home = yield* homeWith({ [origin.host]: { ...login, password: "wrong pony" } })
          const { exitCode, stderr, stdout } = yield* Pull.get(home, manifestOf(origin))
          assert.strictEqual(exitCode, 5)
          assert.strictEqual(stdout, "")
          assert.match(stderr, /^credential-helper: [^\n]*docker login[^\n]*\n$/)
          assert.notInclude(stderr, "wrong pony")
        }))

      it.scoped(`${scheme}: an account without access to the repository is an error`, () =>
        Effect.gen(function*() {
          const { origin } = (yield* World).tokens[scheme]
          const home = yield* homeWith({ [origin.host]: { user: "guest", password: "guest" } })
          const { exitCode, stderr, stdout } = yield* Pull.get(home, manifestOf(origin))
          assert.strictEqual(exitCode, 5)
          assert.strictEqual(stdout, "")
          assert.include(stderr, "insufficient scope")
        }))
    }

    it.scoped("an expired token is rejected, and a new one is accepted", () =>
      Effect.gen(function*() {
        const { lifetime, origin } = (yield* World).tokens.http
        const home = yield* homeWith({ [origin.host]: login })
        // The registry tolerates clocks that differ by 60 s.
        yield* Ref.set(lifetime, -120)
        const { headers } = yield* Pull.answer(home, manifestOf(origin))
        yield* Ref.set(lifetime, 300)
        const refused = yield* Pull.download(home, manifestOf(origin), headers)
        assert.strictEqual(refused.status, 401)
        assert.include(refused.challenge, `error="invalid_token"`)
        yield* pull(home, origin)
      }))

    it.scoped("a server with an untrusted certificate receives no request", () =>
      Effect.gen(function*() {
        const { htpasswd } = (yield* World).registries
        const registry = htpasswd.https
        const { folder } = yield* homeWith({ [registry.host]: login })
        const { exitCode, stderr } = yield* Pull.get({ folder }, manifestOf(registry))
        assert.strictEqual(exitCode, 6)
        assert.include(stderr, "NODE_EXTRA_CA_CERTS")
      }))
  })
})
