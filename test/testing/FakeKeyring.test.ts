import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Keyring } from "../../src/platform/Keyring.ts"
import * as FakeKeyring from "../../src/testing/FakeKeyring.ts"

const entries = { "gh:github.com": "token", service: { me: "mine" } }

describe("FakeKeyring", () => {
  it.effect("holds a secret for a service, or for one of its accounts", () =>
    Effect.gen(function*() {
      const { get } = yield* Keyring
      const find = (service: string, account: string) =>
        Effect.map(get(service, account), (secret) => Option.getOrNull(Option.map(secret, Redacted.value)))
      assert.strictEqual(yield* find("gh:github.com", ""), "token")
      assert.strictEqual(yield* find("service", "me"), "mine")
      assert.isNull(yield* find("service", "you"))
      assert.isNull(yield* find("constructor", ""))
    }).pipe(Effect.provide(FakeKeyring.layer(entries))))

  it.effect("can be unavailable", () =>
    Effect.gen(function*() {
      const { get } = yield* Keyring
      assert.strictEqual((yield* Effect.flip(get("service", "me")))._tag, "KeyringUnavailable")
    }).pipe(Effect.provide(FakeKeyring.layerUnavailable())))
})
