import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { Refresh } from "../../src/cache/Freshness.ts"
import { userPassword } from "../../src/domain/Credential.ts"
import type * as TokenExchange from "../../src/registry/TokenExchange.ts"
import * as Tokens from "../../src/registry/Tokens.ts"
import * as Network from "./network.ts"

const credential = (password: string, username = "u") =>
  Option.some({ origin: "o", userPassword: userPassword(username, Redacted.make(password)) })

const get = (changes: Partial<TokenExchange.Request> = {}) =>
  Effect.flatMap(Tokens.Tokens, (tokens) =>
    tokens.get({
      registryUrl: new URL("https://r.example/"),
      challenge: { scheme: "bearer", realm: "https://r.example/token", service: "s" },
      foreign: false,
      scopes: ["repository:a:pull"],
      credential: credential("p"),
      method: "auto",
      trustedRealms: [],
      ...changes
    })).pipe(Effect.map(({ authorization }) => Redacted.value(authorization)))

/** `t0`, `t1`, …; each lives for 100 s, of which it is handed out for 90 s. */
const numbered = () => Network.make((_, count) => Network.token(`t${count}`, ",\"expires_in\":100"))

const layer = ({ layer }: Network.Network) => Layer.provide(Tokens.layer, layer)

describe("Tokens", () => {
  it.effect("one exchange for all who need the same token", () => {
    const network = numbered()
    return Effect.gen(function*() {
      const all = yield* Effect.all(Array.from({ length: 50 }, () => get()), { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(all)], ["Bearer t0"])
      assert.lengthOf(network.sent, 1)
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a token is handed out while enough of its life is left", () =>
    Effect.gen(function*() {
      yield* get()
      yield* TestClock.adjust("89 seconds")
      assert.strictEqual(yield* get(), "Bearer t0")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* get(), "Bearer t1")
    }).pipe(Effect.provide(layer(numbered()))))

  it.effect("whatever an exchange depends on makes another token", () => {
    const network = numbered()
    return Effect.gen(function*() {
      const variants: ReadonlyArray<Partial<TokenExchange.Request>> = [
        {},
        { scopes: ["repository:b:pull"] },
        { scopes: ["repository:a:pull", "x"] },
        { credential: credential("q") },
        { credential: credential("p", "v") },
        { credential: credential(":p", "u") },
        { credential: Option.none() },
        { credential: Option.some({ origin: "o", identityToken: Redacted.make("p") }) },
        { foreign: true },
        { method: "basic" },
        { trustedRealms: ["x.example"] },
        { registryUrl: new URL("https://r.example:8443/") },
        { challenge: { scheme: "bearer", realm: "https://r.example/token" } }
      ]
      const first = yield* Effect.forEach(variants, get)
      assert.lengthOf([...new Set(first)], variants.length)
      assert.deepStrictEqual(yield* Effect.forEach(variants, get), first)
      assert.lengthOf(network.sent, variants.length)
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("where a credential came from does not matter for the token", () =>
    Effect.gen(function*() {
      const moved = Option.map(credential("p"), (credential) => ({ ...credential, origin: "elsewhere" }))
      assert.deepStrictEqual([yield* get(), yield* get({ credential: moved })], ["Bearer t0", "Bearer t0"])
    }).pipe(Effect.provide(layer(numbered()))))

  it.effect("a refusal is not kept", () => {
    const network = Network.make((_, count) => count === 0 ? Network.response(401) : Network.token())
    return Effect.gen(function*() {
      assert.deepInclude(yield* Effect.flip(get()), { _tag: "TokenRefused", reason: "Unauthorized" })
      assert.strictEqual(yield* get(), "Bearer t")
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a registry token is neither exchanged nor kept", () => {
    const network = numbered()
    return Effect.gen(function*() {
      for (const text of ["rt1", "rt2"]) {
        const own = Option.some({ origin: "o", registryToken: Redacted.make(text) })
        assert.strictEqual(yield* get({ credential: own }), `Bearer ${text}`)
      }
      assert.lengthOf(network.sent, 0)
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("Renew takes a new token in the last quarter of the old one's life, once for all who ask", () => {
    const network = numbered()
    const renew = Effect.provideService(get(), Refresh, true)
    return Effect.gen(function*() {
      yield* get()
      yield* TestClock.adjust("67 seconds")
      assert.strictEqual(yield* renew, "Bearer t0")
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual([yield* renew, yield* renew, yield* get()], ["Bearer t1", "Bearer t1", "Bearer t1"])
      assert.lengthOf(network.sent, 2)
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a renewal that fails leaves the good token", () => {
    const network = Network.make((_, count) =>
      count === 0 ? Network.token("t0", ",\"expires_in\":100") : Network.response(500)
    )
    return Effect.gen(function*() {
      yield* get()
      yield* TestClock.adjust("80 seconds")
      yield* Effect.flip(Effect.provideService(get(), Refresh, true))
      assert.strictEqual(yield* get(), "Bearer t0")
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("forgets the tokens of a registry", () =>
    Effect.gen(function*() {
      const tokens = yield* Tokens.Tokens
      yield* get()
      yield* tokens.invalidate("r.exampl")
      assert.strictEqual(yield* get(), "Bearer t0")
      yield* tokens.invalidate("r.example")
      assert.strictEqual(yield* get(), "Bearer t1")
      yield* tokens.invalidate()
      assert.strictEqual(yield* get(), "Bearer t2")
    }).pipe(Effect.provide(layer(numbered()))))
})
