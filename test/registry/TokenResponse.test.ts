import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ErrorBody from "../../src/registry/ErrorBody.ts"
import * as TokenResponse from "../../src/registry/TokenResponse.ts"

const encode = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

const sentAt = Date.parse("2026-01-01T00:00:00Z")

const subject = { registry: "r.example", realm: "auth.r.example" }

const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers,
  body: Redacted.make(typeof body === "string" ? body : encode(body)),
  sentAt
})

/** `token until seconds`, or the error's reason. */
const told = (status: number, body: unknown, headers?: Readonly<Record<string, string>>) =>
  TokenResponse.decode(subject, answer(status, body, headers)).pipe(
    Effect.match({
      onFailure: (error) => "reason" in error ? error.reason : error._tag,
      onSuccess: ({ expires, value }) => `${Redacted.value(value)} until ${(expires.epochMillis - sentAt) / 1000}`
    })
  )

describe("TokenResponse.decode", () => {
  const cases: ReadonlyArray<readonly [string, number, unknown, string]> = [
    ["equal fields", 200, { token: "t", access_token: "t", expires_in: 300 }, "t until 300"],
    ["201", 201, { token: "t" }, "t until 60"],
    ["null instead of a token", 200, { token: "t", access_token: null }, "t until 60"],
    ["zero expires_in", 200, { token: "t", expires_in: 0 }, "t until 60"],
    ["a fraction", 200, { token: "t", expires_in: 299.9 }, "t until 299"],
    ["a fraction as text", 200, { token: "t", expires_in: "299.9" }, "t until 299"],
    ["expires_in that is no number", 200, { token: "t", expires_in: "soon" }, "t until 60"],
    ["expires_in null", 200, { token: "t", expires_in: null }, "t until 60"],
    ["expires_in of another type", 200, { token: "t", expires_in: [300] }, "t until 60"],
    ["-1e400", 200, "{\"token\":\"t\",\"expires_in\":-1e400}", "t until 60"],
    ["an offline token beside", 200, { token: "t", refresh_token: "r" }, "t until 60"],
    ["issued_at a little ago", 200, { token: "t", expires_in: 300, issued_at: "2025-12-31T23:59:50Z" }, "t until 290"],
    ["issued_at of 1970", 200, { token: "t", expires_in: 300, issued_at: "1970-01-01T00:00:00Z" }, "t until 60"],
    ["issued_at a number", 200, { token: "t", expires_in: 300, issued_at: 1 }, "t until 300"],
    ["issued_at a year alone", 200, { token: "t", expires_in: 300, issued_at: "2025" }, "t until 300"],
    ["issued_at of month 13", 200, { token: "t", expires_in: 300, issued_at: "2025-13-01T00:00:00Z" }, "t until 300"],
    ["no content", 204, "", "ResponseInvalid"],
    ["null", 200, "null", "ResponseInvalid"],
    ["a text", 200, "\"t\"", "ResponseInvalid"],
    ["a token of another type beside a good one", 200, { token: "t", access_token: 7 }, "ResponseInvalid"],
    ["blanks in the token", 200, { token: "a b" }, "TokenUnsafe"],
    ["a token of blanks", 200, { token: " " }, "TokenUnsafe"],
    ["a newline behind the token", 200, { token: "t\n" }, "TokenUnsafe"],
    ["a token beyond ASCII", 200, { token: "tökèn" }, "TokenUnsafe"],
    ["403", 403, { errors: [{ code: "DENIED" }] }, "Forbidden"],
    ["302", 302, "", "RedirectRefused"],
    ["400", 400, "", "UnexpectedStatus"],
    ["408", 408, "", "UnexpectedStatus"],
    ["500", 500, "", "ServerError"],
    ["503", 503, "<html>", "ServerError"]
  ]
  for (const [name, status, body, expected] of cases) {
    it.effect(`${name}: ${expected}`, () => Effect.map(told(status, body), (got) => assert.strictEqual(got, expected)))
  }

  it.effect("rejects a response without a token instead of returning an empty Bearer", () =>
    Effect.gen(function*() {
      for (const body of [{}, { token: "" }, { token: "", access_token: "" }, { refresh_token: "r" }]) {
        assert.strictEqual(yield* told(200, body), "NoToken")
      }
    }))

  it.effect("uses the minimum lifetime for a negative expires_in", () =>
    Effect.map(told(200, { token: "t", expires_in: -30 }), (got) => assert.strictEqual(got, "t until 60")))

  it.effect("keeps the value of Retry-After in the error", () =>
    Effect.gen(function*() {
      const error = (status: number, headers?: Readonly<Record<string, string>>) =>
        Effect.flip(TokenResponse.decode(subject, answer(status, "", headers)))
      const wait = { "retry-after": "7" }
      assert.deepInclude(yield* error(429, wait), { _tag: "RateLimited", retryAfterMillis: 7000 })
      assert.deepInclude(yield* error(503, wait), { reason: "ServerError", retryAfterMillis: 7000 })
      assert.notProperty(yield* error(503), "retryAfterMillis")
    }))

  it.effect("the message says who refused what, and where the credential came from", () =>
    Effect.gen(function*() {
      const refusal = answer(401, { errors: [{ code: "UNAUTHORIZED", message: "bad\r\ncredentials" }] })
      const error = yield* Effect.flip(TokenResponse.decode({ ...subject, origin: "docker config /c" }, refusal))
      assert.strictEqual(
        error.message,
        "auth.r.example refused the credential of docker config /c for r.example (401: UNAUTHORIZED: bad credentials). Log in again: docker login r.example"
      )
      const redirect = yield* Effect.flip(
        TokenResponse.decode(subject, answer(307, "", { location: "https://evil.net/steal?sig=canary" }))
      )
      assert.include(redirect.message, "evil.net")
      assert.notInclude(redirect.message, "canary")
    }))
})

