import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as AccessClaim from "../../src/registry/AccessClaim.ts"

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
const jwt = (claims: unknown) => `${encode({ alg: "none" })}.${encode(claims)}.c2ln`
const entry = (...actions: ReadonlyArray<string>) => ({ type: "repository", name: "org/app", actions })

const lackOf = (token: string, scope = "repository:org/app:pull") =>
  Option.getOrNull(AccessClaim.lackOf(Redacted.make(token), scope))

const pull = { repository: "org/app", action: "pull" }

describe("AccessClaim", () => {
  it("finds what a token lacks of the scope that was asked for", () => {
    const lacking: ReadonlyArray<unknown> = [
      { access: [] },
      { access: [entry()] },
      { access: [entry("push")] },
      { access: [{ ...entry("pull"), name: "org/other" }] },
      { access: [{ ...entry("pull"), type: "registry" }] },
      { access: [{ ...entry(), actions: null }] },
      { access: [{ type: "repository", name: "org/app" }] }
    ]
    for (const claims of lacking) assert.deepStrictEqual(lackOf(jwt(claims)), pull, JSON.stringify(claims))
    assert.deepStrictEqual(lackOf(jwt({ access: [entry("pull")] }), "repository:org/app:pull,push"), {
      repository: "org/app",
      action: "push"
    })
  })

  it("finds nothing where the token is enough", () => {
    const enough: ReadonlyArray<unknown> = [
      { access: [entry("pull")] },
      { access: [entry("push", "pull")] },
      { access: [entry("pull,push")] },
      { access: [entry("*")] },
      { access: [entry("push"), entry("pull")] },
      { access: [{ ...entry("pull"), name: "*" }] },
      { access: [{ ...entry("pull"), type: "repository(plugin)" }] }
    ]
    for (const claims of enough) assert.isNull(lackOf(jwt(claims)), JSON.stringify(claims))
  })

  it("does not judge a token or a scope that it does not know", () => {
    const opaque = [
      ...["", "t", "a.b.c", "a.b", "...", `${encode({})}.${encode([])}.x`, `${jwt({ access: [] })}.more`],
      ...[{}, { access: null }, { access: "pull" }, { access: ["repository:org/app:pull"] }, { access: [{}] }].map(jwt),
      jwt({ access: [], padding: "x".repeat(70_000) })
    ]
    for (const token of opaque) assert.isNull(lackOf(token), token.slice(0, 80))
    for (const scope of ["registry:catalog:*", "", "aws", "repository:user/image", "::", "*"]) {
      assert.isNull(lackOf(jwt({ access: [] }), scope), scope)
    }
  })

  it("reads a name with a port", () => {
    const access = [{ type: "repository", name: "localhost:5000/app", actions: ["pull"] }]
    assert.isNull(lackOf(jwt({ access }), "repository:localhost:5000/app:pull"))
  })

  it.prop("never fails", [FastCheck.string(), FastCheck.string(), FastCheck.json()], ([token, scope, claims]) => {
    lackOf(token, scope)
    lackOf(jwt(JSON.parse(claims)), scope)
    lackOf(`${token}.${token}.${token}`)
  })
})
