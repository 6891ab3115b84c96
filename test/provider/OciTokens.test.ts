import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as CredentialHelper from "../../src/CredentialHelper.ts"
import * as Resource from "../../src/domain/Resource.ts"
import * as OciHosts from "../../src/provider/OciHosts.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as World from "./world.ts"

const host = "ghcr.io"
const images = { "org/app": FakeRegistry.image() }
const ghcr = FakeRegistry.bearer({ host, users: { me: { password: "pw" } }, images })
const query = "scope=repository:org/app:pull&service=ghcr.io"
const uri = `https://${host}/token?${query}`

const docker = (registry: string, entry: object = { auth: Buffer.from("me:pw").toString("base64") }) => ({
  "/home/u/.docker/config.json": JSON.stringify({ auths: { [registry]: entry } })
})
const files = docker(host)
const mine = `Authorization: ${World.basic("me", "pw")}`

/** A registry that names this realm, and a token service that gives `me` a token. */
const network = (realm: string, registry = host) =>
  FakeHttp.layer(({ authorization, method, url }) =>
    Effect.succeed(
      url.host === registry && url.pathname === "/v2/"
        ? FakeHttp.response(401, { "www-authenticate": `Bearer realm="${realm}",service="s"` })
        : method === "GET" && `${url.origin}${url.pathname}` === realm.replace(/^http:\/\/(?!localhost)/, "https://")
        ? FakeHttp.response(Option.isSome(authorization) ? 200 : 403, {}, `{"token":"t"}`)
        : FakeHttp.response(404)
    )
  )

