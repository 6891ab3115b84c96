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

  const corp = { GH_HOST: "github.corp.example", GH_ENTERPRISE_TOKEN: "5" }

  it.effect("GitHub's other registries: those of tenants, and of a server that the environment names", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* ask("containers.tenant.ghe.com", { GH_TOKEN: "2", ...corp }),
        "unset:2 from the environment variable GH_TOKEN"
      )
      assert.strictEqual(
        yield* ask("containers.github.corp.example", { GH_TOKEN: "2", ...corp }),
        "unset:5 from the environment variable GH_ENTERPRISE_TOKEN"
      )
      assert.strictEqual(yield* ask("containers.other.example", corp), "none")
    }))

  it.effect("a workflow's token goes to the registry of its own server, and to no other", () =>
    Effect.gen(function*() {
      const workflow = { GITHUB_TOKEN: "3", GITHUB_SERVER_URL: "https://github.corp.example", GITHUB_ACTOR: "me" }
      const expected = "me:3 from the environment variable GITHUB_TOKEN"
      assert.strictEqual(yield* ask("containers.github.corp.example", workflow), expected)
      assert.strictEqual(yield* ask("ghcr.io", workflow), "none")
      assert.strictEqual(yield* ask("ghcr.io", { ...workflow, GITHUB_SERVER_URL: "https://github.com" }), expected)
    }))

  const flags = (host: string, variables: Readonly<Record<string, string>>) =>
    Effect.flatMap(
      CiVariables.make,
      (source) => Effect.flatten(source.lookup({ host, repository: Option.none() }))
    ).pipe(
      Effect.map(({ ambient, renew }) => [ambient === true, renew]),
      Effect.provide(TestEnvironment.layer(variables))
    )

  it.effect("which tokens were given for the registry, and what to do when one is refused", () =>
    Effect.gen(function*() {
      for (const variable of ["GH_TOKEN", "GITHUB_TOKEN"]) {
        assert.deepStrictEqual(yield* flags("ghcr.io", { [variable]: "x" }), [
          true,
          `set ${variable} to a token that works`
        ])
      }
      assert.deepStrictEqual(yield* flags("ghcr.io", { GHCR_TOKEN: "x" }), [
        false,
        "set GHCR_TOKEN to a token that works"
      ])
      const job = { CI_REGISTRY: "registry.gitlab.com", CI_JOB_TOKEN: "x" }
      assert.deepStrictEqual(yield* flags("registry.gitlab.com", job), [true, "set CI_JOB_TOKEN to a token that works"])
      assert.isFalse((yield* flags("registry.gitlab.com", { ...job, ...gitLab }))[0])
    }))

  it.effect("a token in quotes is used without them, and one with a space in it is refused", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* ask("ghcr.io", { GHCR_TOKEN: "\"1\"" }),
        "unset:1 from the environment variable GHCR_TOKEN"
      )
      const error = yield* Effect.flip(ask("ghcr.io", { GHCR_TOKEN: "a b" }))
      assert.strictEqual(error._tag, "TokenUnsafe")
      assert.match(error.message, /the environment variable GHCR_TOKEN .* Set GHCR_TOKEN to the token alone\.$/)
      // This one was not meant for ghcr.io.
      assert.strictEqual(
        yield* ask("ghcr.io", { GH_TOKEN: "a b", GITHUB_TOKEN: "3" }),
        "unset:3 from the environment variable GITHUB_TOKEN"
      )
    }))

  it.effect("half of a pair and an unusable CI_REGISTRY are told", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        const half = { CI_REGISTRY: "registry.gitlab.com", CI_REGISTRY_PASSWORD: "p" }
        assert.strictEqual(yield* ask("registry.gitlab.com", half), "none")
        assert.strictEqual(yield* ask("registry.gitlab.com", { ...half, CI_REGISTRY: "a b" }), "none")
        const steps = (yield* sofar).steps.map(Provenance.render)
        assert.include(steps, "source: environment variable CI_REGISTRY_USER: not set, though CI_REGISTRY_PASSWORD is")
        assert.include(steps, "variable: CI_REGISTRY: ignored: it is not a host")
      })
    ))

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
