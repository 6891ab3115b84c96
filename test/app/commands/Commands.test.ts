import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { version } from "../../../src/domain/Version.ts"
import * as Program from "./program.ts"

const commands = [
  "get",
  "version",
  "install-workspace",
  "agent-launch",
  "agent-shutdown",
  "agent-prune",
  "agent-logs",
  "agent-status",
  "agent-invalidate"
]

describe("the command line", () => {
  it.effect("prints the version", () =>
    Effect.gen(function*() {
      for (const args of [["--version"], ["-v"]]) {
        assert.strictEqual(yield* Program.succeeds(args), `credential-helper ${version}\n`)
      }
    }))

  it.effect("prints the bare version number, which scripts compare", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Program.succeeds(["version"]), `${version}\n`)
    }))

  it.effect("prints build, platform and runtime as JSON", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(JSON.parse(yield* Program.succeeds(["version", "--json"])), {
        version,
        build: version,
        platform: "linux-x64",
        runtime: "node 20.19.0"
      })
    }))

  it.effect("lists every command in its help, without colors", () =>
    Effect.gen(function*() {
      const help = yield* Program.succeeds(["--help"])
      for (const name of commands) assert.match(help, new RegExp(`^ {2}- ${name} `, "m"))
      assert.notMatch(help, /\p{Cc}\[/u)
      assert.notMatch(help, /--(?:wizard|completions|log-level)/)
    }))

  it.effect("prints the help of a command", () =>
    Effect.gen(function*() {
      assert.include(yield* Program.succeeds(["install-workspace", "--help"]), "--force")
      const help = yield* Program.succeeds(["agent-status", "--help"])
      assert.include(help, "--json")
      for (const args of [["help", "agent-status"], ["--help", "agent-status"], ["agent-status", "-h"]]) {
        assert.strictEqual(yield* Program.succeeds(args), help)
      }
      const general = yield* Program.succeeds(["--help"])
      for (const args of [["help"], ["-h"]]) assert.strictEqual(yield* Program.succeeds(args), general)
      assert.include(yield* Program.fails(2, ["help", "frobnicate"]), `"frobnicate" is not a command`)
    }))

  it.effect("warns in the help of get that arguments are public", () =>
    Effect.gen(function*() {
      const help = (yield* Program.succeeds(["get", "--help"])).replace(/\s+/g, " ")
      assert.include(help, "list of processes")
    }))

  it.effect("lists the commands when there is none", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, [])
      for (const name of commands) assert.include(line, name)
      assert.match(line, /Run credential-helper --help$/)
    }))

  it.effect("suggests a command for an unknown one that is similar", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, ["agent-statsu"])
      assert.match(line, /^"agent-statsu" is not a command; .*\. Did you mean "agent-status"\? Run credential-helper/)
      assert.notInclude(yield* Program.fails(2, ["frobnicate"]), "Did you mean")
      assert.include(yield* Program.fails(2, ["GET"]), `"GET" is not a command`)
    }))

  it.effect("shows neither control characters nor all of a long argument", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, [`\u001b[31m${"x".repeat(1000)}\n`])
      assert.match(line, /^"x{55}" is not a command/)
    }))

  it.effect("rejects unknown options and excess arguments", () =>
    Effect.gen(function*() {
      for (
        const args of [
          ["--frob"],
          ["version", "--frob"],
          ["version", "frob"],
          ["get", "--", "https://a.io/", "https://b.io/"],
          ["install-workspace", "--force", "frob"],
          ["agent-status", "--jsn"],
          ["agent-invalidate", "https://a.io/", "https://b.io/"]
        ]
      ) {
        const line = yield* Program.fails(2, args)
        assert.match(line, /[.?] Run credential-helper (?:[a-z-]+ )?--help$/, args.join(" "))
        assert.notMatch(line, /\p{Cc}/u)
      }
    }))

  it.effect("suggests an option for an unknown one that is similar", () =>
    Effect.gen(function*() {
      for (const args of [["agent-status", "--jsn"], ["version", "--JSON"], ["agent-status", "--jsn=1"]]) {
        const line = yield* Program.fails(2, args)
        assert.match(line, /^"--(?:jsn|JSON)" is not an option of [a-z-]+\. Did you mean "--json"\?/)
      }
      assert.include(yield* Program.fails(2, ["--hlep"]), `Did you mean "--help"?`)
    }))

  it.effect("does not repeat arguments that may hold a secret", () =>
    Effect.gen(function*() {
      const uri = "https://u:hunter2@a.io/"
      for (const args of [[uri], ["get", uri, uri], ["version", uri], ["get", `--token=hunter2`], ["--x=hunter2"]]) {
        assert.notInclude(yield* Program.fails(2, args), "hunter2")
      }
      assert.include(yield* Program.fails(2, [uri]), "Run credential-helper get URI")
    }))

  it.effect("names what is here for each command of tweag-credential-helper that is not", () =>
    Effect.gen(function*() {
      const commands = {
        "setup-uri": "credential-helper get URI",
        "setup-keyring": "docs/lookup-chains.md",
        "installer-install": "credential-helper install-workspace",
        "installer-run": "credential-helper install-workspace",
        "agent-raw": "credential-helper agent-status"
      }
      for (const [command, hint] of Object.entries(commands)) {
        const line = yield* Program.fails(2, [command, "https://example.com/"])
        assert.include(line, `${command} is a command of tweag-credential-helper`)
        assert.include(line, hint)
      }
      const variables = { CREDENTIAL_HELPER_INSTALLER_RUN: "1" }
      assert.include(yield* Program.fails(2, [], { variables }), "install-workspace")
    }))

  it.effect("lists the commands of the agent for agent", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, ["agent"])
      for (const name of commands.filter((name) => name.startsWith("agent-"))) assert.include(line, name)
      assert.notInclude(line, "install-workspace")
      assert.include(yield* Program.fails(2, ["agent", "status"]), `Did you mean "agent-status"?`)
    }))

  it.effect("has no wizard and no log level, and says where the latter is set", () =>
    Effect.gen(function*() {
      assert.include(yield* Program.fails(2, ["--wizard"]), `"--wizard" is not an option`)
      assert.include(yield* Program.fails(2, ["get", "--wizard"]), `"--wizard" is not an option`)
      assert.include(yield* Program.fails(2, ["get", "--log-level", "debug"]), "CREDENTIAL_HELPER_LOGGING")
    }))

  it.effect("prints completions for a shell", () =>
    Effect.gen(function*() {
      for (const args of [["--completions", "bash"], ["--completions=zsh"], ["--completions", "fish"]]) {
        assert.include(yield* Program.succeeds(args), "agent-status")
      }
      for (const args of [["--completions"], ["--completions", "powershell"]]) {
        assert.include(yield* Program.fails(2, args), "bash, zsh or fish")
      }
    }))
})
