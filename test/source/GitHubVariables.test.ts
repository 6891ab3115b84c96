import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as GitHubVariables from "../../src/source/GitHubVariables.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const all = { GH_TOKEN: "1", GITHUB_TOKEN: "2", GH_ENTERPRISE_TOKEN: "3", GITHUB_ENTERPRISE_TOKEN: "4" }

/** The variables that may go to the host; those that may not are in brackets. */
const asked = (host: string, variables: Readonly<Record<string, string>> = {}, isNamed = false) =>
  Effect.map(
    GitHubVariables.candidates(TestEnvironment.make({ ...all, ...variables }), host, Effect.succeed(isNamed)),
    (candidates) =>
      candidates.map(({ variable, withheld }) => Option.isSome(withheld) ? `(${variable})` : variable).join(" ")
  )

const workflowOf = (host: string) => ({ GITHUB_SERVER_URL: `https://${host}` })

const enterprise = "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN"
const none = "(GH_ENTERPRISE_TOKEN) (GITHUB_ENTERPRISE_TOKEN)"

describe("GitHubVariables.candidates", () => {
  it.effect("gives GH_TOKEN and GITHUB_TOKEN to github.com, ghcr.io and the tenants of ghe.com", () =>
    Effect.gen(function*() {
      const hosts = ["github.com", "api.github.com", "raw.githubusercontent.com", "ghcr.io", "docker.pkg.github.com"]
      const tenants = ["tenant.ghe.com", "api.tenant.ghe.com", "containers.tenant.ghe.com"]
      for (const host of [...hosts, ...tenants]) {
        assert.strictEqual(yield* asked(host), "GH_TOKEN GITHUB_TOKEN", host)
        assert.strictEqual(yield* asked(host, {}, true), "GH_TOKEN GITHUB_TOKEN", host)
      }
    }))

  it.effect("gives GITHUB_TOKEN to the host of GITHUB_SERVER_URL, and to no other", () =>
    Effect.gen(function*() {
      for (const server of ["github.corp.example", "tenant.ghe.com", "github.corp.example:8443"]) {
        for (const host of ["github.com", "ghcr.io", "api.github.com", "other.ghe.com"]) {
          assert.strictEqual(yield* asked(host, workflowOf(server)), "GH_TOKEN (GITHUB_TOKEN)", `${server} ${host}`)
        }
      }
      const corp = workflowOf("github.corp.example")
      for (const host of ["github.corp.example", "api.github.corp.example", "containers.github.corp.example"]) {
        assert.strictEqual(yield* asked(host, corp), `${enterprise} GITHUB_TOKEN`, host)
      }
      assert.strictEqual(yield* asked("github.corp.example:8443", corp), none)
      assert.strictEqual(yield* asked("evil.example", corp), none)
      assert.strictEqual(yield* asked("api.tenant.ghe.com", workflowOf("tenant.ghe.com")), "GH_TOKEN GITHUB_TOKEN")
      for (const server of ["https://github.com", "https://GitHub.com/", "github.com", ""]) {
        assert.strictEqual(yield* asked("ghcr.io", { GITHUB_SERVER_URL: server }), "GH_TOKEN GITHUB_TOKEN", server)
      }
      // Whose token it is cannot be told.
      assert.strictEqual(yield* asked("github.com", { GITHUB_SERVER_URL: "https://" }), "GH_TOKEN (GITHUB_TOKEN)")
      assert.strictEqual(yield* asked("github.com", { GITHUB_SERVER_URL: "a b" }), "GH_TOKEN (GITHUB_TOKEN)")
    }))

  it.effect("knows a workflow's token under the name GH_TOKEN, too", () =>
    Effect.gen(function*() {
      const variables = { GH_TOKEN: "2", ...workflowOf("github.corp.example") }
      assert.strictEqual(yield* asked("ghcr.io", variables), "(GH_TOKEN) (GITHUB_TOKEN)")
      assert.strictEqual(yield* asked("ghcr.io", { ...variables, GITHUB_TOKEN: "" }), "GH_TOKEN (GITHUB_TOKEN)")
      assert.strictEqual(yield* asked("ghcr.io", { GH_TOKEN: "2" }), "GH_TOKEN GITHUB_TOKEN")
    }))

  it.effect("gives the enterprise variables to a server that the user has named, and to no other", () =>
    Effect.gen(function*() {
      for (const host of ["evil.example", "github.com.evil.example", "ghe.com", "xghe.com", "evilgithub.com"]) {
        assert.strictEqual(yield* asked(host), none, host)
        assert.strictEqual(yield* asked(host, { GH_HOST: "github.corp.example" }), none, host)
      }
      assert.strictEqual(yield* asked("github.corp.example", {}, true), enterprise)
      assert.strictEqual(yield* asked("raw.github.corp.example", { GH_HOST: "GitHub.corp.example" }), enterprise)
    }))

  it.effect("reads no file for the sake of variables that are not set", () =>
    Effect.gen(function*() {
      const environment = TestEnvironment.make({ GH_TOKEN: "1" })
      yield* GitHubVariables.candidates(environment, "github.corp.example", Effect.dieMessage("it was asked"))
      yield* GitHubVariables.candidates(environment, "github.com", Effect.dieMessage("it was asked"))
    }))
})

describe("GitHubVariables.isRegistry", () => {
  const isRegistry = (host: string, variables: Readonly<Record<string, string>> = {}) =>
    GitHubVariables.isRegistry(TestEnvironment.make(variables), host)

  it.effect("knows ghcr.io, the registries of tenants, and that of a server that the environment names", () =>
    Effect.gen(function*() {
      const corp = { GH_HOST: "github.corp.example" }
      for (const host of ["ghcr.io", "docker.pkg.github.com", "containers.tenant.ghe.com"]) {
        assert.isTrue(yield* isRegistry(host), host)
      }
      for (const host of ["containers.github.corp.example", "docker.github.corp.example", "github.corp.example"]) {
        assert.isFalse(yield* isRegistry(host), host)
        assert.isTrue(yield* isRegistry(host, corp), host)
        assert.isTrue(yield* isRegistry(host, workflowOf("github.corp.example")), host)
      }
      for (const host of ["docker.io", "docker.elastic.co", "ghcr.io:8443", "containers.ghe.com", "x.tenant.ghe.com"]) {
        assert.isFalse(yield* isRegistry(host, corp), host)
      }
      assert.isFalse(yield* isRegistry("containers.github.com", { GH_HOST: "github.com" }))
    }))
})
