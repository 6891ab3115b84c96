import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Provenance from "../../src/domain/Provenance.ts"
import type { Target } from "../../src/domain/Resource.ts"
import * as Env from "../../src/source/Env.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const target: Target = { host: "ghcr.io", repository: Option.none() }

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
