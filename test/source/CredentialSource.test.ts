import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as CredentialSource from "../../src/source/CredentialSource.ts"

const { Answer } = CredentialSource
type Source = CredentialSource.CredentialSource<string, string>

const target = { host: "r.example", repository: Option.some("a/b") }

const found: Source = CredentialSource.make("found", () => Effect.succeed(Answer.Found({ value: "v" })))
const other: Source = CredentialSource.make("other", () => Effect.succeed(Answer.Found({ value: "w" })))
const nothing: Source = CredentialSource.make("nothing", () => Effect.succeed(Answer.NothingFound()))
const unavailable: Source = CredentialSource.make(
  "unavailable",
  () => Effect.succeed(Answer.Unavailable({ reason: "not installed" }))
)
const failing: Source = CredentialSource.make("failing", () => Effect.fail("broken"))
const sources = [found, other, nothing, unavailable, failing, CredentialSource.none]

/** The exit of a lookup, and what was asked for it. */
const observe = (source: Source) =>
  Provenance.recording((sofar) =>
    Effect.all([Effect.exit(source.lookup(target)), Effect.map(sofar, ({ steps }) => Provenance.sourcesAsked(steps))])
  )

const assertSame = (one: Source, two: Source) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* observe(one), yield* observe(two))
  })

describe("CredentialSource", () => {
  it.effect("keeps a source as it is when none comes before or after it", () =>
    Effect.forEach(sources, (source) =>
      Effect.zipRight(
        assertSame(CredentialSource.orElse(CredentialSource.none, source), source),
        assertSame(CredentialSource.orElse(source, CredentialSource.none), source)
      )))

  it.effect("chains sources associatively", () =>
    Effect.forEach(sources, (a) =>
      Effect.forEach(sources, (b) =>
        Effect.forEach(sources, (c) =>
          assertSame(
            a.pipe(CredentialSource.orElse(b), CredentialSource.orElse(c)),
            a.pipe(CredentialSource.orElse(b.pipe(CredentialSource.orElse(c))))
          )))))

  it.effect("leaves out the next source when the condition is false", () =>
    Effect.zipRight(
      assertSame(nothing.pipe(CredentialSource.orElse(found, { when: false })), nothing),
      assertSame(
        nothing.pipe(CredentialSource.orElse(found, { when: true })),
        CredentialSource.orElse(nothing, found)
      )
    ))

  it.effect("ends the chain at a failure", () =>
    Effect.gen(function*() {
      const [exit, asked] = yield* observe(CredentialSource.firstOf([nothing, failing, found]))
      assert.deepStrictEqual(exit, Exit.fail("broken"))
      assert.deepStrictEqual(asked, ["nothing: nothing found", "failing: failed"])
    }))

  it.effect("goes on after an unavailable source, and records why", () =>
    Effect.gen(function*() {
      const [exit, asked] = yield* observe(CredentialSource.firstOf([unavailable, found, other]))
      assert.deepStrictEqual(exit, Exit.succeed(Option.some("v")))
      assert.deepStrictEqual(asked, ["unavailable: not available: not installed", "found: found"])
    }))

  it.effect("finds nothing without sources", () => assertSame(CredentialSource.firstOf([]), CredentialSource.none))

  it.effect("maps the value and keeps the record", () =>
    Effect.gen(function*() {
      const [exit, asked] = yield* observe(CredentialSource.map(found, (value) => `${value}!`))
      assert.deepStrictEqual(exit, Exit.succeed(Option.some("v!")))
      assert.deepStrictEqual(asked, ["found: found"])
    }))
})