describe("the token endpoint of a registry", () => {
  it.effect("serves rules_oci: the token with our header, then the manifest with it", () =>
    Effect.gen(function*() {
      const helper = yield* CredentialHelper.CredentialHelper
      const client = yield* HttpClient.HttpClient
      const fetch = (url: string, more: Readonly<Record<string, string>> = {}) =>
        Effect.gen(function*() {
          const { headers } = yield* helper.get({ uri: url })
          const own = Object.fromEntries(
            [...headers].map(([name, values]) => [name, values.map(Redacted.value).join()])
          )
          return yield* client.execute(HttpClientRequest.get(url, { headers: { ...more, ...own } }))
        })
      const response = yield* fetch(uri)
      assert.strictEqual(response.status, 200)
      const { token } = (yield* response.json) as { readonly token: string }
      const manifest = yield* client.execute(HttpClientRequest.get(`https://${host}/v2/org/app/manifests/latest`, {
        headers: { authorization: `Bearer ${token}`, accept: "*/*" }
      }))
      assert.strictEqual(manifest.status, 200)
      assert.strictEqual((yield* fetch(`https://${host}/v2/org/app/manifests/latest`)).status, 200)
    }).pipe(
      Effect.provide(
        Layer.provideMerge(CredentialHelper.layer, World.platform({ files, network: FakeRegistry.layer(ghcr) }))
      )
    ))

  it.effect("gets the login as Basic and nothing else, for the URIs of rules_oci's table", () =>
    Effect.gen(function*() {
      const table: ReadonlyArray<readonly [registry: string, realm: string, api?: string]> = [
        ["ghcr.io", "https://ghcr.io/token"],
        ["https://index.docker.io/v1/", "https://auth.docker.io/token", "registry-1.docker.io"],
        ["quay.io", "https://quay.io/v2/auth"],
        ["nvcr.io", "https://nvcr.io/proxy_auth"],
        ["a.azurecr.io", "https://a.azurecr.io/oauth2/token"],
        ["registry.gitlab.com", "https://gitlab.com/jwt/auth"],
        ["docker.elastic.co", "https://docker-auth.elastic.co/auth"],
        ["org-a.app.snowflake.com", "https://org-a.app.snowflake.com/v2/token"]
      ]
      for (const [registry, realm, api = registry] of table) {
        const { answer } = yield* World.explain(`${realm}?scope=repository:org/app:pull&service=x`, {
          files: docker(registry),
          network: network(realm, api)
        })
        assert.deepStrictEqual(answer, [mine], realm)
      }
      const { answer } = yield* World.explain("https://public.ecr.aws/token?scope=repository:a/b:pull&service=x", {
        files: docker("public.ecr.aws"),
        network: network("https://public.ecr.aws/token/", "public.ecr.aws")
      })
      assert.deepStrictEqual(answer, [mine])
    }))

  it.effect("is another path or port than the challenge names: no header", () =>
    Effect.gen(function*() {
      const entries = [{ host: "*", helper: "oci" }]
      for (
        const other of [
          `https://${host}/token2?${query}`,
          `https://${host}/v2/token?${query}`,
          `https://${host}:8443/token?${query}`,
          `http://${host}/token?${query}`,
          `https://evil.example/token?${query}`,
          `https://${host}/token`
        ]
      ) {
        const { answer } = yield* World.explain(other, {
          urls: entries,
          files,
          network: network(`https://${host}/token`)
        })
        assert.deepStrictEqual(answer, [], other)
      }
    }))

  it.effect("of a host that the realm policy refuses gets no login", () =>
    Effect.gen(function*() {
      const registry = "registry.example.com"
      const world = { files: docker(registry), network: network("https://evil.example/token", registry) }
      const ask = (config: object) =>
        World.explain(`https://evil.example/token?scope=repository:a/b:pull&service=${registry}`, {
          ...world,
          urls: [{ host: "*", helper: "oci", config }]
        })
      const [tag, message] = (yield* ask({})).answer
      assert.strictEqual(tag, "RealmNotTrusted")
      assert.include(
        message,
        `"trusted_realms": ["evil.example"]} to the entry {"host": "evil.example", "helper": "oci"}`
      )
      assert.deepStrictEqual((yield* ask({ trusted_realms: ["evil.example"] })).answer, [mine])
    }))

  it.effect("of a self-hosted registry at another host is found by its service", () =>
    Effect.gen(function*() {
      const registry = "localhost:5000"
      const ask = (setup: World.Setup) =>
        World.explain(`http://localhost:5001/token?scope=repository:a/b:pull&service=${registry}`, {
          urls: [{ host: "localhost:*", helper: "oci" }],
          network: network("http://localhost:5001/token", registry),
          ...setup
        })
      assert.deepStrictEqual((yield* ask({ files: docker(registry) })).answer, [mine])
      assert.lengthOf((yield* ask({})).steps.filter((step) => step.includes(`${registry}/v2/`)), 0)
    }))

  it.effect("refuses a wrong login with an error", () =>
    Effect.gen(function*() {
      const old = FakeRegistry.layer(FakeRegistry.bearer({ host, users: { me: { password: "new" } }, images }))
      assert.strictEqual((yield* World.explain(uri, { files, network: old })).answer[0], "TokenRefused")
    }))

  it.effect("gets no token of the environment that it refuses, but the login that was given for it", () =>
    Effect.gen(function*() {
      const variables = { GITHUB_ACTIONS: "true", GITHUB_TOKEN: "canary" }
      const registry = FakeRegistry.layer(ghcr)
      assert.deepStrictEqual((yield* World.explain(uri, { variables, files, network: registry })).answer, [mine])
      const { answer, steps } = yield* World.explain(uri, { variables, network: registry })
      assert.deepStrictEqual(answer, [])
      assert.isTrue(steps.some((step) => step.startsWith("warning: ghcr.io refused the credential of")))
    }))

  it.effect("takes no identity token as Basic, unless the settings say so", () =>
    Effect.gen(function*() {
      const setup = { files: docker(host, { identitytoken: "canary" }), network: network(`https://${host}/token`) }
      const { answer, steps } = yield* World.explain(uri, setup)
      assert.deepStrictEqual(answer, [])
      assert.isTrue(steps.some((step) => step.startsWith(`no header for ${host}: the registry asks for a user name`)))
      const urls = [{ host, helper: "oci", config: { token_exchange_method: "basic" } }]
      const [header] = (yield* World.explain(uri, { ...setup, urls })).answer
      assert.match(header ?? "", /^Authorization: Basic /)
    }))

  it.effect("is asked anonymously without a login, with a reason", () =>
    Effect.gen(function*() {
      const { answer, steps } = yield* World.explain(uri, {})
      assert.deepStrictEqual(answer, [])
      assert.isFalse(steps.some((step) => step.startsWith("request")))
      assert.isTrue(
        steps.some((step) => step.startsWith(`no header for ${host}: no credential for ${host}, so that its token`))
      )
    }))

  it.effect("at a known host is claimed without a configuration, and nothing else there", () =>
    Effect.gen(function*() {
      const claims = (uri: string) => Effect.flatMap(Resource.parse(uri), OciHosts.claims(TestEnvironment.make({})))
      for (
        const known of [
          "https://auth.docker.io/token?service=registry.docker.io",
          `https://gitlab.com/jwt/auth?${query}`
        ]
      ) {
        assert.isTrue(yield* claims(known), known)
      }
      for (
        const other of [
          "https://auth.docker.io/token",
          `https://auth.docker.io/other?${query}`,
          `https://gitlab.com/api/v4/x?${query}`,
          `http://auth.docker.io/token?${query}`,
          `https://auth.docker.io:8443/token?${query}`
        ]
      ) {
        assert.isFalse(yield* claims(other), other)
      }
    }))
})
