import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Provenance from "../../src/domain/Provenance.ts"
import type { Target } from "../../src/domain/Resource.ts"
import * as Env from "../../src/source/Env.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const target: Target = { host: "ghcr.io", repository: Option.none() }

/** The steps and warnings of a variable that a `lookup_chain` names. */
const configured = (name: string, variables: Record<string, string>) =>
  Provenance.recording((sofar) =>
    Effect.gen(function*() {
      const kind = Env.kind(TestEnvironment.make(variables))
      const { source } = Either.getOrThrow(kind.decode({ source: "env", name }, ["default"]))
      yield* source.lookup(target)
      return (yield* sofar).steps.map(Provenance.render)
    })
  )

const first = (names: ReadonlyArray<string>, variables: Record<string, string>) =>
  Env.first(TestEnvironment.make(variables), names).lookup(target).pipe(
    Effect.map(Option.map(({ value }) => Redacted.value(value))),
    Effect.map(Option.getOrUndefined)
  )

describe("Env.first", () => {
  const names = ["GHCR_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]

  it.effect("takes the first variable that is not empty", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* first(names, { GHCR_TOKEN: "a", GH_TOKEN: "b" }), "a")
      assert.strictEqual(yield* first(names, { GHCR_TOKEN: "", GH_TOKEN: "\n", GITHUB_TOKEN: "c" }), "c")
      assert.strictEqual(yield* first(names, {}), undefined)
      assert.strictEqual(yield* first([], { GH_TOKEN: "b" }), undefined)
    }))

  it.effect("the answer depends on the variables up to that one", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        yield* first(names, { GH_TOKEN: "b", GITHUB_TOKEN: "c" })
        const { inputs } = yield* sofar
        assert.deepStrictEqual(inputs.map((input) => input._tag === "Variable" && input.name), names.slice(0, 2))
        assert.notInclude(JSON.stringify(inputs), "\"b\"")
      })
    ))
})

describe("a variable that a lookup_chain names", () => {
  const name = "environment variable REG_PASWORD"

  it.effect("is set, empty, or not set", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* configured("REG_PW", { REG_PW: "x" }), [
        "source: environment variable REG_PW: found"
      ])
      for (const REG_PW of ["", "\n"]) {
        assert.deepStrictEqual(yield* configured("REG_PW", { REG_PW, REG_PWD: "x" }), [
          "source: environment variable REG_PW: set, but empty"
        ])
      }
      assert.deepStrictEqual(yield* configured("REG_PW", {}), ["source: environment variable REG_PW: not set"])
    }))

  it.effect("is misspelt: the name that is set is told", () =>
    Effect.gen(function*() {
      for (const near of ["REG_PASSWORD", "reg_pasword", "REG_PAWSORD"]) {
        assert.deepStrictEqual(yield* configured("REG_PASWORD", { HOME: "/h", [near]: "x" }), [
          `warning: the configuration names the variable REG_PASWORD, which is not set, and ${near} is. Correct one of the two names.`,
          `source: ${name}: not set (${near} is)`
        ])
      }
      // Following the advice mends it.
      assert.deepStrictEqual(yield* configured("REG_PASSWORD", { REG_PASSWORD: "x" }), [
        "source: environment variable REG_PASSWORD: found"
      ])
    }))

  it.effect("is not taken for another one that is only similar", () =>
    Effect.gen(function*() {
      const others: ReadonlyArray<readonly [string, string]> = [
        ...[["GH_TOKEN", "CI_TOKEN"], ["GH_TOKEN", "GITHUB_TOKEN"], ["A", "B"], ["REG_PASSWORD_1", "REG_PASSWORD_2"]],
        ...[["REG_USER", "REG_PASSWORD"], ["TOKEN", "TOKEN_FILE"]]
      ].map(([name = "", other = ""]) => [name, other])
      for (const [name, other] of others) {
        assert.deepStrictEqual(yield* configured(name, { [other]: "x" }), [
          `source: environment variable ${name}: not set`
        ])
      }
      assert.deepStrictEqual(yield* configured("REG_PASWORD", { REG_PASSWORD: "" }), [`source: ${name}: not set`])
    }))
})
