import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { ConfigInvalid } from "../../src/config/ConfigError.ts"
import type * as ConfigFile from "../../src/config/ConfigFile.ts"
import { strict } from "./schemas.ts"

const canary = "CANARY-6d1f"

const failText = (text: string) => Effect.flip(strict("c.json", text))

const fail = (file: unknown) => failText(JSON.stringify(file))

const rule = (entry: unknown) => fail({ urls: [{ helper: "null" }, entry] })

const oci = (config: unknown) => rule({ helper: "oci", config })

const entry = (lookupEntry: unknown) => oci({ lookup_chain: [lookupEntry] })

const expectFailure = (
  failure: Effect.Effect<ConfigInvalid, ConfigFile.ConfigFile<unknown>>,
  expected: { readonly at: string; readonly found: string; readonly allowed?: string; readonly suggestion?: string }
) =>
  Effect.map(failure, (error) => {
    assert.strictEqual(error.at, expected.at)
    assert.strictEqual(error.found, expected.found)
    if (expected.allowed !== undefined) assert.strictEqual(error.allowed, expected.allowed)
    assert.strictEqual(error.suggestion, expected.suggestion)
    assert.isTrue(error.message.startsWith(`c.json: ${expected.at}: `))
  })

describe("an invalid configuration file", () => {
  it.effect("reports line and column of a syntax error, and quotes nothing", () =>
    Effect.gen(function*() {
      const error = yield* failText(`{\n  "urls": [{"${canary}": ${canary}}]\n}`)
      assert.strictEqual(error.found, "not valid JSON at line 2, column 28")
      assert.notInclude(error.message, canary)
      assert.strictEqual((yield* failText("")).found, "an empty file")
      assert.strictEqual((yield* failText("{} {}")).found, "not valid JSON at line 1, column 4")
    }))

  it.effect("reports a document that is not an object", () =>
    expectFailure(fail([]), { at: "$", found: "a list", allowed: "an object" }))

  it.effect("suggests a known key for an unknown one", () =>
    Effect.gen(function*() {
      yield* expectFailure(fail({ url: [] }), {
        at: "$.url",
        found: "unknown key \"url\"",
        allowed: "$schema, builtins, urls",
        suggestion: "urls"
      })
      yield* expectFailure(rule({ helper: "oci", hots: "x" }), {
        at: "$.urls[1].hots",
        found: "unknown key \"hots\"",
        allowed: "scheme, host, path, helper, required, config",
        suggestion: "host"
      })
      yield* expectFailure(oci({ "parse docker config": true }), {
        at: "$.urls[1].config[\"parse docker config\"]",
        found: "unknown key \"parse docker config\"",
        suggestion: "parse_docker_config"
      })
      yield* expectFailure(fail(JSON.parse(`{"__proto__": 1, "urls": []}`)), {
        at: "$.__proto__",
        found: "unknown key \"__proto__\""
      })
    }))

  it.effect("reports a wrong type without the value", () =>
    Effect.gen(function*() {
      yield* expectFailure(fail({ builtins: "yes" }), { at: "$.builtins", found: "a string", allowed: "true or false" })
      yield* expectFailure(fail({ urls: {} }), { at: "$.urls", found: "an object", allowed: "a list" })
      yield* expectFailure(fail({ urls: ["x"] }), { at: "$.urls[0]", found: "a string", allowed: "an object" })
      yield* expectFailure(rule({ helper: "oci", host: 5 }), {
        at: "$.urls[1].host",
        found: "a number",
        allowed: "a string"
      })
      yield* expectFailure(rule({ helper: "oci", required: "true" }), {
        at: "$.urls[1].required",
        found: "a string",
        allowed: "true or false"
      })
      yield* expectFailure(oci([]), { at: "$.urls[1].config", found: "a list", allowed: "an object" })
      const realm = `a host such as "auth.example.com", a host with a port, or a URL; there are no wildcards`
      yield* expectFailure(oci({ trusted_realms: ["a", 1] }), {
        at: "$.urls[1].config.trusted_realms[1]",
        found: "a number",
        allowed: realm
      })
      yield* expectFailure(oci({ trusted_realms: [""] }), {
        at: "$.urls[1].config.trusted_realms[0]",
        found: "an empty string",
        allowed: realm
      })
      yield* expectFailure(oci({ trusted_realms: ["*.example.com"] }), {
        at: "$.urls[1].config.trusted_realms[0]",
        found: "a string",
        allowed: realm
      })
      yield* expectFailure(oci({ trusted_realms: ["a b"] }), {
        at: "$.urls[1].config.trusted_realms[0]",
        found: "a string",
        allowed: realm
      })
      yield* expectFailure(oci({ trusted_realms: ["https://"] }), {
        at: "$.urls[1].config.trusted_realms[0]",
        found: "a string",
        allowed: realm
      })
      yield* expectFailure(oci({ trusted_realms: ["u@example.com"] }), {
        at: "$.urls[1].config.trusted_realms[0]",
        found: "a string",
        allowed: realm
      })
    }))

  it.effect("reports an unknown helper", () =>
    Effect.gen(function*() {
      const allowed = `"oci", "github", "null"`
      yield* expectFailure(rule({ helper: "gihub" }), {
        at: "$.urls[1].helper",
        found: "\"gihub\"",
        allowed,
        suggestion: "github"
      })
      yield* expectFailure(rule({ helper: "x".repeat(100) }), {
        at: "$.urls[1].helper",
        found: `"${"x".repeat(60)}…"`,
        allowed
      })
      yield* expectFailure(rule({ helper: "a\n\u001b[31mb" }), { at: "$.urls[1].helper", found: "\"a b\"", allowed })
      yield* expectFailure(rule({ host: "x" }), { at: "$.urls[1].helper", found: "missing", allowed })
    }))

  it.effect("reports a scheme or host that no URI can have", () =>
    Effect.gen(function*() {
      yield* expectFailure(rule({ helper: "oci", scheme: "https://" }), {
        at: "$.urls[1].scheme",
        found: "\"https://\"",
        allowed: `a URI scheme such as "https", without ":"`,
        suggestion: "https"
      })
      yield* expectFailure(rule({ helper: "oci", host: "https://ghcr.io" }), {
        at: "$.urls[1].host",
        found: "\"https://ghcr.io\"",
        allowed: `a host pattern such as "*.example.com" or "localhost:*", without scheme and path`,
        suggestion: "ghcr.io"
      })
    }))

  it.effect("suggests a known word for an unknown one", () =>
    expectFailure(oci({ token_exchange_method: "oauth" }), {
      at: "$.urls[1].config.token_exchange_method",
      found: "\"oauth\"",
      allowed: `"auto", "oauth2", "basic"`,
      suggestion: "oauth2"
    }))

  it.effect("reports a source that only other versions have", () =>
    Effect.gen(function*() {
      const at = "$.urls[1].config.lookup_chain[0].source"
      const allowed = `"env", "keyring", "static"`
      for (const source of ["google", "file", "command", "netrc"]) {
        yield* expectFailure(entry({ source, binding: "password", token_type: "jwt" }), {
          at,
          found: `"${source}", which this version does not have`,
          allowed
        })
      }
      yield* expectFailure(entry({ source: "keyrign", service: "x" }), {
        at,
        found: "\"keyrign\"",
        allowed,
        suggestion: "keyring"
      })
      yield* expectFailure(entry({ name: "x" }), { at, found: "missing", allowed })
    }))

  it.effect("reports errors in an entry of a lookup chain", () =>
    Effect.gen(function*() {
      const at = "$.urls[1].config.lookup_chain[0]"
      const bindings = `"username", "password", "auth", "identitytoken", "registrytoken"`
      yield* expectFailure(entry("GH_TOKEN"), { at, found: "a string", allowed: "an object" })
      yield* expectFailure(entry({ source: "env", binding: "password" }), {
        at: `${at}.name`,
        found: "missing",
        allowed: "a name"
      })
      yield* expectFailure(entry({ source: "env", name: "", binding: "password" }), {
        at: `${at}.name`,
        found: "an empty string",
        allowed: "a name"
      })
      yield* expectFailure(entry({ source: "keyring", binding: "password" }), { at: `${at}.service`, found: "missing" })
      yield* expectFailure(entry({ source: "keyring", service: "a", name: "b", binding: "password" }), {
        at: `${at}.name`,
        found: "a string",
        allowed: `nothing, since "service" is given and means the same`
      })
      yield* expectFailure(entry({ source: "env", name: "A", service: "b", binding: "password" }), {
        at: `${at}.service`,
        found: "unknown key \"service\"",
        allowed: "source, name, binding"
      })
      yield* expectFailure(entry({ source: "env", name: "A", binding: "user" }), {
        at: `${at}.binding`,
        found: "\"user\"",
        allowed: bindings,
        suggestion: "username"
      })
      yield* expectFailure(entry({ source: "env", name: "A" }), {
        at: `${at}.binding`,
        found: "missing",
        allowed: bindings
      })
      yield* expectFailure(
        rule({ helper: "github", config: { lookup_chain: [{ source: "env", name: "A", binding: "password" }] } }),
        { at: `${at}.binding`, found: "\"password\"", allowed: `"default"` }
      )
    }))

  it.effect("never shows a static value", () =>
    Effect.gen(function*() {
      const good = { source: "static", value: canary, binding: "password" }
      const failures = [
        { ...good, name: canary },
        { ...good, value: [canary] },
        { ...good, value: { canary } },
        { ...good, value: undefined, name: [canary] },
        { ...good, binding: "paswd" },
        { ...good, binding: undefined },
        { ...good, service: canary },
        { ...good, source: "statik" },
        [good],
        canary
      ]
      for (const failure of failures) {
        const error = yield* entry(failure)
        assert.notInclude(`${error.message}${JSON.stringify(error)}${String(error.stack)}`, canary)
        assert.strictEqual(error.cause, undefined)
      }
    }))
})