const unknown = FastCheck.oneof(
  FastCheck.integer({ min: -100, max: 200_000 }),
  FastCheck.double(),
  FastCheck.integer({ min: 0, max: 100_000 }).map(String),
  FastCheck.anything()
)

/** From long before the request to long after it. */
const issued = FastCheck.oneof(
  FastCheck.integer({ min: -400_000, max: 400_000 }).map((seconds) =>
    DateTime.formatIso(DateTime.unsafeMake(sentAt + seconds * 1000))
  ),
  FastCheck.anything()
)

describe("expiry", () => {
  it.prop("is never beyond the server's word, and never past", [unknown, issued, FastCheck.nat(999)], (input) => {
    const [expiresIn, issuedAt, millis] = input
    const expires = TokenResponse.expiry({ sentAt: sentAt + millis, expiresIn, issuedAt }).epochMillis
    const number = Number(typeof expiresIn === "string" || typeof expiresIn === "number" ? expiresIn : 60)
    const word = Math.min(86_400, Math.max(60, Number.isNaN(number) ? 60 : number))
    assert.isAtMost(expires, sentAt + millis + word * 1000)
    assert.isAbove(expires, sentAt + millis + 59_000)
    assert.strictEqual(expires % 1000, 0)
  })

  it.prop(
    "what is told is 10 % or 30 s earlier, never past",
    [FastCheck.integer({ min: 60, max: 86_400 })],
    ([life]) => {
      const token = {
        obtained: DateTime.unsafeMake(sentAt),
        expires: TokenResponse.expiry({ sentAt, expiresIn: life, issuedAt: undefined })
      }
      const left = TokenResponse.usableUntil(token).epochMillis - sentAt
      assert.strictEqual(left, life * 1000 - Math.min(30_000, life * 100))
      assert.strictEqual(TokenResponse.leeway(token), life * 1000 - left)
    }
  )
})

describe("ErrorBody", () => {
  const describeBody = (body: unknown, ...secrets: ReadonlyArray<string>) =>
    ErrorBody.describe(
      Redacted.make(typeof body === "string" ? body : encode(body)),
      secrets.map((_) => Redacted.make(_))
    )

  it("shows the words of registries, Docker Hub and OAuth", () => {
    const cases: ReadonlyArray<readonly [unknown, string]> = [
      [{ errors: [{ code: "DENIED", message: "no", detail: "d" }, { code: "X" }] }, "DENIED: no; X"],
      [{ details: "incorrect username or password" }, "incorrect username or password"],
      [{ error: "invalid_grant", error_description: "bad refresh token" }, "invalid_grant: bad refresh token"],
      [{ error: "Invalid Username or Password" }, "Invalid Username or Password"],
      [{ message: "401 Unauthorized" }, "401 Unauthorized"],
      [{ errors: null, error: null }, ""],
      ["<html>", ""],
      ["", ""],
      ["[]", ""]
    ]
    for (const [body, expected] of cases) assert.strictEqual(describeBody(body), expected)
  })

  it("masks what the server repeats of the request, in every spelling, and every JSON Web Token", () => {
    const secret = "canary/7f ä"
    const echo = `${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString("base64")}`
    assert.strictEqual(describeBody({ details: `got ${echo}` }, secret), "got *** *** ***")
    assert.strictEqual(describeBody({ details: "token eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln bad" }), "token *** bad")
  })

  it("masks a secret that control sequences take apart, and shows no part of one that was cut", () => {
    assert.strictEqual(describeBody({ details: "got can\u001b[0mary" }, "canary"), "got ***")
    const long = describeBody({ details: `${"\u0000".repeat(4090)}canary-secret` }, "canary-secret")
    assert.notInclude(long, "can")
  })

  it.prop("is one line of at most 200 characters, without a control character", [FastCheck.string({
    unit: "binary",
    maxLength: 600
  })], ([details]) => {
    const line = describeBody({ details })
    assert.isAtMost(line.length, 200)
    assert.notMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u)
  })
})
