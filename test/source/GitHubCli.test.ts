import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Provenance from "../../src/domain/Provenance.ts"
import type { Target } from "../../src/domain/Resource.ts"
import * as Files from "../../src/platform/Files.ts"
import * as GitHubLogin from "../../src/source/GitHubLogin.ts"
import * as FakeKeyring from "../../src/testing/FakeKeyring.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const target: Target = { host: "github.com", repository: Option.none() }

const canary = "CANARY-6d1f"

/** What the source came up with, if not a token. */
const outcomeOf = (steps: ReadonlyArray<Provenance.Step>) => {
  const last = steps.find((step) => step._tag === "SourceAsked")
  if (last?._tag !== "SourceAsked") return "no outcome"
  return last.outcome._tag === "Unavailable" ? `unavailable: ${last.outcome.reason}` : last.outcome._tag
}

const lookup = (
  host: string,
  files: Parameters<typeof MemoryFileSystem.layer>[0],
  variables: Record<string, string> = { HOME: "/home/u" },
  options: Parameters<typeof TestEnvironment.layer>[1] = {},
  keyring: FakeKeyring.Entries = {}
) =>
  Provenance.recording((sofar) =>
    Effect.gen(function*() {
      const source = (yield* GitHubLogin.make).login(host.toLowerCase())
      const found = yield* source.lookup(target)
      const { steps } = yield* sofar
      return Option.match(found, { onNone: () => outcomeOf(steps), onSome: ({ value }) => Redacted.value(value) })
    })
  ).pipe(Effect.provide(Layer.mergeAll(
    TestEnvironment.layer(variables, options),
    FakeKeyring.layer(keyring),
    Layer.provide(Files.layer, MemoryFileSystem.layer(files))
  )))

const inHosts = (text: string, host = "github.com") => lookup(host, { "/home/u/.config/gh/hosts.yml": text })

const isUnavailable = (text: string) =>
  Effect.map(inHosts(text), (outcome) => {
    assert.match(outcome, /^unavailable: /)
    assert.notInclude(outcome, canary)
    return outcome
  })

const isNotFound = (text: string) => Effect.map(inHosts(text), (outcome) => assert.strictEqual(outcome, "NothingFound"))

