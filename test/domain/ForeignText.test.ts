import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as ForeignText from "../../src/domain/ForeignText.ts"

const secrets = (...values: ReadonlyArray<string>) => values.map((value) => Redacted.make(value))

describe("ForeignText.oneLine", () => {
  it("removes colors, and replaces other control and format characters by a space", () => {
    const cases: ReadonlyArray<readonly [text: string, line: string]> = [
      ["plain", "plain"],
      ["two\r\nlines\n", "two lines"],
      ["\u001b[31mred\u001b[0m\u0007 \u202Ealert\t now", "red alert now"],
      ["\u009b1;2Hup", "up"],
      ["a\n[info] b", "a [info] b"],
      ["a\u2028b\u0085c\ud800d\u00ade", "a b c d e"],
      ["\u0000", ""]
    ]
    for (const [text, line] of cases) assert.strictEqual(ForeignText.oneLine(text, 60), line)
  })

  it("keeps ordinary spaces, also at the ends, and letters of every script", () => {
    for (const text of [" a  b ", "naïve café", "日本語", "🙂", "a\u00a0b"]) {
      assert.strictEqual(ForeignText.oneLine(text, 60), text)
    }
  })

  it("marks the cut with an ellipsis and does not split a surrogate pair", () => {
    assert.strictEqual(ForeignText.oneLine("abcdef", 6), "abcdef")
    assert.strictEqual(ForeignText.oneLine("abcdefg", 6), "abcde…")
    assert.strictEqual(ForeignText.oneLine("abcd🙂g", 6), "abcd…")
  })

  const anyText = FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.string({ unit: "binary-ascii" }))
  const maxLength = FastCheck.integer({ min: 1, max: 80 })

  it.prop("has no control or format character, and at most the given length", [anyText, maxLength], ([text, max]) => {
    const line = ForeignText.oneLine(text, max)
    assert.notMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    assert.isAtMost(line.length, max)
  })

  it.prop("does not change its own result", [anyText, maxLength], ([text, max]) => {
    const line = ForeignText.oneLine(text, max)
    assert.strictEqual(ForeignText.oneLine(line, max), line)
  })
})

describe("ForeignText.mask", () => {
  it("masks a secret that is plain, URL-encoded, form-encoded, or in base64", () => {
    const secret = "pa ss/wörd?"
    const bytes = Buffer.from(secret)
    for (
      const spelling of [
        secret,
        encodeURIComponent(secret),
        `${new URLSearchParams({ p: secret })}`.slice(2),
        bytes.toString("base64"),
        bytes.toString("base64").replace(/=+$/, ""),
        bytes.toString("base64url")
      ]
    ) {
      assert.strictEqual(ForeignText.mask(`got ${spelling}, sorry`, secrets(secret)), "got ***, sorry")
    }
  })

  it("masks the longer of two secrets first, and every JSON Web Token", () => {
    assert.strictEqual(ForeignText.mask("abcd abcdef", secrets("abcd", "abcdef")), "*** ***")
    const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln"
    const cases: ReadonlyArray<readonly [text: string, masked: string]> = [
      [`bad ${token}`, "bad ***"],
      [`jwt=${token}, "${token}"`, `jwt=***, "***"`],
      [`x-${token} a.b.${token}`, "x-*** a.b.***"],
      [`eyJ.eyJ.${token}`, "eyJ.eyJ.***"],
      ["eyJhbGciOiJub25lIn0. then", "*** then"],
      ["eyJhbGciOiJub25lIn0 eyJ.eyJ.eyJ a.b.c", "eyJhbGciOiJub25lIn0 eyJ.eyJ.eyJ a.b.c"]
    ]
    for (const [text, masked] of cases) assert.strictEqual(ForeignText.mask(text, []), masked)
  })

  it("leaves secrets alone that are too short to tell from ordinary text", () => {
    assert.strictEqual(ForeignText.mask("a bad request", secrets("a", "bad", "")), "a bad request")
  })

  // The mask itself is made of asterisks, so a secret of asterisks would be found in it.
  const secret = FastCheck.oneof(FastCheck.string({ minLength: 4 }), FastCheck.string({ unit: "binary", minLength: 4 }))
    .filter((text) => text.length >= 4 && !text.includes("*"))
  const part = FastCheck.oneof(
    FastCheck.record({ text: FastCheck.string(), spelling: FastCheck.constant("none" as const) }),
    FastCheck.record({ text: secret, spelling: FastCheck.constantFrom("plain", "url", "base64") })
  )

  it.prop("leaves no spelling of a secret", [FastCheck.array(part, { minLength: 1, maxLength: 6 })], ([parts]) => {
    const inSpelling = (text: string, spelling: string) =>
      spelling === "url"
        ? encodeURIComponent(text)
        : spelling === "base64"
        ? Buffer.from(text).toString("base64")
        : text
    const known = parts.flatMap(({ spelling, text }) => spelling === "none" ? [] : [text])
    const masked = ForeignText.mask(
      parts.map(({ spelling, text }) => inSpelling(text, spelling)).join(""),
      secrets(...known)
    )
    for (const text of known) {
      for (const spelling of ["plain", "url", "base64"]) assert.notInclude(masked, inSpelling(text, spelling))
    }
  })

  it.prop("accepts any string as a secret", [FastCheck.string({ unit: "binary" })], ([text]) => {
    assert.isString(ForeignText.mask("\ud800abc", secrets(text, "\ud800abc")))
    assert.notInclude(ForeignText.mask("\ud800abc", secrets("\ud800abc")), "abc")
  })
})

describe("the expressions", () => {
  it("take linear time on one MiB of the worst inputs", () => {
    const worst = [
      "a",
      "a1",
      "=",
      "-",
      ".",
      "/",
      "//a",
      " ",
      "\t",
      "eyJ-",
      "eyJ-.",
      "eyJ",
      "\u001b[",
      "\u001b[1;",
      "\u009b1",
      "secret:",
      "password: x\n",
      "token ",
      "Bearer ",
      "basic  "
    ]
    for (const part of worst) {
      for (const end of ["", "\n"]) {
        const text = part.repeat(Math.ceil(1024 * 1024 / part.length)) + end
        const started = performance.now()
        ForeignText.oneLine(text, 200)
        ForeignText.mask(text, secrets("hunter2"))
        ForeignText.maskLikely(text)
        // Quadratic time would be minutes.
        assert.isBelow(performance.now() - started, 30_000, part)
      }
    }
  }, 240_000)
})

describe("ForeignText.maskLikely", () => {
  it("masks what looks like a secret and nothing else", () => {
    const cases: ReadonlyArray<readonly [text: string, masked: string]> = [
      ["401 for https://u:hunter2@a.io/x", "401 for https://***@a.io/x"],
      ["login with password: hunter2 failed", "login with password: ***"],
      [`"token" = hunter2`, `"token" = ***`],
      ["sent Authorization: Basic hunter2hunter2", "sent Authorization: Basic ***"],
      ["bad credential ghp_0123456789abcdefABCDEF0123456789abcd", "bad credential ***"],
      ["bad eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln", "bad ***"],
      ["cannot open the keychain (error -25308)", "cannot open the keychain (error -25308)"],
      ["internationalization-failure-expected", "internationalization-failure-expected"]
    ]
    for (const [text, masked] of cases) assert.strictEqual(ForeignText.maskLikely(text), masked)
  })

  it("is linear in the length of the text", () => {
    const text = "a".repeat(1024 * 1024)
    assert.strictEqual(ForeignText.maskLikely(text), text)
  })
})
