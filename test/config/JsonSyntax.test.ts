import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as JsonSyntax from "../../src/config/JsonSyntax.ts"

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const at = (text: string): string =>
  Option.match(JsonSyntax.firstError(text), { onNone: () => "", onSome: ({ column, line }) => `${line}:${column}` })

const pieces = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\"a\"",
  "\"\\u00e4\\n\"",
  "\"",
  "\\",
  "1",
  "-0.5e3",
  "01",
  "true",
  "nul",
  " ",
  "\n",
  "\u0001"
]

describe("JsonSyntax.firstError", () => {
  it.prop(
    "finds an error exactly where the engine's parser does",
    [FastCheck.oneof(
      FastCheck.array(FastCheck.constantFrom(...pieces), { maxLength: 9 }).map((_) => _.join("")),
      FastCheck.tuple(FastCheck.json(), FastCheck.nat(), FastCheck.constantFrom(...pieces)).map(([json, at, piece]) =>
        json.slice(0, at % (json.length + 1)) + piece + json.slice(at % (json.length + 1))
      ),
      FastCheck.json(),
      FastCheck.string()
    )],
    ([text]) => {
      assert.strictEqual(Option.isNone(JsonSyntax.firstError(text)), isJson(text))
    },
    { fastCheck: { numRuns: 3000 } }
  )

  it("says line and column", () => {
    assert.strictEqual(at("{\n  \"urls\": [\n    {\"host\": \"a\",}\n  ]\n}"), "3:18")
    assert.strictEqual(at("{\"urls\": []"), "1:12")
    assert.strictEqual(at("{ // a comment\n}"), "1:3")
    assert.strictEqual(at("{'urls': []}"), "1:2")
    assert.strictEqual(at("{} {}"), "1:4")
    assert.strictEqual(at("\"abc"), "1:5")
    assert.strictEqual(at("\"\u0001"), "1:2")
    assert.strictEqual(at(""), "1:1")
  })

  it("deep nesting does not overflow it", () => {
    assert.strictEqual(at("[".repeat(200_000)), "1:200001")
  })
})
