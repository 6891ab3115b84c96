import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as World from "./world.ts"

const host = "ghcr.io"
const manifest = `https://${host}/v2/org/app/manifests/latest`

const users = { me: { password: "pw" } }

const network = (anonymous: boolean) =>
  FakeRegistry.layer(
    FakeRegistry.bearer({ host, users, anonymous, denies: "token", images: { "org/app": FakeRegistry.image() } })
  )

const login = (password: string) => ({
  "/home/u/.docker/config.json": JSON.stringify({
    auths: { [host]: { auth: Buffer.from(`me:${password}`).toString("base64") } }
  })
})

const ghLogin = { "/home/u/.config/gh/hosts.yml": "github.com:\n  oauth_token: gho_x\n" }

const isToken = (answer: ReadonlyArray<string>) => assert.match(answer[0] ?? "", /^Authorization: Bearer /)

const warnings = (steps: ReadonlyArray<string>) => steps.filter((step) => step.startsWith("warning: "))

const credentialOf = (name: string) =>
  `warning: ${host} refused the credential of ${name} (401), which was not given for it, and `

describe("a token of the environment that the registry refuses", () => {
  for (const variable of ["GITHUB_TOKEN", "GH_TOKEN"]) {
    it.effect(`leaves a public image readable: ${variable}`, () =>
      Effect.gen(function*() {
        const { answer, steps } = yield* World.explain(manifest, {
          variables: { [variable]: "of-another" },
          network: network(true)
        })
        isToken(answer)
        assert.deepStrictEqual(warnings(steps), [
          `${credentialOf(`the environment variable ${variable}`)}is asked without one.`
        ])
      }))
  }

  it.effect("leaves a docker login in force", () =>
    Effect.gen(function*() {
      const setup = { variables: { GITHUB_TOKEN: "of-another" }, files: login("pw"), network: network(false) }
      const { answer, steps } = yield* World.explain(manifest, setup)
      isToken(answer)
      assert.deepStrictEqual(warnings(steps), [
        `${credentialOf("the environment variable GITHUB_TOKEN")}that of docker config /home/u/.docker/config.json, ` +
        `$.auths["${host}"] is used instead.`
      ])
    }))

  it.effect("leaves a docker login in force, also where it is accepted and opens another repository", () =>
    Effect.gen(function*() {
      const { answer, steps } = yield* World.explain(manifest, {
        variables: { GITHUB_TOKEN: "of-another", GITHUB_ACTOR: "bot" },
        files: login("pw"),
        network: FakeRegistry.layer(FakeRegistry.bearer({
          host,
          users: { ...users, bot: { password: "of-another", repositories: ["org/other"] } },
          images: { "org/app": FakeRegistry.image() }
        }))
      })
      isToken(answer)
      assert.match(
        warnings(steps).join(),
        /\(no right to pull org\/app\), which was not given for it, and that of docker/
      )
    }))

  it.effect("leaves the refusal of a docker login as it is", () =>
    Effect.gen(function*() {
      const setup = { variables: { GITHUB_TOKEN: "of-another" }, files: login("old"), network: network(true) }
      const { answer } = yield* World.explain(manifest, setup)
      assert.strictEqual(answer[0], "TokenRefused")
      assert.include(answer[1], "docker config /home/u/.docker/config.json")
    }))

  it.effect("is the error when a stranger is refused, too", () =>
    Effect.gen(function*() {
      const setup = { variables: { GITHUB_TOKEN: "of-another" }, network: network(false) }
      const { answer } = yield* World.explain(manifest, setup)
      assert.strictEqual(answer[0], "TokenRefused")
      assert.include(answer[1], "refused the credential of the environment variable GITHUB_TOKEN")
      assert.match(answer[1] ?? "", /Set GITHUB_TOKEN to a token that works\.$/)
      // Following the advice mends it.
      isToken(
        (yield* World.explain(manifest, { ...setup, variables: { GITHUB_ACTOR: "me", GITHUB_TOKEN: "pw" } })).answer
      )
    }))

  it.effect("is the error where a credential is required", () =>
    Effect.gen(function*() {
      const { answer } = yield* World.explain(manifest, {
        variables: { GITHUB_TOKEN: "of-another" },
        urls: [{ host, helper: "oci", required: true }],
        network: network(true)
      })
      assert.strictEqual(answer[0], "TokenRefused")
    }))

  it.effect("and the login of the GitHub CLI, which may lack the scope, leave a public image readable", () =>
    Effect.gen(function*() {
      const only = { files: ghLogin, network: network(true) }
      const { answer, steps } = yield* World.explain(manifest, only)
      isToken(answer)
      assert.deepStrictEqual(warnings(steps), [
        `${credentialOf("the token in gh hosts.yml for github.com")}is asked without one.`
      ])
      isToken((yield* World.explain(manifest, { ...only, variables: { GITHUB_TOKEN: "of-another" } })).answer)
      const refused = (yield* World.explain(manifest, { files: ghLogin, network: network(false) })).answer
      assert.match(refused[1] ?? "", /Run gh auth refresh --hostname github\.com --scopes read:packages\.$/)
    }))

  it.effect("does not concern GHCR_TOKEN and a lookup_chain, which were given for it", () =>
    Effect.gen(function*() {
      const { answer } = yield* World.explain(manifest, {
        variables: { GHCR_TOKEN: "old" },
        files: login("pw"),
        network: network(true)
      })
      assert.strictEqual(answer[0], "TokenRefused")
      assert.match(answer[1] ?? "", /Set GHCR_TOKEN to a token that works\.$/)
      const chain = [{ source: "env", name: "GITHUB_TOKEN", binding: "password" }]
      const configured = yield* World.explain(manifest, {
        variables: { GITHUB_TOKEN: "old" },
        urls: [{ host, helper: "oci", config: { lookup_chain: chain } }],
        network: network(true)
      })
      assert.strictEqual(configured.answer[0], "TokenRefused")
      assert.include(configured.answer[1], "GITHUB_TOKEN (lookup_chain of urls[0])")
    }))
})

describe("a workflow's token", () => {
  const sent = (setup: World.Setup) =>
    Effect.gen(function*() {
      const { steps } = yield* World.explain(manifest, setup)
      return steps.filter((step) => step.startsWith("source: environment variable GITHUB_TOKEN: "))
    })

  it.effect("of a GitHub Enterprise Server is not sent to ghcr.io", () =>
    Effect.gen(function*() {
      const variables = { GITHUB_TOKEN: "ghs_ENT", GITHUB_SERVER_URL: "https://github.corp.example" }
      isToken((yield* World.explain(manifest, { variables, network: network(true) })).answer)
      assert.deepStrictEqual(yield* sent({ variables, network: network(true) }), [
        "source: environment variable GITHUB_TOKEN: set, but not for this host: GITHUB_SERVER_URL says it is github.corp.example's"
      ])
    }))
})
