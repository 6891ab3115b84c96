import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Jsonc from "../../src/config/Jsonc.ts"

const plain = Option.liftThrowable((text: string): unknown => JSON.parse(text))

/** Without the null prototypes, which `deepStrictEqual` tells apart from objects of `JSON.parse`. */
const normal = (value: unknown): string => JSON.stringify(value)

const outcome = (text: string) =>
  Effect.match(Jsonc.parse(text), {
    onSuccess: normal,
    onFailure: ({ column, line, reason }) => `${reason} at ${line}:${column}`
  })

const expectAll = (table: Readonly<Record<string, string>>) =>
  Effect.forEach(
    Object.entries(table),
    ([text, expected]) => Effect.map(outcome(text), (actual) => assert.strictEqual(actual, expected, text))
  )

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

const documents = FastCheck.oneof(
  FastCheck.array(FastCheck.constantFrom(...pieces), { maxLength: 9 }).map((_) => _.join("")),
  FastCheck.tuple(FastCheck.json(), FastCheck.nat(), FastCheck.constantFrom(...pieces)).map(([json, at, piece]) =>
    json.slice(0, at % (json.length + 1)) + piece + json.slice(at % (json.length + 1))
  ),
  FastCheck.json(),
  FastCheck.string()
)

/** A JSON document with a comment between any two tokens, and a trailing comma in every list and object. */
const commented = (value: unknown, comment: string): string => {
  const list = (open: string, items: ReadonlyArray<string>, close: string) =>
    `${open}${comment}${items.map((item) => `${item}${comment},${comment}`).join("")}${close}`
  if (Array.isArray(value)) return list("[", value.map((item) => commented(item, comment)), "]")
  return typeof value === "object" && value !== null
    ? list(
      "{",
      Object.entries(value).map(([key, item]) =>
        `${JSON.stringify(key)}${comment}:${comment}${commented(item, comment)}`
      ),
      "}"
    )
    : JSON.stringify(value)
}

describe("Jsonc.parse", () => {
  it.effect("accepts comments and trailing commas", () =>
    expectAll({
      "{ // line\n \"a\": /* block */ [1, 2,], }": `{"a":[1,2]}`,
      "/* before */ {} // after": "{}",
      "{\"a\": \"// no comment\", \"b\": \"/* nor this */\"}": `{"a":"// no comment","b":"/* nor this */"}`,
      "{\"a\": 1, \"a\": 2,}": `{"a":2}`
    }))

  it.effect("rejects anything else with line and column", () =>
    expectAll({
      "{\n  \"urls\": [\n    {\"host\": \"a\",,}\n  ]\n}": "not valid JSON at 3:18",
      "{\r\n\"a\": nul\r\n}": "not valid JSON at 2:6",
      "{\"urls\": []": "not valid JSON at 1:12",
      "{'urls': []}": "not valid JSON at 1:2",
      "{} {}": "not valid JSON at 1:4",
      "{\"a\" 1}": "not valid JSON at 1:6",
      "[,]": "not valid JSON at 1:2",
      "{,}": "not valid JSON at 1:2",
      "[1 2]": "not valid JSON at 1:4",
      "\"abc": "not valid JSON at 1:1",
      "\"\u0001\"": "not valid JSON at 1:1",
      "{} /* open": "not valid JSON at 1:4",
      "{} # shell": "not valid JSON at 1:4",
      "": "not valid JSON at 1:1"
    }))

  it.effect("keeps a key named __proto__ as a key", () =>
    Effect.gen(function*() {
      const value = yield* Jsonc.parse("{\"__proto__\": {\"urls\": []},}")
      assert.deepStrictEqual(Object.keys(Object(value)), ["__proto__"])
    }))

  it.effect("fails on deep nesting instead of overflowing the stack", () =>
    expectAll({
      ["[".repeat(200_000)]: "nested too deeply at 1:1",
      [`${"[".repeat(200_000)}${"]".repeat(200_000)} // valid`]: "nested too deeply at 1:1"
    }))

  // Not `it.effect.prop`, which builds the test context for every run.
  const holds = <A>(arbitrary: FastCheck.Arbitrary<A>, check: (value: A) => Effect.Effect<void>) =>
    FastCheck.assert(FastCheck.asyncProperty(arbitrary, (value) => Effect.runPromise(check(value))), { numRuns: 1000 })

  it("agrees with JSON.parse on documents without comments and trailing commas", () =>
    holds(documents, (text) =>
      Effect.map(Effect.either(Jsonc.parse(text)), (parsed) => {
        const expected = plain(text)
        if (Option.isSome(expected)) {
          assert.deepStrictEqual(Option.map(Option.getRight(parsed), normal), Option.map(expected, normal))
        } else if (Either.isRight(parsed)) {
          assert.match(text, /,\s*[\]}]|\/[/*]/)
        } else {
          const lines = text.split(/\r\n?|\n/)
          assert.isTrue(parsed.left.line >= 1 && parsed.left.line <= lines.length)
          assert.isTrue(parsed.left.column >= 1 && parsed.left.column <= (lines[parsed.left.line - 1] ?? "").length + 1)
        }
      })))

  it("ignores comments between any two tokens", () =>
    holds(
      FastCheck.tuple(
        FastCheck.jsonValue(),
        FastCheck.constantFrom("", " /* , ] } \" */ ", "\n// , ] } \"\n")
      ),
      ([value, comment]) =>
        Effect.map(
          Jsonc.parse(commented(value, comment)),
          (parsed) => assert.strictEqual(normal(parsed), normal(value))
        ).pipe(Effect.orDie)
    ))
})
