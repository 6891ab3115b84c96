import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as CiVariables from "../../src/source/CiVariables.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

/** `user:password from origin`, or `none`. */
const ask = (host: string, variables: Readonly<Record<string, string>>) =>
  Effect.flatMap(
    CiVariables.make,
    (source) => source.lookup({ host, repository: Option.none() })
  ).pipe(
    Effect.map(Option.match({
      onNone: () => "none",
      onSome: ({ origin, userPassword }) =>
        userPassword === undefined
          ? "no user and password"
          : `${userPassword.username}:${Redacted.value(userPassword.password)} from ${origin}`
    })),
    Effect.provide(TestEnvironment.layer(variables))
  )

describe("CiVariables", () => {
  it.effect("ghcr.io: GHCR_TOKEN, GH_TOKEN, GITHUB_TOKEN, with the user of GITHUB_ACTOR", () =>
    Effect.gen(function*() {
      const all = { GHCR_TOKEN: "1", GH_TOKEN: "2", GITHUB_TOKEN: "3", GITHUB_ACTOR: "me" }
      assert.strictEqual(yield* ask("ghcr.io", all), "me:1 from the environment variable GHCR_TOKEN")
      assert.strictEqual(
        yield* ask("ghcr.io", { ...all, GHCR_TOKEN: "" }),
        "me:2 from the environment variable GH_TOKEN"
      )
      assert.strictEqual(
        yield* ask("ghcr.io", { GITHUB_TOKEN: "3" }),
        "unset:3 from the environment variable GITHUB_TOKEN"
      )
      assert.strictEqual(yield* ask("ghcr.io", { GITHUB_ACTOR: "me" }), "none")
    }))

  it.effect("nvcr.io: the key of NGC, for the user $oauthtoken", () =>
    Effect.gen(function*() {
      const expected = "$oauthtoken:k from the environment variable"
      assert.strictEqual(yield* ask("nvcr.io", { NGC_API_KEY: "k" }), `${expected} NGC_API_KEY`)
      assert.strictEqual(yield* ask("nvcr.io", { NGC_CLI_API_KEY: "k" }), `${expected} NGC_CLI_API_KEY`)
    }))

  const gitLab = {
    CI_REGISTRY_USER: "ci",
    CI_REGISTRY_PASSWORD: "p1",
    CI_DEPLOY_USER: "deploy",
    CI_DEPLOY_PASSWORD: "p2",
    CI_JOB_TOKEN: "p3"
  }

  it.effect("GitLab: the host that CI_REGISTRY names, with its port, and complete pairs alone", () =>
    Effect.gen(function*() {
      const at = (host: string, changes: Readonly<Record<string, string>>) =>
        ask(host, { CI_REGISTRY: host.toUpperCase(), ...gitLab, ...changes })
      const origin = "from the environment variable"
      for (const host of ["registry.gitlab.com", "registry.corp.example:5050"]) {
        assert.strictEqual(yield* at(host, {}), `ci:p1 ${origin} CI_REGISTRY_PASSWORD`)
        assert.strictEqual(yield* at(host, { CI_REGISTRY_USER: "" }), `deploy:p2 ${origin} CI_DEPLOY_PASSWORD`)
        assert.strictEqual(
          yield* at(host, { CI_REGISTRY_PASSWORD: "", CI_DEPLOY_USER: "" }),
          `gitlab-ci-token:p3 ${origin} CI_JOB_TOKEN`
        )
      }
    }))

  it.effect("a variable goes to the host it is for, and to no other", () =>
    Effect.gen(function*() {
      const all = {
        ...gitLab,
        CI_REGISTRY: "registry.corp.example:5050",
        GHCR_TOKEN: "1",
        GITHUB_TOKEN: "3",
        NGC_API_KEY: "k"
      }
      const hosts = [
        ...["registry.corp.example", "registry.corp.example:5051", "registry.gitlab.com", "lscr.io", "ghcr.io:8443"],
        ...["evilghcr.io", "quay.io", "ghcr.io.example", "x.nvcr.io"]
      ]
      for (const host of hosts) assert.strictEqual(yield* ask(host, all), "none", host)
      assert.strictEqual(yield* ask("registry.gitlab.com", gitLab), "none")
      assert.strictEqual(yield* ask("registry.gitlab.com", { ...gitLab, CI_REGISTRY: "not a host" }), "none")
    }))

  it.effect("what was read is recorded by name, and nothing of its value", () =>
    Effect.gen(function*() {
      const { inputs, steps } = yield* Provenance.recording((sofar) =>
        Effect.zipRight(ask("ghcr.io", { GH_TOKEN: "canary-7f" }), sofar)
      )
      const names = inputs.map((input) => input._tag === "Variable" ? input.name : input._tag)
      assert.includeMembers(names, ["GHCR_TOKEN", "GH_TOKEN", "GITHUB_ACTOR"])
      assert.deepStrictEqual(Provenance.sourcesAsked(steps), [
        "environment variable GHCR_TOKEN: not set",
        "environment variable GH_TOKEN: found"
      ])
      assert.notInclude(`${inputs.map((input) => Object.values(input).join())}`, "canary-7f")
    }))
})
