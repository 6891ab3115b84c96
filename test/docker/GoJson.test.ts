import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as DockerConfig from "../../src/docker/DockerConfig.ts"
import * as GoJson from "../../src/docker/GoJson.ts"

const file = { path: "/c.json", format: "config", tool: "docker", variable: Option.none() } as const

/** As plain JSON, without what is absent. */
const plain = (value: GoJson.Json): unknown =>
  value instanceof GoJson.JsonObject
    ? Object.fromEntries(value.members.map(([name, value]) => [name, plain(value)]))
    : Array.isArray(value)
    ? value.map(plain)
    : value

const decoded = (text: string) => {
  const config = Either.getOrThrow(DockerConfig.parse(file, text))
  return {
    auths: Object.fromEntries([...config.auths].map(([key, entry]) => [key, plain(Redacted.value(entry))])),
    credHelpers: Object.fromEntries([...config.credHelpers].map(([key, name]) => [key, plain(name)])),
    credsStore: Option.getOrElse(config.credsStore, () => "")
  }
}

describe("a docker config, as Go decodes it,", () => {
  // The results are those of json.NewDecoder(…).Decode of Go 1.26 for docker's ConfigFile.
  const none = { auths: {}, credHelpers: {}, credsStore: "" }
  const cases: ReadonlyArray<readonly [text: string, config: Partial<ReturnType<typeof decoded>>]> = [
    [`{"auths":{"A":{"auth":"x"}}}}`, { auths: { A: { auth: "x" } } }],
    [`{"auths":{"A":{"auth":"x"}}} garbage {`, { auths: { A: { auth: "x" } } }],
    [`{"auths":{"A":{"auth":"x"}}}{"auths":{"B":{}}}`, { auths: { A: { auth: "x" } } }],
    [`{}x`, {}],
    [`null x`, {}],
    [`{"auths":{"A":{"auth":"x"}},"auths":{"B":{"auth":"y"}}}`, { auths: { A: { auth: "x" }, B: { auth: "y" } } }],
    [`{"Auths":{"A":{"auth":"x"}},"auths":{"B":{"auth":"y"}}}`, { auths: { A: { auth: "x" }, B: { auth: "y" } } }],
    [`{"auths":{"A":{"auth":"x","username":"u"},"A":{"identitytoken":"t"}}}`, { auths: { A: { identitytoken: "t" } } }],
    [`{"auths":{"A":{"auth":"x"}},"auths":{"A":null}}`, { auths: { A: null } }],
    [`{"auths":{"A":{"auth":"x"}},"auths":null}`, {}],
    [`{"auths":{"A":{"auth":"x"}},"AUTHS":null,"auths":{"B":{}}}`, { auths: { B: {} } }],
    [`{"aUthſ":{"A":{"auth":"x"}}}`, { auths: { A: { auth: "x" } } }],
    [`{"credsStore":"a","credsStore":null}`, { credsStore: "a" }],
    [`{"credsStore":"a","CREDSSTORE":"b"}`, { credsStore: "b" }],
    [`{"CREDSSTORE":"b","credsStore":"a"}`, { credsStore: "a" }],
    [`{"credHelpers":{"A":"x"},"credHelpers":{"A":null,"B":"y"}}`, { credHelpers: { A: null, B: "y" } }],
    [`{"auths":{"__proto__":{"auth":"x"}}}`, { auths: Object.fromEntries([["__proto__", { auth: "x" }]]) }],
    [` \r\n\t{ "auths" :\n{ "A":{ "auth" : "a\\u0000\\"\\\\" } } }\r\n `, { auths: { A: { auth: "a\0\"\\" } } }],
    [`{"a":[1,[-0.5e+3,{}],[]],"b":1e999999,"c":true,"d":null}`, {}],
    ["\uFEFF{}", {}],
    ["null", {}],
    ["", {}],
    [" \n", {}],
    ["\uFEFF", {}]
  ]

  for (const [text, config] of cases) {
    it(JSON.stringify(text), () => {
      assert.deepEqual(decoded(text), { ...none, ...config })
    })
  }
})

