import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Keyring } from "../../src/platform/Keyring.ts"
import * as FakeKeyring from "../../src/testing/FakeKeyring.ts"

const entries = { "gh:github.com": "token", service: { me: "mine" } }

describe("FakeKeyring", () => {
  it.effect("holds a secret for a service, or for one of its accounts", () =>
    Effect.gen(function*() {
      const { get } = yield* Keyring
      assert.strictEqual(Redacted.value(yield* get("gh:github.com", "")), "token")
      assert.strictEqual(Redacted.value(yield* get("service", "me")), "mine")
      assert.strictEqual((yield* Effect.flip(get("service", "you")))._tag, "CredentialNotFound")
      assert.strictEqual((yield* Effect.flip(get("constructor", "")))._tag, "CredentialNotFound")
    }).pipe(Effect.provide(FakeKeyring.layer(entries))))

  it.effect("or is not there at all", () =>
    Effect.gen(function*() {
      const { get } = yield* Keyring
      assert.strictEqual((yield* Effect.flip(get("service", "me")))._tag, "SourceUnavailable")
    }).pipe(Effect.provide(FakeKeyring.layerUnavailable())))
})
