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
      for (const args of [["version"], ["--version"], ["-v"]]) {
        assert.strictEqual(yield* Program.succeeds(args), `credential-helper ${version}\n`)
      }
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
      assert.include(yield* Program.succeeds(["agent-status", "--help"]), "--json")
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
          ["install-workspace", "--force", "frob"],
          ["agent-status", "--jsn"],
          ["agent-invalidate", "https://a.io/", "https://b.io/"]
        ]
      ) {
        const line = yield* Program.fails(2, args)
        assert.match(line, /\. Run credential-helper --help$/, args.join(" "))
        assert.notMatch(line, /\p{Cc}/u)
      }
    }))
})