const valid = {
  $schema: "https://example.com/schema.json",
  builtins: false,
  urls: [
    { scheme: "https", host: "*.example.com", path: "/v2/*", helper: "oci", required: true },
    {
      helper: "oci",
      config: {
        parse_docker_config: false,
        token_exchange_method: "basic",
        trusted_realms: ["auth.example.com"],
        lookup_chain: [
          { source: "static", value: canary, binding: "password" },
          { source: "keyring", service: "s", binding: "auth" },
          { source: "env", name: "N", binding: "username" }
        ]
      }
    },
    { helper: "s3", config: { region: "x" } }
  ]
}

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Replaces, adds or removes a value at a random depth. */
const mutate = (value: Json, seeds: ReadonlyArray<number>, into: Json): Json => {
  const [seed, ...rest] = seeds
  if (seed === undefined || value === null || typeof value !== "object") return into
  if (Array.isArray(value)) {
    const at = seed % (value.length + 1)
    return seed % 7 === 0 ? value.toSpliced(at, 1) : value.toSpliced(at, 1, mutate(value[at] ?? null, rest, into))
  }
  const entries = Object.entries(value)
  const at = seed % (entries.length + 1)
  const [key, inner] = entries[at] ?? [`key${seed % 3}`, null]
  if (seed % 7 === 0) return Object.fromEntries(entries.toSpliced(at, 1))
  if (seed % 5 === 0) return Object.fromEntries(entries.toSpliced(at, 1, [`${key}x`, inner]))
  return Object.fromEntries(entries.toSpliced(at, 1, [key, mutate(inner, rest, into)]))
}

describe("any configuration file", () => {
  const check = (text: string) =>
    Effect.map(Effect.either(strict("c.json", text)), (result) => {
      if (Either.isRight(result)) return
      assert.instanceOf(result.left, ConfigInvalid)
      assert.notInclude(result.left.message, canary)
      assert.isBelow(result.left.message.length, 1500)
      assert.notMatch(result.left.message, /\n/)
    })

  it.effect.prop("loads, or fails with a typed error, if it is a string", [FastCheck.string()], ([text]) => check(text))

  it.prop(
    "loads, or fails with a typed error, if it is JSON",
    [FastCheck.json()],
    ([text]) => Effect.runSync(check(text))
  )

  it.prop(
    "loads, or fails with a typed error that shows no value, if it is a mutated valid one",
    [FastCheck.array(FastCheck.nat(), { minLength: 1, maxLength: 7 }), FastCheck.jsonValue()],
    ([seeds, into]) => Effect.runSync(check(JSON.stringify(mutate(valid, seeds, into as Json)))),
    { fastCheck: { numRuns: 1500 } }
  )
})
