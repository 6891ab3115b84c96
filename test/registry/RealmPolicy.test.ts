import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as RealmPolicy from "../../src/registry/RealmPolicy.ts"

const ask = (registry: string, realm: string, options: Partial<RealmPolicy.Question> = {}) =>
  RealmPolicy.decide({
    registryUrl: new URL(registry.includes("://") ? registry : `https://${registry}`),
    realm: realm.startsWith("<") ? realm.slice(1) : realm.includes("://") ? realm : `https://${realm}/token`,
    hasCredentials: true,
    trustedRealms: [],
    ...options
  }).pipe(Effect.catchAll(({ reason }) => Effect.succeed(reason)))

const registry = "registry.example.com"

describe("RealmPolicy", () => {
  it.effect("a credential goes to the registry's own party", () =>
    Effect.gen(function*() {
      const same: ReadonlyArray<readonly [string, string]> = [
        [registry, registry],
        [registry, "auth.example.com"],
        [registry, "example.com:8443"],
        ["registry.example.co.uk", "auth.example.co.uk"],
        ["a.azurecr.io", "a.azurecr.io"],
        ["us-docker.pkg.dev", "us-docker.pkg.dev"],
        ["org.app.snowflake.com", "org.app.snowflake.com"],
        ["eu.gcr.io", "gcr.io"],
        ["docker.io", "auth.docker.io"],
        ["nvcr.io", "authn.nvidia.com"],
        ["lscr.io", "ghcr.io"],
        ["registry.redhat.io", "sso.redhat.com"],
        ["8.8.8.8", "8.8.8.8"]
      ]
      for (const [one, other] of same) assert.strictEqual(yield* ask(one, other), "allow", `${one} ${other}`)
    }))

  it.effect("a credential does not go to another party; without one, anybody may be asked", () =>
    Effect.gen(function*() {
      const other: ReadonlyArray<readonly [string, string]> = [
        [registry, "evil.example.net"],
        [registry, "evilexample.com"],
        [registry, "registry.example.com.evil.net"],
        ["a.co.uk", "b.co.uk"],
        ["a.github.io", "b.github.io"],
        ["a.azurecr.io", "b.azurecr.io"],
        ["us-docker.pkg.dev", "eu-docker.pkg.dev"],
        ["1.dkr.ecr.eu-central-1.amazonaws.com", "2.dkr.ecr.eu-central-1.amazonaws.com"],
        ["a.registry.snowflakecomputing.com", "b.registry.snowflakecomputing.com"],
        ["ghcr.io", "lscr.io"],
        ["nvcr.io:8443", "authn.nvidia.com"],
        ["nvcr.io", "authn.nvidia.com:8443"],
        ["8.8.8.8", "8.8.4.4"],
        [registry, "8.8.8.8"],
        [registry, "com"]
      ]
      for (const [one, realm] of other) {
        assert.strictEqual(yield* ask(one, realm), "RealmNotTrusted", `${one} ${realm}`)
        assert.strictEqual(yield* ask(one, realm, { hasCredentials: false }), "allow-anonymous", `${one} ${realm}`)
      }
    }))

  it.effect("trusted_realms are hosts, hosts with a port, or URLs, and match exactly", () =>
    Effect.gen(function*() {
      const trust = (realm: string, ...trustedRealms: ReadonlyArray<string>) => ask(registry, realm, { trustedRealms })
      assert.strictEqual(yield* trust("auth.other.net", "x.net", "AUTH.other.net"), "allow")
      assert.strictEqual(yield* trust("auth.other.net:8443", "auth.other.net:8443"), "allow")
      assert.strictEqual(yield* trust("auth.other.net:443", "auth.other.net"), "allow")
      assert.strictEqual(yield* trust("auth.other.net", "https://auth.other.net/token"), "allow")
      for (const entry of ["other.net", "*.other.net", "auth.other.net:8443", "", "a b", "https://"]) {
        assert.strictEqual(yield* trust("auth.other.net", entry), "RealmNotTrusted", entry)
      }
      assert.strictEqual(yield* trust("auth.other.net:8443", "auth.other.net"), "RealmNotTrusted")
    }))

  const places = [
    ...["localhost", "x.localhost", "localhost.", "LOCALHOST", "127.0.0.1", "127.1", "0x7f.1", "2130706433"],
    ...["0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a00:1]", "[64:ff9b::a00:1]"],
    ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.0.1"],
    ...["0.0.0.0", "[::]", "224.0.0.1", "255.255.255.255", "[fe80::1]", "[fd00::1]", "[fc00::1]", "[ff02::1]"],
    ...["metadata.google.internal", "x.internal."]
  ]

  it.effect("a service inside of the network is not asked, with or without a credential", () =>
    Effect.gen(function*() {
      for (const place of places) {
        for (const hasCredentials of [true, false]) {
          const trustedRealms = [place]
          assert.strictEqual(
            yield* ask(registry, place, { hasCredentials, trustedRealms }),
            "RealmPrivateAddress",
            place
          )
        }
      }
      for (
        const place of ["11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "[2001:db8::1]", "internal.example"]
      ) {
        assert.strictEqual(yield* ask(registry, place, { hasCredentials: false }), "allow-anonymous", place)
      }
    }))

  it.effect("a registry inside of the network may be its own token service, on the same port", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* ask("10.0.0.1:5000", "10.0.0.1:5000"), "allow")
      assert.strictEqual(yield* ask("10.0.0.1:5000", "10.0.0.1:5001"), "RealmPrivateAddress")
      assert.strictEqual(yield* ask("http://localhost:5000", "http://localhost:5000/t"), "allow")
      assert.strictEqual(yield* ask("http://localhost:5000", "https://localhost:5000/t"), "allow")
      assert.strictEqual(yield* ask("http://localhost:5000", "http://127.0.0.1:5000/t"), "RealmPrivateAddress")
    }))

  it.effect("http is never the way from https, nor the way of a credential to another host", () =>
    Effect.gen(function*() {
      for (const hasCredentials of [true, false]) {
        assert.strictEqual(yield* ask(registry, `http://${registry}/t`, { hasCredentials }), "RealmDowngrade")
        assert.strictEqual(yield* ask(registry, "http://127.0.0.1/t", { hasCredentials }), "RealmDowngrade")
      }
      const trustedRealms = ["auth.other.net"]
      assert.strictEqual(
        yield* ask("http://localhost:5000", "http://auth.other.net/t", { trustedRealms }),
        "RealmDowngrade"
      )
    }))

  it.effect("a realm is an absolute http(s) URL without a user", () =>
    Effect.gen(function*() {
      const realms = [
        ...["", "/token", "token", "//auth.example.com/token", "ftp://example.com/", "file:///etc/passwd", "https:"],
        ...["https://u@registry.example.com/", "https://u:p@registry.example.com/", "https://@registry.example.com/"],
        ...[
          "https://registry.example.com\\@evil.net/",
          "javascript:alert(1)",
          "https:///registry.example.com/",
          "https"
        ]
      ]
      for (const realm of realms) assert.strictEqual(yield* ask(registry, `<${realm}`), "RealmInvalid", realm)
      assert.strictEqual(yield* ask(registry, `<https://${registry}/t?x=a@b#f`), "allow")
    }))

  it.effect("the error names both hosts, and neither path nor query", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(RealmPolicy.decide({
        registryUrl: new URL(`https://${registry}`),
        realm: "https://evil.example.net:8443/token?secret=canary",
        hasCredentials: true,
        trustedRealms: []
      }))
      assert.include(error.message, registry)
      assert.include(error.message, `"trusted_realms": ["evil.example.net:8443"]`)
      assert.notInclude(error.message, "canary")
    }))

  const host = FastCheck.constantFrom(
    ...["registry.example.com", "auth.example.com", "a.azurecr.io", "b.azurecr.io", "ghcr.io", "8.8.8.8", "localhost"],
    ...["10.0.0.1", "evil.net", "[::1]", "co.uk"]
  )

  it.effect.prop(
    "a credential never goes where an anonymous request may not go",
    [host, host, FastCheck.constantFrom("http", "https"), FastCheck.array(host, { maxLength: 2 })],
    ([one, other, scheme, trustedRealms]) =>
      Effect.gen(function*() {
        const at = (hasCredentials: boolean) => ask(one, `${scheme}://${other}/t`, { hasCredentials, trustedRealms })
        if ((yield* at(true)) === "allow") assert.strictEqual(yield* at(false), "allow")
        if (scheme === "http") assert.strictEqual(yield* at(true), "RealmDowngrade")
      })
  )
})
