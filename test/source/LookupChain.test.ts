import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Credential } from "../../src/domain/Credential.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import type { Target } from "../../src/domain/Resource.ts"
import type { Keyring } from "../../src/platform/Keyring.ts"
import * as LookupChain from "../../src/source/LookupChain.ts"
import type * as SourceKind from "../../src/source/SourceKind.ts"
import * as Sources from "../../src/source/Sources.ts"
import * as FakeKeyring from "../../src/testing/FakeKeyring.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const target: Target = { host: "registry.example.com", repository: Option.none() }

const canary = "CANARY-6d1f"

interface Machine {
  readonly variables?: Record<string, string>
  readonly keyring?: Layer.Layer<Keyring>
}

const on = ({ keyring = FakeKeyring.layer(), variables = {} }: Machine) =>
  Layer.merge(TestEnvironment.layer(variables), keyring)

type Entries = ReadonlyArray<Readonly<Record<string, string>>>

const decode = (entries: Entries, ...bindings: SourceKind.Bindings) =>
  Effect.map(Sources.make, (kinds) => Schema.decodeSync(LookupChain.schema(kinds, ...bindings))(entries))

const credential = (entries: Entries, machine: Machine = {}) =>
  Effect.flatMap(
    decode(entries, ...LookupChain.registryBindings),
    (chain) => LookupChain.credential(chain).lookup(target)
  ).pipe(Effect.provide(on(machine)))

const found = (entries: Entries, machine: Machine = {}) => Effect.flatMap(credential(entries, machine), (_) => _)

const secret = (entries: Entries, machine: Machine = {}) =>
  Effect.flatMap(decode(entries, "default"), (chain) => LookupChain.secret(chain).lookup(target)).pipe(
    Effect.provide(on(machine)),
    Effect.map(Option.map(({ value }) => Redacted.value(value))),
    Effect.map(Option.getOrUndefined)
  )

const plain = ({ identityToken, registryToken, userPassword }: Credential) => ({
  user: userPassword?.username,
  password: userPassword && Redacted.value(userPassword.password),
  basic: userPassword && Buffer.from(Redacted.value(userPassword.basic), "base64").toString(),
  identity: identityToken && Redacted.value(identityToken),
  registry: registryToken && Redacted.value(registryToken)
})

const nothing = { user: undefined, password: undefined, basic: undefined, identity: undefined, registry: undefined }

const env = (name: string, binding?: string) => ({ source: "env" as const, name, ...(binding ? { binding } : {}) })
const fixed = (value: string, binding?: string) => ({
  source: "static" as const,
  value,
  ...(binding ? { binding } : {})
})

const asked = (source: string, outcome: Provenance.SourceOutcome) => Provenance.Step.SourceAsked({ source, outcome })

const base64 = (text: string) => Buffer.from(text).toString("base64")

describe("LookupChain.secret", () => {
  it.effect("the first entry that has a value wins", () =>
    Effect.gen(function*() {
      const entries = [env("A"), env("B"), { source: "keyring" as const, service: "s" }, fixed("last")]
      const keyring = FakeKeyring.layer({ s: "kept" })
      assert.strictEqual(yield* secret(entries, { variables: { A: "a", B: "b" }, keyring }), "a")
      assert.strictEqual(yield* secret(entries, { variables: { B: "b" }, keyring }), "b")
      assert.strictEqual(yield* secret(entries, { keyring }), "kept")
      assert.strictEqual(yield* secret(entries), "last")
    }))

  it.effect("an empty chain holds nothing", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* secret([]), undefined)
    }))

  it.effect("a variable that is set and empty is unset", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* secret([env("A"), env("B")], { variables: { A: "", B: "b" } }), "b")
      assert.strictEqual(yield* secret([env("A")], { variables: { A: "" } }), undefined)
    }))

  it.effect("without a keyring the next entry is asked", () =>
    Effect.gen(function*() {
      const entries = [{ source: "keyring" as const, service: "s" }, env("A")]
      const machine = { variables: { A: "a" }, keyring: FakeKeyring.layerUnavailable() }
      assert.strictEqual(yield* secret(entries, machine), "a")
    }))

  it.effect("a newline at the end of a stored secret is no part of it", () =>
    Effect.gen(function*() {
      const keyring = FakeKeyring.layer({ s: "kept\n" })
      assert.strictEqual(yield* secret([{ source: "keyring", service: "s" }], { keyring }), "kept")
      assert.strictEqual(yield* secret([env("A")], { variables: { A: "a\r\n" } }), "a")
      assert.strictEqual(yield* secret([fixed("v\n\n")]), "v\n")
      assert.strictEqual(yield* secret([env("A"), fixed("v")], { variables: { A: "\n" } }), "v")
    }))

  it.effect("records what was asked, and with what result, and no secret", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        yield* secret(
          [env("A"), { source: "keyring", service: "s" }, fixed(canary)],
          { keyring: FakeKeyring.layerUnavailable("no session bus") }
        )
        const provenance = yield* sofar
        assert.deepStrictEqual(provenance.steps, [
          asked("environment variable A", Provenance.SourceOutcome.Missing({ reason: "not set" })),
          asked("keyring s", Provenance.SourceOutcome.Unavailable({ reason: "no session bus" })),
          asked("static value", Provenance.SourceOutcome.Found())
        ])
        assert.deepStrictEqual(provenance.inputs, [{ _tag: "Variable", name: "A", fingerprint: "unset" }])
        assert.notInclude(JSON.stringify(provenance), canary)
      })
    ))
})

