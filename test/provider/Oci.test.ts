import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
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

const origin = `docker config /home/u/.docker/config.json, $.auths["${host}"]`

const described = { host, users: { me: { password: "pw" } }, images: { "org/app": FakeRegistry.image() } }

const names = (answer: ReadonlyArray<string>) => answer.map((line) => line.split(": ")[0])

describe("Oci", () => {
  it.effect("exchanges a docker login for a token, with the Accept header of manifests", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.bearer(described))
      const { answer, steps } = yield* World.explain(manifest, { urls, files: login, network })
      assert.deepStrictEqual(names(answer), ["Authorization", "Accept", "Docker-Distribution-API-Version"])
      assert.match(answer[0] ?? "", /^Authorization: Bearer /)
      assert.strictEqual(
        answer[1],
        "Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json"
      )
      assert.deepStrictEqual(steps.filter((step) => step.startsWith("source")), [
        "source: docker config: found"
      ])
      assert.lengthOf(steps.filter((step) => step.startsWith("request")), 2)
    }))

  it.effect("sends a login as Basic to a registry that asks for it, and that takes it", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.basic(described))
      const { answer, steps } = yield* World.explain(blob, { urls, files: login, network })
      assert.deepStrictEqual(answer, [
        `Authorization: ${World.basic("me", "pw")}`,
        "Docker-Distribution-API-Version: registry/2.0"
      ])
      assert.deepStrictEqual(steps.filter((step) => step.startsWith("request")), [
        `request: GET ${host}/v2/: 401`,
        `request: GET ${host}/v2/: 200`
      ])
    }))

  it.effect("fails where the token lacks the access that was asked for, and says whose it is", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(
        FakeRegistry.bearer({ ...described, users: { me: { password: "pw", repositories: ["org/other"] } } })
      )
      const mine = (yield* World.explain(blob, { urls, files: login, network })).answer
      assert.strictEqual(mine[0], "ScopeInsufficient")
      assert.include(mine[1], `the account of ${origin} may not pull org/app at ${host}`)
      const anonymous = (yield* World.explain(blob, { urls, network })).answer
      assert.strictEqual(anonymous[0], "ScopeInsufficient")
      assert.include(anonymous[1], "a login is needed to pull it")
    }))

  it.effect("fails where the registry refuses a login", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.basic({ ...described, users: { me: { password: "new" } } }))
      const [tag, message] = (yield* World.explain(blob, { urls, files: login, network })).answer
      assert.strictEqual(tag, "TokenRefused")
      assert.include(message, "/home/u/.docker/config.json")
      assert.include(message, `docker login ${host}`)
    }))

  const redirected = (other: FakeHttp.Response) =>
    FakeHttp.layer(({ url }) =>
      Effect.succeed(
        url.host === host
          ? FakeHttp.response(307, { location: "https://other.example/v2/" })
          : url.pathname === "/v2/"
          ? other
          : FakeHttp.response(200, {}, `{"token":"t"}`)
      )
    )
  const challenge = (line: string) => FakeHttp.response(401, { "www-authenticate": line })

  it.effect("warns that a credential is not used where another host answers for the registry", () =>
    Effect.gen(function*() {
      const network = redirected(challenge(`Bearer realm="https://other.example/token"`))
      const { answer, steps } = yield* World.explain(blob, { urls, files: login, network })
      assert.strictEqual(answer[0], "Authorization: Bearer t")
      assert.include(
        steps,
        `warning: ${host} redirects to other.example, so that the credential of ${origin} is not used. To use one, name other.example as the registry, and run docker login other.example.`
      )
    }))

  const silent: ReadonlyArray<readonly [what: string, setup: World.Setup, reason: string]> = [
    [
      "a registry that asks for a login, and there is none",
      { network: FakeRegistry.layer(FakeRegistry.basic(described)) },
      `the registry asks for a user name and a password, and there is none. Run docker login ${host}, or add a lookup_chain to its entry.`
    ],
    [
      "an identity token where a password is asked for",
      {
        network: FakeRegistry.layer(FakeRegistry.basic(described)),
        files: { "/home/u/.docker/config.json": JSON.stringify({ auths: { [host]: { identitytoken: "t" } } }) }
      },
      `the registry asks for a user name and a password, and the credential of ${origin} holds neither. Run docker login ${host} with a password.`
    ],
    [
      "another host that asks for a login",
      { network: redirected(challenge("Basic")), files: login },
      "the registry redirects to other.example, which asks for a user name and a password. Use other.example as the name of the registry, and run docker login other.example."
    ],
    [
      "a scheme that is not supported",
      { network: FakeHttp.layer(() => Effect.succeed(challenge("Negotiate, NTLM"))), files: login },
      "the registry asks for negotiate, ntlm, and only Basic and Bearer are supported. Use an address of the registry that offers one of them."
    ],
    [
      "a Bearer challenge without a realm",
      { network: FakeHttp.layer(() => Effect.succeed(challenge("Bearer service=\"s\""))) },
      "the registry asks for a Bearer token, and its WWW-Authenticate names no token service (realm). Correct the settings of the registry."
    ],
    [
      "401 without a challenge",
      { network: FakeHttp.layer(() => Effect.succeed(FakeHttp.response(401))) },
      "the registry responded with 401 and does not say how to authenticate. Correct the settings of the registry: WWW-Authenticate has to name Basic or Bearer."
    ]
  ]
  for (const [what, setup, reason] of silent) {
    it.effect(`says why there is no header: ${what}`, () =>
      Effect.gen(function*() {
        const { answer, steps } = yield* World.explain(blob, { urls, ...setup })
        assert.deepStrictEqual(answer, [])
        assert.include(steps, `no header for ${host}: ${reason}`)
      }))
  }

  it.effect("fails for everybody where the registry has a problem, or is none", () =>
    Effect.gen(function*() {
      const down = FakeHttp.layer(() => Effect.succeed(FakeHttp.response(400)))
      const page = FakeHttp.layer(() =>
        Effect.succeed(FakeHttp.response(200, { "content-type": "text/html" }, "<html>"))
      )
      for (const files of [login, {}]) {
        assert.strictEqual((yield* World.explain(blob, { urls, files, network: down })).answer[0], "NotARegistry")
        const { answer } = yield* World.explain(blob, { urls, files, network: page })
        assert.include(answer[1], `${host} responded with a web page, not as a registry (200)`)
      }
    }))

  it.effect("answers without authorization for an open registry, with Accept for manifests alone", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.open(described))
      assert.deepStrictEqual(names((yield* World.explain(manifest, { urls, network })).answer), ["Accept"])
      assert.deepStrictEqual((yield* World.explain(blob, { urls, network })).answer, [])
    }))

  it.effect("says that a credential is not sent to an open registry", () =>
    Effect.gen(function*() {
      const network = FakeRegistry.layer(FakeRegistry.open(described))
      const { steps } = yield* World.explain(blob, { urls, files: login, network })
      assert.include(steps, `decision: ${host}: the registry asks for no credential, and that of ${origin} is not sent`)
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
      const network = FakeHttp.layer(({ authorization }) =>
        Effect.succeed(FakeHttp.response(Option.isSome(authorization) ? 200 : 401, { "www-authenticate": "Basic" }))
      )
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