describe("GoJson", () => {
  it("says where the first syntax error is", () => {
    const cases: ReadonlyArray<readonly [text: string, line: number, column: number]> = [
      ["", 1, 1],
      ["}{", 1, 1],
      ["{", 1, 2],
      [`{"a":}`, 1, 6],
      [`{"a":1,}`, 1, 8],
      [`{\n  "a": 1\n  "b": 2\n}`, 3, 3],
      [`{\r\n\r\n'a'`, 3, 1],
      [`[1,]`, 1, 4],
      [`[1 2]`, 1, 4],
      [`{"a" 1}`, 1, 6],
      [`{1:1}`, 1, 2],
      [`{"a":"b`, 1, 6],
      [`{"a":"b\n"}`, 1, 6],
      [`{"a":"\t"}`, 1, 6],
      [`{"a":"\\x"}`, 1, 6],
      [`{"a":"\\\\\\"}`, 1, 6],
      [`{"a":tru}`, 1, 6],
      [`{"a":01}`, 1, 6],
      [`{"a":1.}`, 1, 6],
      [`{"a":+1}`, 1, 6],
      [`{"a":NaN}`, 1, 6],
      [`{"a":undefined}`, 1, 6],
      ["\uFEFF{,}", 1, 2],
      ["\u00a0{}", 1, 1],
      ["// comment\n{}", 1, 1],
      ["[}", 1, 2],
      [`{"a":1]`, 1, 7]
    ]
    for (const [text, line, column] of cases) {
      assert.deepEqual(Option.getOrThrow(Either.getLeft(GoJson.parse(text))), { line, column }, text)
    }
  })

  it("says where something follows the value", () => {
    const trailing = (text: string) => Option.getOrNull(Either.getOrThrow(GoJson.parse(text)).trailing)
    assert.isNull(trailing("{} \r\n\t"))
    assert.deepEqual(trailing("{}}"), { line: 1, column: 3 })
    assert.deepEqual(trailing("{\n}\n\n  {}"), { line: 4, column: 3 })
  })

  it("takes linear time on one MiB of the worst inputs, at any depth", () => {
    const worst = ["[", "{", `{"a":`, `"`, "\\", `"\\`, `"\\\\`, " ", "\n", "1", "-", "e", "]", `{}`, `"a":1,`, "[[],"]
    for (const part of worst) {
      for (const start of ["", `{"a":"`]) {
        const text = start + part.repeat(Math.ceil(1024 * 1024 / part.length))
        const started = performance.now()
        GoJson.parse(text)
        DockerConfig.parse(file, text)
        assert.isBelow(performance.now() - started, 30_000, start + part)
      }
    }
    const nested = `${"[".repeat(500_000)}${"]".repeat(500_000)}`
    assert.isTrue(Either.isRight(DockerConfig.parse(file, `{"a":${nested},"auths":{}}`)))
  }, 240_000)

  it.prop("accepts what JSON.parse accepts, with the same value", [
    FastCheck.oneof(FastCheck.string(), FastCheck.json(), FastCheck.json().map((json) => json.slice(0, -1)))
  ], ([text]) => {
    const attempt = Either.try((): unknown => JSON.parse(text))
    const parsed = GoJson.parse(text)
    if (Either.isRight(attempt)) {
      assert.deepEqual(Either.map(parsed, ({ value }) => plain(value)), Either.right(attempt.right))
    } else if (Either.isRight(parsed)) assert.isTrue(Option.isSome(parsed.right.trailing))
  })
})

/** A config as it is written: members in order, names in any case, repeated as often as one likes. */
type Entry = Readonly<Record<string, string | null>>

type Section =
  | { readonly name: "auths"; readonly entries: ReadonlyArray<readonly [key: string, entry: Entry | null]> | null }
  | {
    readonly name: "credHelpers"
    readonly entries: ReadonlyArray<readonly [key: string, name: string | null]> | null
  }
  | { readonly name: "credsStore"; readonly value: string | null }
  | { readonly name: "other"; readonly value: unknown }