describe("LookupChain.credential", () => {
  it.effect("user and password", () =>
    Effect.gen(function*() {
      const entries = [env("U", "username"), env("P", "password")]
      const credentials = yield* found(entries, { variables: { U: "me", P: "pw" } })
      assert.deepStrictEqual(plain(credentials), { ...nothing, user: "me", password: "pw", basic: "me:pw" })
      assert.strictEqual(credentials.origin, "U and P (lookup_chain)")
    }))

  it.effect("each binding has its own order", () =>
    Effect.gen(function*() {
      const entries = [env("U", "username"), env("P", "password"), fixed("you", "username"), fixed("fixed", "password")]
      assert.deepInclude(plain(yield* found(entries, { variables: { P: "pw" } })), { user: "you", password: "pw" })
    }))

  it.effect("a password without a user is sent with a name, which ghcr.io demands", () =>
    Effect.gen(function*() {
      assert.deepInclude(plain(yield* found([fixed("pw", "password")])), { user: "unset", password: "pw" })
    }))

  it.effect("a user name alone is no credential: a docker login is still found after it", () =>
    Effect.gen(function*() {
      assert.isTrue(Option.isNone(yield* credential([fixed("me", "username"), env("P", "password")])))
    }))

  it.effect("tokens", () =>
    Effect.gen(function*() {
      const credentials = yield* found([fixed("i", "identitytoken"), fixed("r", "registrytoken")])
      assert.deepStrictEqual(plain(credentials), { ...nothing, identity: "i", registry: "r" })
    }))

  it.effect("auth is decoded", () =>
    Effect.gen(function*() {
      const credentials = yield* found([env("A", "auth")], { variables: { A: `${base64("me:p:w")}\n` } })
      assert.deepInclude(plain(credentials), { user: "me", password: "p:w", basic: "me:p:w" })
    }))

  it.effect("auth beats user and password, as in a docker config", () =>
    Effect.gen(function*() {
      const entries = [fixed("you", "username"), fixed("other", "password"), fixed(base64("me:pw"), "auth")]
      assert.deepInclude(plain(yield* found(entries)), { user: "me", password: "pw" })
    }))

  it.effect("a bad auth stops the chain, and is not shown", () =>
    Effect.gen(function*() {
      const entries = [env("A", "auth"), fixed("pw", "password")]
      for (const A of [`${canary}!`, base64(canary)]) {
        const error = yield* Effect.flip(credential(entries, { variables: { A } }))
        assert.strictEqual(error._tag, "ConfigInvalid")
        assert.match(
          error.message,
          /^lookup_chain: lookup_chain: the environment variable A holds a value that is .*; allowed: base64 of user:password\.$/
        )
        assert.notInclude(JSON.stringify(error) + error.message, canary)
        assert.notInclude(JSON.stringify(error) + error.message, base64(canary))
      }
    }))

  it.effect("a keyring that fails does not hide what the next entry holds", () =>
    Effect.gen(function*() {
      const entries = [
        { source: "keyring" as const, service: "s", binding: "password" },
        env("P", "password"),
        fixed("me", "username")
      ]
      const machine = { variables: { P: "pw" }, keyring: FakeKeyring.layerUnavailable() }
      assert.deepInclude(plain(yield* found(entries, machine)), { user: "me", password: "pw" })
    }))

  const place = { path: "/w/.tweag-credential-helper.json", at: ["urls", 0, "config"] }

  const about = (entries: Entries, variables: Record<string, string>) =>
    Effect.flatMap(
      decode(entries, ...LookupChain.registryBindings),
      (chain) => Effect.flatten(LookupChain.credential(chain, place).lookup(target))
    ).pipe(
      Effect.provide(on({ variables, keyring: FakeKeyring.layer({ "my org": "kept" }) })),
      Effect.map(({ origin, renew }) => [origin, renew])
    )

  it.effect("its origin names the variables and the entry, and its advice is to set them", () =>
    Effect.gen(function*() {
      const variables = { U: "me", P: "pw", T: "t" }
      assert.deepStrictEqual(yield* about([env("U", "username"), env("P", "password")], variables), [
        "U and P (lookup_chain of urls[0])",
        "set U and P to a login that works"
      ])
      assert.deepStrictEqual(yield* about([env("T", "registrytoken"), env("U", "username")], variables), [
        "T (lookup_chain of urls[0])",
        "set T to a token that works"
      ])
      const stored = { source: "keyring", service: "my org", binding: "password" }
      assert.deepStrictEqual(yield* about([env("U", "username"), stored], variables), [
        "U and the keyring my org (lookup_chain of urls[0])",
        "set U to a login that works and run secret-tool store --label='my org' service 'my org' username ''"
      ])
      assert.deepStrictEqual(yield* about([fixed("pw", "password")], variables), [
        "static value (lookup_chain of urls[0])",
        "correct the lookup_chain of urls[0]"
      ])
    }))

  it.effect("a bad auth is told with the file and the entry", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(about([env("A", "auth")], { A: "!" }))
      assert.strictEqual(
        error.message,
        "/w/.tweag-credential-helper.json: $.urls[0].config.lookup_chain: the environment variable A holds a value that is not base64; allowed: base64 of user:password."
      )
    }))

  it.effect("quotes around a token are left out, and those around a password are not", () =>
    Effect.gen(function*() {
      const entries = [env("T", "registrytoken"), env("U", "username"), env("P", "password")]
      const credentials = yield* found(entries, { variables: { T: "\"t\"", U: "'me'", P: "\"pw\"" } })
      assert.deepInclude(plain(credentials), { registry: "t", user: "'me'", password: "\"pw\"" })
      const auth = yield* found([env("A", "auth")], { variables: { A: `"${base64("me:pw")}"` } })
      assert.deepInclude(plain(auth), { user: "me", password: "pw" })
    }))

  it.effect("a user name whose password is missing is a warning", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        yield* credential([env("U", "username"), env("P", "password")], { variables: { U: "me" } })
        assert.include(
          (yield* sofar).steps.map(Provenance.render),
          "warning: lookup_chain: U found, its password not. A user name alone is no credential: the chain was passed over."
        )
      })
    ))

  it.effect("what to do for a value: a user name takes a password", () =>
    Effect.gen(function*() {
      const entries = [env("U", "username"), env("P", "password"), env("T", "registrytoken"), fixed("x", "auth")]
      const chain = yield* decode(entries, ...LookupChain.registryBindings)
      assert.deepStrictEqual(LookupChain.setup(chain), ["set U and set P", "set T"])
    }).pipe(Effect.provide(on({}))))

  it.effect("an exhausted chain says what was asked", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        yield* credential([env("U", "username"), env("P", "password")], { variables: { U: canary } })
        assert.deepStrictEqual(Provenance.sourcesAsked((yield* sofar).steps), [
          "environment variable U: found",
          "environment variable P: not set",
          "lookup_chain: U found, its password not"
        ])
        assert.notInclude(JSON.stringify(yield* sofar), canary)
      })
    ))

  it.effect.prop(
    "any auth is a credential or a typed error",
    [FastCheck.oneof(FastCheck.base64String(), FastCheck.string())],
    ([value]) => Effect.ignore(credential([fixed(value, "auth")])),
    { fastCheck: { numRuns: 50 } }
  )

  it.effect.prop(
    "any user and password come out as they went in, but for a newline at the end",
    [FastCheck.string({ minLength: 1 }), FastCheck.string({ minLength: 1 })],
    ([user, password]) =>
      Effect.map(found([fixed(`${user}\n`, "username"), fixed(`${password}\n`, "password")]), (credentials) => {
        assert.deepInclude(plain(credentials), { user, password })
      }),
    { fastCheck: { numRuns: 50 } }
  )
})
