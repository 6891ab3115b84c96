import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Provenance from "../../src/domain/Provenance.ts"
import type { Target } from "../../src/domain/Resource.ts"
import * as Env from "../../src/source/Env.ts"
import * as Secret from "../../src/source/Secret.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const target: Target = { host: "github.com", repository: Option.none() }

/** The value, and the warnings. */
const read = (wrap: typeof Secret.tokens, GH_TOKEN: string) =>
  Provenance.recording((sofar) =>
    Effect.gen(function*() {
      const found = yield* wrap(Env.make(TestEnvironment.make({ GH_TOKEN }), "GH_TOKEN")).lookup(target)
      const { steps } = yield* sofar
      return {
        value: Option.match(found, { onNone: () => "none", onSome: ({ value }) => Redacted.value(value) }),
        warnings: steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])
      }
    })
  )

describe("Secret.tokens", () => {
  const around: Readonly<Record<string, string>> = {
    "\"ghp_x\"": "quotes around it",
    "'ghp_x'": "quotes around it",
    " ghp_x": "spaces around it",
    "ghp_x \r": "spaces around it",
    "Bearer ghp_x": "the scheme of a header in front of it",
    "token ghp_x": "the scheme of a header in front of it",
    "\"Bearer ghp_x\" ": "spaces around it and quotes around it and the scheme of a header in front of it"
  }
  for (const [text, what] of Object.entries(around)) {
    it.effect(`leaves out what is around a token, with a warning: ${JSON.stringify(text)}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* read(Secret.tokens, text), {
          value: "ghp_x",
          warnings: [`GH_TOKEN is stored with ${what}, and used without. Store the token alone.`]
        })
      }))
  }

  it.effect("takes a token as it is, and nothing in quotes as nothing", () =>
    Effect.gen(function*() {
      for (const text of ["ghp_x", "\"ghp_x", "ghp_x'", "a\"b\"c", "bearer", "a b"]) {
        assert.deepStrictEqual(yield* read(Secret.tokens, text), { value: text, warnings: [] })
      }
      for (const text of ["\"\"", "''", "  "]) {
        assert.strictEqual((yield* read(Secret.tokens, text)).value, "none", text)
      }
    }))

  it.effect.prop(
    "never shows a token in a warning",
    [FastCheck.stringMatching(/^["' ]{0,2}[a-z]{9,20}["' ]{0,2}$/)],
    ([text]) =>
      Effect.map(read(Secret.tokens, text), ({ warnings }) => {
        assert.notInclude(warnings.join(), text.replace(/["' ]/g, ""))
      })
  )
})

describe("Secret.passwords", () => {
  it.effect("sends quotes, which a password may have, and warns of them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read(Secret.passwords, "'pw'"), {
        value: "'pw'",
        warnings: [
          "GH_TOKEN has quotes around it, and they are sent. If they are no part of it, store it without them."
        ]
      })
      for (const text of [" pw ", "Bearer x", "p\"w", "\""]) {
        assert.deepStrictEqual(yield* read(Secret.passwords, text), { value: text, warnings: [] })
      }
    }))
})
