import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as Credential from "../../src/domain/Credential.ts"
import { basic, entry, failure, home, lookup } from "./fixture.ts"

const found = (value: unknown) =>
  Effect.map(lookup({ config: { auths: { "a.io": value } } }, "a.io"), ({ outcome }) => outcome)

const refused = (value: unknown) => failure({ config: { auths: { "a.io": value } } }, "a.io")

describe("AuthEntry", () => {
  it.effect("decodes auth in both base64 alphabets, with and without padding or spaces", () =>
    Effect.gen(function*() {
      for (const auth of ["dTo+Pj4/Pz8=", "dTo-Pj4_Pz8=", "dTo-Pj4_Pz8", "dTo+Pj4/Pz8", " dTo+\r\n\tPj4/Pz8=\n"]) {
        assert.deepInclude(yield* found({ auth }), { username: "u", password: ">>>???" }, auth)
      }
    }))

  it.effect("rejects any other auth with its JSON path and without its value", () =>
    Effect.gen(function*() {
      const garbage = [
        "hunter2:hunter2",
        "aHVudGVyMjpodW50ZXIy!",
        "aHVudGVyMjpodW50ZXIy=",
        "aHVu=dGVyMjpodW50ZXIy",
        "aHVudGVyMjpodW50ZXIyA",
        "aHVudGVyMjpodW50ZXIy===",
        "=",
        " ",
        "dTo+Pj4_Pz8=",
        "aHVudGVyMg==",
        "dTpw\u00a0",
        "dTpw\u0000"
      ]
      for (const auth of garbage) {
        const error = yield* refused({ auth })
        assert.deepInclude({ ...error }, { _tag: "AuthEntryInvalid", path: home, at: `$.auths["a.io"].auth` }, auth)
        const shown = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${error.message}`
        assert.notInclude(shown, "hunter2")
        if (auth.length > 3) assert.notInclude(shown, auth)
      }
      assert.strictEqual(
        (yield* refused({ auth: "aHVudGVyMg==" })).message,
        `${home}: $.auths["a.io"].auth: it decodes to a string without a colon between username and password. To replace it, run docker login a.io.`
      )
    }))

  it.effect("splits auth at the first colon, trims NULs, and keeps octets that are not UTF-8", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* found({ auth: basic("u", "p:q:r") }), { username: "u", password: "p:q:r" })
      assert.deepInclude(yield* found({ auth: basic("", "p") }), { username: "", password: "p" })
      assert.deepInclude(yield* found({ auth: basic("u", "") }), { username: "u", password: "" })
      assert.deepInclude(yield* found({ auth: basic("u", "\0\0p\0q\0\0\0") }), {
        password: "p\0q",
        basic: basic("u", "p\0q")
      })
      const octets = Buffer.from([0xff, 0x3a, 0xfe, 0x80]).toString("base64")
      assert.deepInclude(yield* found({ auth: octets }), { basic: octets })
      assert.strictEqual(yield* found({ auth: basic("", "") }), "none")
    }))

  it.effect("uses username and password together, unless auth is set", () =>
    Effect.gen(function*() {
      const plain = { username: "plain", password: "secret" }
      assert.deepInclude(yield* found(plain), { ...plain, basic: basic("plain", "secret") })
      assert.deepInclude(yield* found({ ...plain, auth: "" }), plain)
      assert.deepInclude(yield* found({ ...plain, auth: null }), plain)
      assert.deepInclude(yield* found({ username: "u", password: "pä" }), { basic: basic("u", "pä") })
      assert.deepInclude(yield* found({ password: "p" }), { username: "", password: "p" })
      assert.deepInclude(yield* found({ username: "u" }), { username: "u", password: "" })
    }))

  it.effect("prefers auth to a plain password, trims NULs, and does not quote auth in errors", () =>
    Effect.gen(function*() {
      const both = { ...entry("auth", "right\0\0"), username: "plain", password: "wrong" }
      assert.deepInclude(yield* found(both), { username: "auth", password: "right" })
      assert.notInclude((yield* refused({ auth: "c2VjcmV0" })).message, "c2VjcmV0")
    }))

  it.effect("returns tokens alone and next to a username", () =>
    Effect.gen(function*() {
      assert.deepEqual(tokens(yield* found({ identitytoken: "i" })), [undefined, "i", undefined])
      assert.deepEqual(tokens(yield* found({ registrytoken: "r" })), [undefined, undefined, "r"])
      assert.deepEqual(
        tokens(yield* found({ ...entry("u"), identitytoken: "i", registrytoken: "r" })),
        ["u", "i", "r"]
      )
      assert.deepEqual(tokens(yield* found({ auth: basic("", ""), identitytoken: "i" })), [undefined, "i", undefined])
      assert.deepEqual(tokens(yield* found({ ...entry("u"), identitytoken: "", registrytoken: null })), [
        "u",
        undefined,
        undefined
      ])
    }))

  it.effect("finds no credential in an empty entry", () =>
    Effect.gen(function*() {
      for (const marker of [{}, null, { auth: "" }, { email: "u@x" }, { username: "", password: "" }, { other: 1 }]) {
        assert.strictEqual(yield* found(marker), "none")
      }
    }))

  it.effect("rejects an entry or a field of another type", () =>
    Effect.gen(function*() {
      for (const value of ["text", 1, true, [], [{}]]) {
        assert.deepInclude({ ...(yield* refused(value)) }, { _tag: "AuthEntryInvalid", at: `$.auths["a.io"]` })
      }
      for (const name of ["auth", "username", "password", "identitytoken", "registrytoken"]) {
        for (const value of [123456789, true, {}, ["hunter2"]]) {
          const error = yield* refused({ ...entry("u"), [name]: value })
          assert.deepInclude({ ...error }, { _tag: "AuthEntryInvalid", at: `$.auths["a.io"].${name}` })
          assert.notMatch(error.message, /hunter2|123456789/)
        }
      }
      assert.deepInclude(yield* found({ ...entry("u"), email: 5 }), { username: "u" })
    }))

  const octets = FastCheck.uint8Array({ maxLength: 24 })
  const user = octets.map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x3a)))
  const password = octets.map((bytes) => Buffer.from(bytes).toString("latin1").replace(/^\0+|\0+$/g, ""))
  const encoding = FastCheck.constantFrom<BufferEncoding>("base64", "base64url")

  it.prop("decodes any encoded octets to the same octets", [user, password, encoding], ([user, password, encoding]) => {
    const pair = Buffer.concat([user, Buffer.from(":"), Buffer.from(password, "latin1")])
    const decoded = Credential.fromAuth(Redacted.make(pair.toString(encoding)))
    if (typeof decoded === "string") return assert.fail(decoded)
    assert.strictEqual(Redacted.value(decoded.basic), pair.toString("base64"))
    assert.strictEqual(decoded.username, user.toString("utf8"))
  })

  it.prop("decodes or rejects any string without throwing", [FastCheck.string()], ([text]) => {
    const decoded = Credential.fromAuth(Redacted.make(text))
    if (typeof decoded === "string") assert.include(["not base64", "no colon between user and password"], decoded)
    else assert.strictEqual(text.replace(/[\t\n\f\r ]/g, "").length > 0, true)
  })
})

const tokens = (outcome: object | string) => {
  if (typeof outcome === "string" || "_tag" in outcome) return outcome
  const { identitytoken, registrytoken, username } = outcome as Record<string, string>
  return [username, identitytoken, registrytoken]
}
