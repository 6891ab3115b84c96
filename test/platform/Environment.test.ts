import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Environment from "../../src/platform/Environment.ts"

const variables = FastCheck.array(
  FastCheck.tuple(FastCheck.constantFrom("A", "B", "A=1", "B\nA"), FastCheck.constantFrom("", "1", "1\nA=1", "\n", "2"))
).map((entries) => new Map(entries.map(([name, value]) => [name.replaceAll("=", ""), value])))

const texts = FastCheck.array(FastCheck.constantFrom("", "a", "b", "ab", "1:", "\n", "a\nb", ":"), { maxLength: 4 })

describe("fingerprints", () => {
  it.prop("of variables are equal for equal variables alone", [variables, variables], ([one, other]) => {
    const equal = JSON.stringify([...one].sort()) === JSON.stringify([...other].sort())
    assert.strictEqual(Environment.fingerprintOf(one) === Environment.fingerprintOf(other), equal)
  }, { fastCheck: { numRuns: 2000 } })

  it("tell a variable from a line break and the same text in another one", () => {
    const lines = new Map([["A", "1\nGH_TOKEN=secret"]])
    const two = new Map([["A", "1"], ["GH_TOKEN", "secret"]])
    assert.notStrictEqual(Environment.fingerprintOf(lines), Environment.fingerprintOf(two))
  })

  it.prop("of lists are equal for equal lists alone", [texts, texts], ([one, other]) => {
    const equal = JSON.stringify(one) === JSON.stringify(other)
    assert.strictEqual(Environment.fingerprintOfAll(one) === Environment.fingerprintOfAll(other), equal)
  }, { fastCheck: { numRuns: 2000 } })
})
