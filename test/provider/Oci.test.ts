import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CredentialHelper from "../../src/CredentialHelper.ts"
import * as Resource from "../../src/domain/Resource.ts"
import * as OciHosts from "../../src/provider/OciHosts.ts"
import * as RegistryUri from "../../src/registry/RegistryUri.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { options } from "../config/schemas.ts"
import * as World from "./world.ts"

const host = "registry.example.com"
const manifest = `https://${host}/v2/org/app/manifests/latest`
const blob = `https://${host}/v2/org/app/blobs/sha256:00`
const urls = [{ host, helper: "oci" }]
const login = {
  "/home/u/.docker/config.json": JSON.stringify({
    auths: { [host]: { auth: Buffer.from("me:pw").toString("base64") } }
  })
}

const described = { host, users: { me: { password: "pw" } }, images: { "org/app": FakeRegistry.image() } }

const names = (answer: ReadonlyArray<string>) => answer.map((line) => line.split(": ")[0])

describe("Oci", () => {
  it.effect("exchanges a docker login for a token, with the Accept header of manifests", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.bearer(described))
      const { answer, steps } = yield* World.explain(manifest, { urls, files: login, network })
      assert.deepStrictEqual(names(answer), ["Authorization", "Accept", "Docker-Distribution-API-Version"])
      assert.match(answer[0] ?? "", /^Authorization: Bearer /)
      assert.deepStrictEqual(steps.filter((step) => step.startsWith("source")), [
        "source: docker config: found"
      ])
      assert.lengthOf(steps.filter((step) => step.startsWith("request")), 2)
    }))

  it.effect("sends a login as Basic to a registry that asks for it", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.basic(described))
      const { answer } = yield* World.explain(blob, { urls, files: login, network })
      assert.deepStrictEqual(answer, [
        `Authorization: ${World.basic("me", "pw")}`,
        "Docker-Distribution-API-Version: registry/2.0"
      ])
    }))

  it.effect("answers without authorization for an open registry, with Accept for manifests alone", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.open(described))
      assert.deepStrictEqual(names((yield* World.explain(manifest, { urls, network })).answer), ["Accept"])
      assert.deepStrictEqual((yield* World.explain(blob, { urls, network })).answer, [])
    }))

  it.effect("fails without a request when a credential is required and there is none", () =>
    Effect.gen(function*() {
      const { answer, steps } = yield* World.explain(manifest, { urls: [{ host, helper: "oci", required: true }] })
      assert.deepStrictEqual(answer, [
        "CredentialRequired",
        `no credential for ${host}, which the configuration requires (asked: docker config: nothing found). Run docker login ${host}, or add a lookup_chain to its entry.`
      ])
      assert.lengthOf(steps.filter((step) => step.startsWith("request")), 0)
    }))

  it.effect("answers a bare host with its credential, without a request", () =>
    Effect.gen(function*() {
      const { answer, steps } = yield* World.explain(host, { files: login })
      assert.deepStrictEqual(answer, [`Authorization: ${World.basic("me", "pw")}`])
      assert.lengthOf(steps.filter((step) => step.startsWith("request")), 0)
    }))

  it.effect("asks variables, docker's configs and the login of the GitHub CLI for ghcr.io, in this order", () =>
    Effect.gen(function*() {
      const { steps } = yield* World.explain("ghcr.io", {})
      assert.deepStrictEqual(steps.flatMap((step) => /^source: (.*)/.exec(step)?.[1] ?? []), [
        "environment variable GHCR_TOKEN: not set",
        "environment variable GH_TOKEN: not set",
        "environment variable GITHUB_TOKEN: not set",
        "docker config: nothing found",
        "gh hosts.yml for github.com: nothing found",
        "keyring gh:github.com: not available: no session bus"
      ])
    }))

  it.effect("asks a lookup_chain in place of the variables, and no other tool's login", () =>
    Effect.gen(function*() {
      const chain = [{ source: "env", name: "P", binding: "password" }]
      const entry = { host: "ghcr.io", helper: "oci", config: { lookup_chain: chain, parse_docker_config: false } }
      const { answer, steps } = yield* World.explain("ghcr.io", { urls: [entry], variables: { GHCR_TOKEN: "t" } })
      assert.deepStrictEqual(answer, [])
      assert.deepStrictEqual(steps.flatMap((step) => /^source: (.*?):/.exec(step)?.[1] ?? []), [
        "environment variable P",
        "lookup_chain"
      ])
    }))

  const reasons: Readonly<Record<string, RegistryUri.Ignored["reason"]>> = {
    "/": "not-v2",
    "/v2/": "base",
    "/v2/org/app/blobs/uploads/": "push-endpoint",
    "/v2/Org/app/tags/list": "invalid-name"
  }
  for (const [path, reason] of Object.entries(reasons)) {
    it.effect(`does not answer for ${path}: ${reason}`, () =>
      Effect.gen(function*() {
        const { answer, steps } = yield* World.explain(`https://${host}${path}`, { urls, files: login })
        assert.deepStrictEqual(answer, [])
        assert.include(steps, `no header for ${host}: the URI is ${RegistryUri.ignoredReasons[reason]}`)
      }))
  }
})

