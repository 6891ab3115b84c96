import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Resource from "../../src/domain/Resource.ts"
import * as GitHubHosts from "../../src/provider/GitHubHosts.ts"
import * as World from "./world.ts"

const hosts = "/home/u/.config/gh/hosts.yml"

interface Case extends World.Setup {
  readonly uri?: string
  readonly answer: ReadonlyArray<string>
  /** The sources that are asked, in order. */
  readonly asked: ReadonlyArray<string>
}

const keyring = "keyring gh:github.com"

const variables = ["environment variable GH_TOKEN", "environment variable GITHUB_TOKEN"]

const enterprise = [{ host: "*.corp.example", helper: "github" }]

const cases: Readonly<Record<string, Case>> = {
  "takes GH_TOKEN": {
    variables: { GH_TOKEN: "1", GITHUB_TOKEN: "2" },
    answer: ["Authorization: Bearer 1"],
    asked: ["environment variable GH_TOKEN"]
  },
  "takes GITHUB_TOKEN when GH_TOKEN is empty": {
    variables: { GH_TOKEN: "", GITHUB_TOKEN: "2" },
    answer: ["Authorization: Bearer 2"],
    asked: variables
  },
  "takes the login of the GitHub CLI when no variable is set": {
    files: { [hosts]: "github.com:\n    oauth_token: 3\n" },
    answer: ["Authorization: Bearer 3"],
    asked: [...variables, "gh hosts.yml for github.com"]
  },
  "sends a token for raw files as Basic": {
    uri: "https://raw.githubusercontent.com/o/r/main/f",
    variables: { GH_TOKEN: "1" },
    answer: [`Authorization: ${World.basic("1", "")}`],
    asked: ["environment variable GH_TOKEN"]
  },
  "answers without a header when there is no token": {
    answer: [],
    asked: [...variables, "gh hosts.yml for github.com", keyring]
  },
  "asks a lookup_chain in place of variables and keyring": {
    variables: { GH_TOKEN: "1", MINE: "4" },
    urls: [{ helper: "github", config: { lookup_chain: [{ source: "env", name: "MINE" }] } }],
    answer: ["Authorization: Bearer 4"],
    asked: ["environment variable MINE"]
  },
  "leaves out hosts.yml when read_config_file is false": {
    files: { [hosts]: "github.com:\n    oauth_token: 3\n" },
    urls: [{ helper: "github", config: { read_config_file: false } }],
    answer: [],
    asked: [...variables, keyring]
  },
  "gives a GitHub Enterprise host the token of its account, and none of github.com": {
    uri: "https://codeload.git.corp.example/o/r/x",
    variables: { GH_TOKEN: "1", GH_ENTERPRISE_TOKEN: "5", GH_HOST: "git.corp.example" },
    urls: enterprise,
    answer: ["Authorization: Bearer 5"],
    asked: ["environment variable GH_ENTERPRISE_TOKEN"]
  },
  "answers plain http without a header": {
    uri: "http://github.com/o/r/x",
    variables: { GH_TOKEN: "1" },
    urls: [{ helper: "github" }],
    answer: [],
    asked: []
  }
}

describe("GitHub", () => {
  for (const [name, { answer, asked, uri = "https://github.com/o/r/x", ...setup }] of Object.entries(cases)) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const explanation = yield* World.explain(uri, setup)
        assert.deepStrictEqual(explanation.answer, answer)
        const sources = explanation.steps.flatMap((step) => /^source: (.*?): /.exec(step)?.[1] ?? [])
        assert.deepStrictEqual(sources.map((source) => source === "keyring gh" ? keyring : source), asked)
      }))
  }

  const claims = (uri: string) =>
    Either.match(Resource.parse(uri), { onLeft: () => false, onRight: GitHubHosts.claims })

  it("claims GitHub's own hosts over https, and no lookalikes", () => {
    for (const host of ["github.com", "api.github.com", "codeload.github.com", "raw.githubusercontent.com"]) {
      assert.isTrue(claims(`https://${host}/x`), host)
    }
    for (const host of ["evilgithub.com", "github.com.evil.example", "x.githubusercontent.com", "github.com:8443"]) {
      assert.isFalse(claims(`https://${host}/x`), host)
    }
    assert.isFalse(claims("http://github.com/x"))
    assert.isFalse(claims("github.com"))
  })
})
