import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Challenge from "../../src/registry/Challenge.ts"

const plain = (lines: ReadonlyArray<string>) =>
  Challenge.parse(lines).map(({ params, scheme, token68 }) => [scheme, token68 ?? Object.fromEntries(params)])

const tokenText = FastCheck.stringMatching(/^[a-z][a-z0-9!#$%&'*+.^_`|~-]{0,7}$/)

const params = FastCheck.uniqueArray(FastCheck.tuple(tokenText, FastCheck.string()), {
  selector: ([name]) => name,
  maxLength: 4
}).map((entries) => new Map(entries))

const challenge: FastCheck.Arbitrary<Challenge.Challenge> = FastCheck.oneof(
  FastCheck.record({ scheme: tokenText, params }),
  FastCheck.record({
    scheme: tokenText,
    params: FastCheck.constant(new Map<string, string>()),
    token68: FastCheck.stringMatching(/^[A-Za-z0-9._~+/-]{1,12}={0,2}$/)
  })
)

/** Text with the characters that matter to the grammar. */
const hostile = FastCheck.string({
  unit: FastCheck.constantFrom(..."aB=\",\\ \t;:/\u0000\u00fc", "Bearer ", "Basic ", "realm=\"", "scope="),
  maxLength: 40
})

describe("Challenge", () => {
  it.prop("what is printed is read again", [FastCheck.array(challenge, { maxLength: 4 })], ([challenges]) => {
    assert.deepStrictEqual(Challenge.parse(challenges.map(Challenge.print)), challenges)
    assert.deepStrictEqual(Challenge.parse([challenges.map(Challenge.print).join(", ")]), challenges)
  })

  it.prop("no header makes it fail", [FastCheck.array(hostile, { maxLength: 3 })], ([lines]) => {
    const challenges = Challenge.parse(lines)
    for (const { params, scheme } of challenges) {
      for (const name of [scheme, ...params.keys()]) assert.match(name, /^[!#$%&'*+\-.^_`|~0-9a-z]+$/)
    }
    Challenge.select(challenges)
  })

  it.prop("garbage in one line does not hide the next line's challenge", [hostile], ([line]) => {
    const schemes = Challenge.parse([line, "Bearer realm=\"https://a.example/t\""]).map(({ scheme }) => scheme)
    assert.strictEqual(schemes.at(-1), "bearer")
  })

  it("all lines are read, Basic is known, and schemes have no case", () => {
    const lines = ["NEGOTIATE", "bAsIc Realm=\"x\"", "BEARER realm=\"https://a.example/t\""]
    assert.deepStrictEqual(plain(lines), [["negotiate", {}], ["basic", { realm: "x" }], ["bearer", {
      realm: "https://a.example/t"
    }]])
    assert.deepStrictEqual(
      Challenge.select(Challenge.parse(lines)),
      Either.right({ scheme: "bearer", realm: "https://a.example/t" })
    )
  })

  it("a challenge without service is enough", () => {
    assert.deepStrictEqual(
      Challenge.select(Challenge.parse(["Bearer realm=\"https://nvcr.io/proxy_auth\",scope=\"\""])),
      Either.right({ scheme: "bearer", realm: "https://nvcr.io/proxy_auth" })
    )
  })

  it("parameters after an unquoted value are kept", () => {
    assert.deepStrictEqual(plain(["Bearer service=gcr.io,realm=\"https://gcr.io/v2/token\",scope=a"]), [
      ["bearer", { service: "gcr.io", realm: "https://gcr.io/v2/token", scope: "a" }]
    ])
  })

  const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<unknown>]> = [
    ["blanks around =", "Bearer realm = \"r\"   ,\tservice\t=s , scope  =\"x\"  ", [["bearer", {
      realm: "r",
      service: "s",
      scope: "x"
    }]]],
    ["an empty quoted value", "Bearer empty=\"\",realm=\"r\"", [["bearer", { empty: "", realm: "r" }]]],
    ["quoted pairs", "Bearer x=\"he\\\"\\l\\lo\",realm=\"r\"", [["bearer", { x: "he\"llo", realm: "r" }]]],
    ["a URL without quotes", "Bearer realm=https://a.example/t?x=y,service=s", [["bearer", {
      realm: "https://a.example/t?x=y",
      service: "s"
    }]]],
    ["token68", "Negotiate abc+/==, Basic realm=\"x\"", [["negotiate", "abc+/=="], ["basic", { realm: "x" }]]],
    ["token68 alone", "Negotiate abc", [["negotiate", "abc"]]],
    ["empty list elements", ", ,Bearer realm=\"r\", ,, service=\"s\",", [["bearer", { realm: "r", service: "s" }]]],
    ["a scheme in the middle", "Bearer realm=\"r\",Negotiate,Basic realm=\"b\"", [
      ["bearer", { realm: "r" }],
      ["negotiate", {}],
      ["basic", { realm: "b" }]
    ]],
    ["garbage after an unquoted value", "Bearer service=gcr.io;x=y,realm=\"r\"", [["bearer", {
      service: "gcr.io",
      realm: "r"
    }]]],
    ["garbage for a parameter", "Bearer realm=\"r\",@@@,service=\"s\"", [["bearer", { realm: "r", service: "s" }]]],
    ["a repeated parameter", "Bearer realm=\"a\",realm=\"b\"", [["bearer", { realm: "b" }]]],
    ["Digest with a quoted list", "Digest realm=\"h\", qop=\"auth,auth-int\", nonce=\"n\"", [["digest", {
      realm: "h",
      qop: "auth,auth-int",
      nonce: "n"
    }]]],
    ["a backslash at the end", "Bearer realm=\"r\",x=\"\\", [["bearer", { realm: "r" }]]],
    ["names of Object.prototype", "Bearer __proto__=\"x\",constructor=\"y\"", [[
      "bearer",
      Object.fromEntries([
        ["__proto__", "x"],
        ["constructor", "y"]
      ])
    ]]]
  ]
  for (const [name, line, expected] of cases) {
    it(`reads ${name}`, () => assert.deepStrictEqual(plain([line]), expected))
  }

  it("joined lines mean what the lines mean", () => {
    const lines = ["Bearer realm=\"r\",scope=\"*\"", "Basic realm=\"Gitea\""]
    assert.deepStrictEqual(plain(lines), plain([lines.join(", ")]))
  })

  it("a Bearer without realm gives way to Basic, and to a Bearer that has one", () => {
    const select = (line: string) => Challenge.select(Challenge.parse([line]))
    assert.deepStrictEqual(select("Bearer, Basic realm=\"x\""), Either.right({ scheme: "basic" }))
    assert.deepStrictEqual(
      select("Bearer realm=\"\", Bearer realm=\"r\""),
      Either.right({ scheme: "bearer", realm: "r" })
    )
    assert.deepStrictEqual(select("Bearer realm=\"\""), Either.left("MissingRealm"))
    assert.deepStrictEqual(select("Digest realm=\"\""), Either.left("NoSupportedChallenge"))
  })
})