describe("the unit of an image", () => {
  const unitOf = (uri: string) =>
    Effect.gen(function*() {
      const bind = yield* Effect.fromNullable(options.binders.get("oci"))
      const { unit } = yield* bind({}, { path: "c.json" })
      return unit(yield* Resource.parse(uri))
    })

  it.effect("is shared by one registry, repository and kind", () =>
    Effect.gen(function*() {
      const other = `https://${host}/v2/org/app/blobs/sha256:11`
      assert.deepStrictEqual(yield* unitOf(blob), yield* unitOf(other))
      const different = [manifest, `https://${host}/v2/org/b/blobs/sha256:00`, blob.replace(host, `${host}:5000`), host]
      for (const uri of different) assert.notDeepEqual(yield* unitOf(uri), yield* unitOf(blob))
    }))
})

describe("OciHosts.claims", () => {
  const claims = (uri: string, variables: Readonly<Record<string, string>> = {}) =>
    Effect.flatMap(Resource.parse(uri), OciHosts.claims(TestEnvironment.make(variables)))

  it.effect("claims bare hosts, known registries, GitLab's and, on request, what looks like a registry", () =>
    Effect.gen(function*() {
      for (const uri of [host, "https://ghcr.io/x", "https://europe-docker.pkg.dev/v2/"]) {
        assert.isTrue(yield* claims(uri))
      }
      for (const uri of [manifest, "https://evilpkg.dev/v2/", "https://ghcr.io.evil.example/v2/"]) {
        assert.isFalse(yield* claims(uri))
      }
      assert.isTrue(yield* claims(manifest, { CI_REGISTRY: host }))
      assert.isTrue(yield* claims(manifest, { CREDENTIAL_HELPER_GUESS_OCI_REGISTRY: "1" }))
      assert.isFalse(yield* claims(`https://${host}/x`, { CREDENTIAL_HELPER_GUESS_OCI_REGISTRY: "1" }))
      assert.isFalse(yield* claims(manifest, { CREDENTIAL_HELPER_GUESS_OCI_REGISTRY: "0" }))
    }))
})

describe("a text that parsers read differently", () => {
  it.effect("gets no credential", () =>
    Effect.gen(function*() {
      const network = FakeHttp.layer(() => Effect.succeed(FakeHttp.response(401, { "www-authenticate": "Basic" })))
      const ask = (uri: string) => World.explain(uri, { variables: { GHCR_TOKEN: "t" }, network })
      for (
        const uri of ["https:ghcr.io/v2/a/manifests/b", "https:\\\\ghcr.io\\v2", "https://gh\ncr.io/v2/a/tags/list"]
      ) {
        assert.strictEqual((yield* ask(uri)).answer[0], "UriRejected")
      }
      const good = yield* ask("https://ghcr.io/v2/a/manifests/b")
      assert.include(good.answer, `Authorization: ${World.basic("unset", "t")}`)
    }))

  it.effect("is refused before anything is resolved", () =>
    Effect.gen(function*() {
      const helper = CredentialHelper.fromResolve(() => Effect.dieMessage("resolved"))
      assert.strictEqual((yield* Effect.flip(helper.get({ uri: "https:ghcr.io" })))._tag, "UriRejected")
      assert.isTrue(Either.isLeft((yield* helper.explain({ uri: "https:ghcr.io" })).result))
    }))
})
