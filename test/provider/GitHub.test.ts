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
  "gives the enterprise variables to no host that nothing names": {
    uri: "https://evil.example/x",
    variables: { GH_ENTERPRISE_TOKEN: "5", GITHUB_ENTERPRISE_TOKEN: "6", GITHUB_TOKEN: "2", GH_TOKEN: "1" },
    urls: [{ helper: "github" }],
    answer: [],
    asked: [
      ...["environment variable GH_ENTERPRISE_TOKEN", "environment variable GITHUB_ENTERPRISE_TOKEN"],
      ...["gh hosts.yml for evil.example", "keyring gh:evil.example"]
    ]
  },
  "gives the enterprise variables to a host that an entry names": {
    uri: "https://git.corp.example/o/r/x",
    variables: { GH_ENTERPRISE_TOKEN: "5" },
    urls: [{ host: "git.corp.example", helper: "github" }],
    answer: ["Authorization: Bearer 5"],
    asked: ["environment variable GH_ENTERPRISE_TOKEN"]
  },
  "gives the enterprise variables to a host that hosts.yml names": {
    uri: "https://git.corp.example/o/r/x",
    variables: { GH_ENTERPRISE_TOKEN: "5" },
    files: { [hosts]: "git.corp.example:\n    user: me\n" },
    urls: enterprise,
    answer: ["Authorization: Bearer 5"],
    asked: ["environment variable GH_ENTERPRISE_TOKEN"]
  },
  "gives a workflow's token to its own server": {
    uri: "https://git.corp.example/o/r/x",
    variables: { GITHUB_TOKEN: "7", GITHUB_SERVER_URL: "https://git.corp.example" },
    urls: enterprise,
    answer: ["Authorization: Bearer 7"],
    asked: [
      ...["environment variable GH_ENTERPRISE_TOKEN", "environment variable GITHUB_ENTERPRISE_TOKEN"],
      "environment variable GITHUB_TOKEN"
    ]
  },
  "gives a workflow's token of another server to no other host": {
    variables: { GITHUB_TOKEN: "7", GITHUB_SERVER_URL: "https://git.corp.example" },
    answer: [],
    asked: [...variables, "gh hosts.yml for github.com", keyring]
  },
  "gives GH_TOKEN to a tenant of ghe.com, without an entry": {
    uri: "https://api.tenant.ghe.com/o/r/x",
    variables: { GH_TOKEN: "1", GH_ENTERPRISE_TOKEN: "5" },
    answer: ["Authorization: Bearer 1"],
    asked: ["environment variable GH_TOKEN"]
  },
  "leaves out the quotes of an .env file": {
    variables: { GH_TOKEN: "\"ghp_x\"" },
    answer: ["Authorization: Bearer ghp_x"],
    asked: ["environment variable GH_TOKEN"]
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
        const sources = explanation.steps.flatMap((step) => /^source: ((?:keyring gh:)?.*?): /.exec(step)?.[1] ?? [])
        assert.deepStrictEqual(sources, asked)
      }))
  }

  const unsafe: Readonly<Record<string, World.Setup>> = {
    "GH_TOKEN": { variables: { GH_TOKEN: "ghp x" } },
    "MINE": {
      variables: { MINE: "a\nb" },
      urls: [{ helper: "github", config: { lookup_chain: [{ source: "env", name: "MINE" }] } }]
    }
  }
  for (const [name, setup] of Object.entries(unsafe)) {
    it.effect(`refuses a token with a space or a line break in it, and names the variable: ${name}`, () =>
      Effect.gen(function*() {
        const { answer } = yield* World.explain("https://github.com/o/r/x", setup)
        assert.deepStrictEqual(answer, [
          "TokenUnsafe",
          `the secret of the environment variable ${name} for github.com contains characters not allowed in an HTTP header (line break or space). Set ${name} to the token alone.`
        ])
      }))
  }

  const required = (host: string, config: object = {}) => [{ host, helper: "github", required: true, config }]

  const advice: ReadonlyArray<readonly [string, World.Setup, string, Readonly<Record<string, string>>]> = [
    ["github.com", { urls: required("github.com") }, "Run gh auth login, or set GH_TOKEN.", { GH_TOKEN: "1" }],
    [
      "git.corp.example",
      { urls: required("git.corp.example"), variables: { GH_TOKEN: "1" } },
      "Run gh auth login --hostname git.corp.example, or set GH_ENTERPRISE_TOKEN.",
      { GH_ENTERPRISE_TOKEN: "1" }
    ],
    [
      "git.corp.example",
      { urls: required("*.corp.example"), variables: { GH_ENTERPRISE_TOKEN: "1" } },
      "Run gh auth login --hostname git.corp.example, or set GH_ENTERPRISE_TOKEN, with GH_HOST=git.corp.example.",
      { GH_ENTERPRISE_TOKEN: "1", GH_HOST: "git.corp.example" }
    ],
    [
      "github.com",
      { urls: required("github.com", { read_config_file: false, lookup_chain: [{ source: "env", name: "MINE" }] }) },
      "Set MINE.",
      { MINE: "1" }
    ]
  ]
  for (const [host, setup, expected, variables] of advice) {
    it.effect(`says what to do, which mends it: ${expected}`, () =>
      Effect.gen(function*() {
        const { answer: [tag, message = ""] } = yield* World.explain(`https://${host}/o/r/x`, setup)
        assert.strictEqual(tag, "CredentialRequired")
        assert.isTrue(message.endsWith(`). ${expected}`), message)
        const mended = yield* World.explain(`https://${host}/o/r/x`, { ...setup, variables })
        assert.deepStrictEqual(mended.answer, ["Authorization: Bearer 1"])
      }))
  }

  it.effect("says why a variable that is set is not used", () =>
    Effect.gen(function*() {
      const { steps } = yield* World.explain("https://git.corp.example/o/r/x", {
        variables: { GH_ENTERPRISE_TOKEN: "5" },
        urls: enterprise
      })
      assert.match(
        steps.find((step) => step.startsWith("no header for git.corp.example: ")) ?? "",
        /GH_ENTERPRISE_TOKEN is set, but not for git\.corp\.example: nothing names git\.corp\.example as a GitHub server\. If it is one, set GH_HOST=git\.corp\.example/
      )
    }))

  const claims = (uri: string) =>
    Either.match(Resource.parse(uri), { onLeft: () => false, onRight: GitHubHosts.claims })

  it("claims GitHub's own hosts over https, and no lookalikes", () => {
    for (const host of ["github.com", "api.github.com", "codeload.github.com", "raw.githubusercontent.com"]) {
      assert.isTrue(claims(`https://${host}/x`), host)
    }
    assert.isTrue(claims("https://api.tenant.ghe.com/x"))
    for (
      const host of [
        "evilgithub.com",
        "ghe.com",
        "evilghe.com",
        "github.com.evil.example",
        "x.githubusercontent.com",
        "github.com:8443"
      ]
    ) {
      assert.isFalse(claims(`https://${host}/x`), host)
    }
    assert.isFalse(claims("http://github.com/x"))
    assert.isFalse(claims("github.com"))
  })
})