describe("GitHubCli", () => {
  it.effect("the layout of one account", () =>
    Effect.gen(function*() {
      const text = "github.com:\n    user: me\n    oauth_token: gho_old\n    git_protocol: https\n"
      assert.strictEqual(yield* inHosts(text), "gho_old")
    }))

  it.effect("several accounts, and the active one's token", () =>
    Effect.gen(function*() {
      const users =
        "    users:\n        me:\n            oauth_token: gho_me\n        you:\n            oauth_token: gho_you\n"
      assert.strictEqual(yield* inHosts(`github.com:\n    git_protocol: ssh\n${users}    user: you\n`), "gho_you")
      assert.strictEqual(
        yield* inHosts(`github.com:\n${users}    user: you\n    oauth_token: gho_active\n`),
        "gho_active"
      )
      assert.strictEqual(yield* inHosts("github.com:\n  users:\n    me:\n      oauth_token: gho_me\n"), "gho_me")
      yield* isNotFound(`github.com:\n${users}`)
    }))

  it.effect("hosts other than github.com", () =>
    Effect.gen(function*() {
      const text = "github.com:\n  oauth_token: a\ngithub.my.corp:\n  oauth_token: b\n"
      assert.strictEqual(yield* inHosts(text, "github.my.corp"), "b")
      assert.strictEqual(yield* inHosts(text, "GitHub.com"), "a")
      assert.strictEqual(yield* inHosts(text, "other.corp"), "NothingFound")
      assert.strictEqual(yield* inHosts(text, "constructor"), "NothingFound")
    }))

  it.effect("tokens in the keyring leave nothing here", () =>
    Effect.gen(function*() {
      yield* isNotFound("github.com:\n    git_protocol: https\n    users:\n        me:\n    user: me\n")
      yield* isNotFound("github.com:\n    oauth_token: \"\"\n")
      yield* isNotFound("github.com:\n")
      yield* isNotFound("{}\n")
      yield* isNotFound("")
    }))

  it.effect("a token that looks like a number is a text", () =>
    Effect.gen(function*() {
      const token = "12345678901234567890123456789012345678e9"
      assert.strictEqual(yield* inHosts(`github.com:\n  oauth_token: ${token}\n`), token)
      assert.strictEqual(yield* inHosts("github.com:\n  user: 007\n  users:\n    007:\n      oauth_token: t\n"), "t")
    }))

  it.effect("the file is where gh puts it", () =>
    Effect.gen(function*() {
      const text = (token: string) => `github.com:\n  oauth_token: ${token}\n`
      const files = {
        "/gh/hosts.yml": text("explicit"),
        "/xdg/gh/hosts.yml": text("xdg"),
        "/home/u/.config/gh/hosts.yml": text("home"),
        "/home/u/project/gh/hosts.yml": text("relative"),
        "/roaming/GitHub CLI/hosts.yml": text("windows")
      }
      const all = { GH_CONFIG_DIR: "/gh", XDG_CONFIG_HOME: "/xdg", HOME: "/home/u", APPDATA: "/roaming" }
      const find = (variables: Record<string, string>, platform = "linux") =>
        lookup("github.com", files, { ...all, ...variables }, { platform })
      assert.strictEqual(yield* find({}), "explicit")
      assert.strictEqual(yield* find({ GH_CONFIG_DIR: "gh" }), "relative")
      assert.strictEqual(yield* find({ GH_CONFIG_DIR: "" }), "xdg")
      assert.strictEqual(yield* find({ GH_CONFIG_DIR: "", XDG_CONFIG_HOME: "" }), "home")
      assert.strictEqual(yield* find({ GH_CONFIG_DIR: "", XDG_CONFIG_HOME: "" }, "win32"), "windows")
    }))

  it.effect("no file means no token, not a failure", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* lookup("github.com", {}), "NothingFound")
      assert.match(yield* lookup("github.com", {}, {}), /^unavailable: /)
    }))

  it.effect("a file that cannot be used is passed over, and not shown", () =>
    Effect.gen(function*() {
      assert.match(yield* isUnavailable(`github.com:\n  oauth_token: "${canary}\n`), /is not valid YAML at line \d/)
      assert.match(yield* isUnavailable(`- ${canary}\n`), /it is not a list of hosts/)
      assert.match(yield* isUnavailable(canary), /it is not a list of hosts/)
      assert.match(yield* isUnavailable(`github.com:\n  oauth_token: [${canary}]\n`), /entry for github\.com/)
      assert.match(yield* isUnavailable(`github.com: ${canary}\n`), /entry for github\.com/)
      yield* isUnavailable(`github.com: &a {x: *a, ${canary}: 1`)
      const unreadable = { "/home/u/.config/gh/hosts.yml": { text: canary, mode: 0 } }
      assert.match(yield* lookup("github.com", unreadable), /permission denied/)
    }))

  const users = "github.com:\n    users:\n        user-a:\n        user-b:\n    user: user-b\n"

  const keyring = { "gh:github.com": { "": "of-a", "user-a": "of-a", "user-b": "of-b" } }

  const inKeyring = (text: string, entries: FakeKeyring.Entries) =>
    lookup("github.com", { "/home/u/.config/gh/hosts.yml": text }, { HOME: "/home/u" }, {}, entries)

  it.effect("the keyring's entry is the active account's, not that of the account used last elsewhere", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* inKeyring(users, keyring), "of-b")
      assert.strictEqual(yield* inKeyring("github.com:\n  users:\n    user-a:\n", keyring), "of-a")
      assert.strictEqual(yield* inKeyring(`${users}    oauth_token: of-file\n`, keyring), "of-file")
    }))

  it.effect("an old login has an entry without an account, and no file may name one", () =>
    Effect.gen(function*() {
      const old = { "gh:github.com": { "": "nameless" } }
      assert.strictEqual(yield* inKeyring(users, old), "nameless")
      assert.strictEqual(yield* inKeyring("", old), "nameless")
      assert.strictEqual(yield* lookup("github.com", {}, { HOME: "/home/u" }, {}, old), "nameless")
    }))

  const broken = "github.com:\n  a: b: c\n"
  const complaint = "it is not valid YAML at line 2. Correct it, or delete it and run gh auth login."

  it.effect("a broken file is an error where GH_CONFIG_DIR names its directory", () =>
    Effect.gen(function*() {
      const inNamed = (files: Parameters<typeof MemoryFileSystem.layer>[0]) =>
        lookup("github.com", files, { GH_CONFIG_DIR: "/gh" }, {}, keyring)
      const error = yield* Effect.flip(inNamed({ "/gh/hosts.yml": broken }))
      assert.strictEqual(error._tag, "GitHubHostsInvalid")
      assert.strictEqual(error.exitCode, 3)
      assert.strictEqual(error.message, `/gh/hosts.yml: ${complaint}`)
      const unreadable = yield* Effect.flip(inNamed({ "/gh/hosts.yml": { text: "", mode: 0 } }))
      assert.strictEqual(unreadable._tag, "FileUnreadable")
      // Following the advice mends it.
      assert.strictEqual(yield* inNamed({}), "of-a")
    }))

  it.effect("a broken file in its default place is a warning, and the keyring is asked", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        const source = (yield* GitHubLogin.make).login("github.com")
        assert.isTrue(Option.isSome(yield* source.lookup(target)))
        const steps = (yield* sofar).steps.map(Provenance.render)
        assert.include(steps, `warning: /home/u/.config/gh/hosts.yml: ${complaint}`)
      })
    ).pipe(Effect.provide(Layer.mergeAll(
      TestEnvironment.layer({ HOME: "/home/u" }),
      FakeKeyring.layer(keyring),
      Layer.provide(Files.layer, MemoryFileSystem.layer({ "/home/u/.config/gh/hosts.yml": broken }))
    ))))

  it.effect("an alias bomb is refused", () =>
    Effect.gen(function*() {
      const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
      for (let i = 1; i < 10; i++) lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(",")}]`)
      yield* isUnavailable(`${lines.join("\n")}\n`)
    }))

  it.effect.prop(
    "any text is a token or a reason to go on",
    [FastCheck.oneof(
      FastCheck.string(),
      FastCheck.array(
        FastCheck.constantFrom(
          "github.com",
          "users",
          "user",
          "oauth_token",
          ":",
          " ",
          "\n",
          "  ",
          "-",
          "&a",
          "*a",
          "{",
          "}"
        ),
        { maxLength: 15 }
      ).map((_) => _.join(""))
    )],
    ([text]) => Effect.ignore(inHosts(text)),
    { fastCheck: { numRuns: 60 } }
  )
})
