import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as ClientNode from "../../src/http/ClientNode.ts"
import * as Http from "../../src/http/Http.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Tls from "./tls.ts"

class Authority extends Context.Tag("test/Authority")<Authority, Tls.Authority>() {}

/** This machine's files, with another `/etc` and a list of what was read there. */
const fileSystem = (etc: string, read: Array<string>) =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (fs) => {
      const at = (path: string) => path.startsWith("/etc/") ? `${etc}${path.slice(4)}` : path
      return FileSystem.FileSystem.of({
        ...fs,
        exists: (path) => fs.exists(at(path)),
        stat: (path) => fs.stat(at(path)),
        readDirectory: (path) => fs.readDirectory(at(path)),
        readFileString: (path, encoding) => {
          if (path.startsWith("/etc/")) read.push(path)
          return fs.readFileString(at(path), encoding)
        }
      })
    })
  ).pipe(Layer.provide(NodeFileSystem.layer))

/** A user with these variables and this `/etc`. */
const user = (variables: Readonly<Record<string, string>>, etc = "/nonexistent") => {
  const read: Array<string> = []
  return Effect.map(
    Effect.provide(
      Http.Http,
      Layer.provide(
        Layer.effect(Http.Http, Http.make({ timeout: "5 seconds", retries: 0 })).pipe(Layer.provide(ClientNode.layer)),
        [TestEnvironment.layer(variables), fileSystem(etc, read)]
      )
    ),
    ({ request }) => ({
      read,
      /** The status, or the error, and the warnings. */
      get: (url: string) =>
        Provenance.recording((sofar) =>
          request({ method: "GET", url: new URL(url), repeatable: true }).pipe(
            Effect.match({
              onFailure: ({ message }) => /UNABLE_TO_|SELF_SIGNED/.test(message) ? rejected : message,
              onSuccess: ({ status }) => `${status}`
            }),
            Effect.zipWith(sofar, (outcome, { steps }) => [
              outcome,
              ...steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])
            ])
          )
        ).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    })
  )
}

const damaged = "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n"
const rejected = "unknown authority"

const read = (path: string) => readFileSync(path, "utf8")