const key = FastCheck.constantFrom("a.io", "b.io", "https://a.io", "__proto__", "constructor", "7")
const nullable = <A>(value: FastCheck.Arbitrary<A>) => FastCheck.option(value, { nil: null, freq: 4 })
const entry = FastCheck.dictionary(FastCheck.constantFrom("auth", "username", "password"), nullable(FastCheck.string()))
const section: FastCheck.Arbitrary<Section> = FastCheck.oneof(
  FastCheck.record({
    name: FastCheck.constant("auths" as const),
    entries: nullable(FastCheck.array(FastCheck.tuple(key, nullable(entry))))
  }),
  FastCheck.record({
    name: FastCheck.constant("credHelpers" as const),
    entries: nullable(FastCheck.array(FastCheck.tuple(key, nullable(FastCheck.string()))))
  }),
  FastCheck.record({ name: FastCheck.constant("credsStore" as const), value: nullable(FastCheck.string()) }),
  FastCheck.record({ name: FastCheck.constant("other" as const), value: FastCheck.jsonValue() })
)

interface Layout {
  readonly mark: boolean
  readonly space: string
  readonly upper: boolean
  readonly rest: string
}

const layout: FastCheck.Arbitrary<Layout> = FastCheck.record({
  mark: FastCheck.boolean(),
  space: FastCheck.constantFrom("", " ", "\n\t", "\r\n"),
  upper: FastCheck.boolean(),
  rest: FastCheck.oneof(FastCheck.constant(""), FastCheck.string().map((text) => ` ${text}`))
})

const written = (sections: ReadonlyArray<Section>, { mark, rest, space, upper }: Layout): string => {
  const object = (members: ReadonlyArray<readonly [string, string]>) =>
    `{${space}${members.map(([name, value]) => `${JSON.stringify(name)}${space}:${space}${value}`).join(`${space},`)}}`
  const valueOf = (section: Section): string =>
    "value" in section
      ? JSON.stringify(section.value)
      : section.entries === null
      ? "null"
      : object(section.entries.map(([key, value]) => [key, JSON.stringify(value)]))
  const members = sections.map((section, index): readonly [string, string] => [
    upper && index % 2 === 0 ? section.name.toUpperCase() : section.name,
    valueOf(section)
  ])
  return `${mark ? "\uFEFF" : ""}${space}${object(members)}${rest}`
}

/** Go's rules in short: `null` empties a map and leaves a string; a map's key is replaced as a whole. */
const expected = (sections: ReadonlyArray<Section>): ReturnType<typeof decoded> => {
  const merged = (name: "auths" | "credHelpers") =>
    Object.fromEntries(
      sections.slice(sections.findLastIndex((_) => _.name === name && _.entries === null) + 1)
        .flatMap((section): ReadonlyArray<readonly [string, unknown]> =>
          section.name === name && "entries" in section && section.entries !== null ? section.entries : []
        )
    )
  const stores = sections.flatMap((section) =>
    section.name === "credsStore" && section.value !== null ? [section.value] : []
  )
  return { auths: merged("auths"), credHelpers: merged("credHelpers"), credsStore: stores.at(-1) ?? "" }
}

describe("any docker config that Go accepts", () => {
  it.prop("has the same meaning here", [FastCheck.array(section, { maxLength: 6 }), layout], ([sections, layout]) => {
    const text = written(sections, layout)
    assert.deepEqual(decoded(text), expected(sections), text)
  })

  it.prop("is not shown when it is printed", [layout], ([layout]) => {
    const secret = "hunter2"
    const text = written([{ name: "auths", entries: [["a.io", { password: secret }]] }], {
      ...layout,
      rest: ` ${secret}`
    })
    const config = DockerConfig.parse(file, text)
    assert.notInclude(inspect(config, { depth: 9 }), secret)
  })
})