layer(Layer.scoped(Authority, Tls.authority), { excludeTestServices: true })("Certificates", (it) => {
  it.scoped("accepts the root, the issuing CA, or the server's own certificate, from each variable", () =>
    Effect.gen(function*() {
      const { file, folder, issuing, leaf } = yield* Authority
      const { port } = yield* Tls.server(leaf("chain", { names: "DNS:localhost", issuer: "issuing" }))
      const self = yield* Tls.server(leaf("self", { names: "DNS:localhost", issuer: "itself" }))
      mkdirSync(`${folder}/dir`)
      for (const variable of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_DIR"]) {
        const trust = (path: string) => {
          if (variable === "SSL_CERT_DIR") writeFileSync(`${folder}/dir/${variable}.crt`, read(path))
          return user({ [variable]: variable === "SSL_CERT_DIR" ? `/nonexistent:${folder}/dir` : path })
        }
        for (const path of [file, issuing, `${folder}/chain.pem`]) {
          const { get } = yield* trust(path)
          assert.strictEqual((yield* get(`https://localhost:${port}/`))[0], "200", `${variable} ${path}`)
          assert.strictEqual((yield* get(`https://localhost:${self.port}/`))[0], rejected)
        }
        const { get } = yield* trust(`${folder}/self.pem`)
        assert.strictEqual((yield* get(`https://localhost:${self.port}/`))[0], "200")
        assert.strictEqual((yield* get(`https://localhost:${port}/`))[0], rejected)
      }
    }))

  it.scoped("uses each readable certificate of a damaged file, and warns about the others", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      const url = `https://localhost:${port}/`
      const [root, other] = [read(file), read(`${folder}/other.pem`)]
      const mixed = `${folder}/mixed.pem`
      for (const variable of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
        for (const text of [damaged + root, root + damaged, other + damaged + root, `${root.slice(0, 200)}\n${root}`]) {
          writeFileSync(mixed, text)
          const { get } = yield* user({ [variable]: mixed })
          const warning =
            `${variable} ${mixed} contains a block that is no certificate. The other certificates in it are used.`
          assert.deepStrictEqual(yield* get(url), ["200", warning])
          // Each lookup is told.
          assert.deepStrictEqual(yield* get(url), ["200", warning])
        }
      }
    }))

  it.scoped("warns about a file that cannot be used, and goes on", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      const url = `https://localhost:${port}/`
      const unusable = "contains no readable certificate and is ignored. It must be in the PEM format."
      const cases = [
        ["missing.pem", "does not exist and is ignored."],
        ["garbage.pem", unusable],
        ["broken.pem", unusable],
        ["", "does not exist and is ignored."]
      ] as const
      for (const [name, problem] of cases) {
        const path = `${folder}/${name}`
        for (
          const [variable, other] of [["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"], [
            "NODE_EXTRA_CA_CERTS",
            "SSL_CERT_FILE"
          ]]
        ) {
          const bad = { [variable ?? ""]: path }
          const warning = `${variable} ${path} ${problem}`
          assert.deepStrictEqual(yield* (yield* user(bad)).get(url), [rejected, warning])
          assert.deepStrictEqual(yield* (yield* user({ ...bad, [other ?? ""]: file })).get(url), ["200", warning])
        }
      }
      const plain = yield* Tls.server()
      const { get } = yield* user({ SSL_CERT_FILE: `${folder}/missing.pem` })
      assert.deepStrictEqual(yield* get(`http://localhost:${plain.port}/`), ["200"])
    }))

  it.scoped("warns about a directory that cannot be listed, and about a damaged file in one", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      mkdirSync(`${folder}/certs`)
      writeFileSync(`${folder}/certs/a.pem`, damaged)
      writeFileSync(`${folder}/certs/b.pem`, read(file))
      writeFileSync(`${folder}/certs/README`, "no certificate")
      mkdirSync(`${folder}/certs/java`)
      symlinkSync("b.pem", `${folder}/certs/0a1b2c3d.0`)
      const { get } = yield* user({ SSL_CERT_DIR: `${folder}/nowhere:${folder}/certs` })
      assert.deepStrictEqual(yield* get(`https://localhost:${port}/`), [
        "200",
        `SSL_CERT_DIR ${folder}/nowhere cannot be read and is ignored.`,
        `SSL_CERT_DIR ${folder}/certs/a.pem contains no readable certificate and is ignored. It must be in the PEM format.`
      ])
    }))

  it.scoped("trusts the system's CA certificates wherever Go finds them", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      const url = `https://localhost:${port}/`
      const places = [
        "ssl/certs/ca-certificates.crt",
        "pki/tls/certs/ca-bundle.crt",
        "ssl/ca-bundle.pem",
        "pki/tls/cacert.pem",
        "pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "ssl/cert.pem",
        "ssl/certs/corp.pem",
        "pki/tls/certs/0a1b2c3d.0"
      ]
      for (const [index, place] of places.entries()) {
        const etc = `${folder}/etc${index}`
        mkdirSync(`${etc}/${place}`.replace(/\/[^/]+$/, ""), { recursive: true })
        writeFileSync(`${etc}/${place}`, read(file))
        const { get, read: opened } = yield* user({}, etc)
        assert.deepStrictEqual(yield* get(url), ["200"], place)
        assert.deepStrictEqual(yield* get(url), ["200"], place)
        assert.deepStrictEqual(opened, [`/etc/${place}`])
        // As in Go, SSL_CERT_FILE replaces the files, and SSL_CERT_DIR the directories.
        const isFile = index < 6
        const isInDirectory = /certs\//.test(place)
        const withFile = yield* user({ SSL_CERT_FILE: `${folder}/other.pem` }, etc)
        assert.deepStrictEqual(yield* withFile.get(url), [isInDirectory ? "200" : rejected], place)
        const withDirectory = yield* user({ SSL_CERT_DIR: `${folder}/etc${index}/ssl` }, etc)
        assert.strictEqual((yield* withDirectory.get(url))[0], isFile ? "200" : rejected, place)
      }
    }))

  it.scoped("reads the system's CA certificates only for a server that the usual ones do not verify", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port } = yield* Tls.server(server)
      const plain = yield* Tls.server()
      const etc = `${folder}/lazy`
      mkdirSync(`${etc}/ssl/certs`, { recursive: true })
      writeFileSync(`${etc}/ssl/certs/ca-certificates.crt`, read(`${folder}/other.pem`))
      writeFileSync(`${etc}/ssl/certs/corp.pem`, read(file))
      const named = yield* user({ SSL_CERT_FILE: file }, etc)
      assert.deepStrictEqual(yield* named.get(`https://localhost:${port}/`), ["200"])
      assert.deepStrictEqual(yield* named.get(`https://localhost:${port}/`), ["200"])
      assert.deepStrictEqual(named.read, [])
      const lazy = yield* user({}, etc)
      assert.deepStrictEqual(yield* lazy.get(`http://localhost:${plain.port}/`), ["200"])
      assert.deepStrictEqual(lazy.read, [])
      assert.deepStrictEqual(yield* lazy.get(`https://localhost:${port}/`), ["200"])
      assert.includeMembers(lazy.read, ["/etc/ssl/certs/corp.pem"])
    }))

  it.scoped("verifies a proxy with the system's CA certificates, too", () =>
    Effect.gen(function*() {
      const { file, folder, server } = yield* Authority
      const { port, seen } = yield* Tls.server(server)
      const proxy = yield* Tls.proxy(port, { tls: server })
      mkdirSync(`${folder}/proxied/ssl`, { recursive: true })
      writeFileSync(`${folder}/proxied/ssl/cert.pem`, read(file))
      const { get } = yield* user({ HTTPS_PROXY: `https://localhost:${proxy.port}` }, `${folder}/proxied`)
      assert.deepStrictEqual(yield* get("https://registry.test/"), ["200"])
      assert.deepStrictEqual(seen.requests, ["GET /"])
    }))
})
