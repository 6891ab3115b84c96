import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as RealmPolicy from "../../src/registry/RealmPolicy.ts"

const ask = (registry: string, realm: string, options: Partial<RealmPolicy.Question> = {}) =>
  RealmPolicy.decide({
    registryUrl: new URL(registry.includes("://") ? registry : `https://${registry}`),
    realm: realm.startsWith("<") ? realm.slice(1) : realm.includes("://") ? realm : `https://${realm}/token`,
    hasCredentials: true,
    trustedRealms: [],
    ...options
  }).pipe(Effect.match({ onFailure: ({ reason }) => reason, onSuccess: ({ decision }) => decision }))

/** Where the request is sent. */
const asked = (registry: string, realm: string, ...trustedRealms: ReadonlyArray<string>) =>
  RealmPolicy.decide({ registryUrl: new URL(registry), realm, hasCredentials: true, trustedRealms }).pipe(
    Effect.match({ onFailure: ({ reason }) => reason, onSuccess: ({ realm }) => realm.href })
  )

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
        ["rg.fr-par.scw.cloud", "api.scaleway.com"],
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

  const metadata = [
    ...["169.254.169.254", "169.254.0.23", "100.100.100.200", "168.63.129.16", "2852039166", "0xa9fea9fe"],
    ...["[fd00:ec2::254]", "[fd20:ce::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]"],
    ...["metadata.google.internal", "METADATA.google.internal.", "metadata", "metadata.goog", "instance-data"],
    ...["instance-data.ec2.internal", "[fe80::a9fe:a9fe]"]
  ]

  it.effect("a service inside of the network is asked only if the user names it", () =>
    Effect.gen(function*() {
      for (const place of places.filter((place) => !metadata.includes(place))) {
        for (const hasCredentials of [true, false]) {
          const at = (...trustedRealms: ReadonlyArray<string>) =>
            ask(registry, place, { hasCredentials, trustedRealms })
          assert.strictEqual(yield* at(), "RealmPrivateAddress", place)
          assert.strictEqual(yield* at(`${place}:8443`), "RealmPrivateAddress", place)
          assert.strictEqual(yield* at(place), "allow", place)
        }
      }
      for (
        const place of ["11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "[2001:db8::1]", "internal.example"]
      ) {
        assert.strictEqual(yield* ask(registry, place, { hasCredentials: false }), "allow-anonymous", place)
      }
    }))

  it.effect("a cloud metadata service is never asked, whatever the user names", () =>
    Effect.gen(function*() {
      for (const place of metadata) {
        for (const from of [registry, `${place}:5000`, "http://localhost:5000"]) {
          for (const realm of [`https://${place}/token`, `http://${place}/token`]) {
            for (const hasCredentials of [true, false]) {
              const got = yield* ask(from, realm, { hasCredentials, trustedRealms: [place] })
              assert.strictEqual(got, "RealmPrivateAddress", `${from} ${realm}`)
            }
          }
        }
      }
    }))

  it.effect("another port of the same host, and another service of the same machine, need no setting", () =>
    Effect.gen(function*() {
      const pairs: ReadonlyArray<readonly [registry: string, realm: string]> = [
        ["https://10.0.0.1:5000", "https://10.0.0.1:5000/t"],
        ["https://10.0.0.1:5000", "https://10.0.0.1:5001/t"],
        ["https://[fd00::1]:5000", "https://[fd00::1]/t"],
        ["https://harbor.corp.internal", "https://harbor.corp.internal:8443/t"],
        ["https://a.azurecr.io", "https://a.azurecr.io:8443/t"],
        ["http://localhost:5000", "http://localhost:5000/t"],
        ["http://localhost:5000", "https://localhost:5000/t"],
        ["http://localhost:5000", "http://localhost:5001/t"],
        ["http://127.0.0.1:5000", "http://localhost:5001/t"],
        ["http://localhost:5000", "http://[::1]:5001/t"],
        ["https://localhost:5000", "http://localhost:5001/t"]
      ]
      for (const [one, other] of pairs) {
        assert.strictEqual(yield* asked(one, other), other, `${one} ${other}`)
        assert.strictEqual(yield* ask(one, other, { hasCredentials: false }), "allow", `${one} ${other}`)
      }
      assert.strictEqual(yield* ask("10.0.0.1:5000", "10.0.0.2:5001"), "RealmPrivateAddress")
      assert.strictEqual(yield* ask("http://localhost:5000", "10.0.0.1"), "RealmPrivateAddress")
    }))

  it.effect("a realm over http on a host that has https is asked over https", () =>
    Effect.gen(function*() {
      const own = `http://${registry}/t?x=1`
      assert.strictEqual(yield* asked(`https://${registry}`, own), `https://${registry}/t?x=1`)
      assert.strictEqual(
        yield* asked(`https://${registry}:8443`, `http://${registry}:8443/t`),
        `https://${registry}:8443/t`
      )
      assert.strictEqual(yield* asked("https://localhost:5000", "http://localhost:5000/t"), "https://localhost:5000/t")
      assert.strictEqual(
        yield* asked(`https://${registry}`, "http://auth.corp.internal/t", "auth.corp.internal"),
        "https://auth.corp.internal/t"
      )
      assert.strictEqual(
        yield* asked("http://localhost:5000", "http://auth.other.net/t", "http://auth.other.net"),
        "https://auth.other.net/t"
      )
    }))

  it.effect("http is never the way from https, nor the way of a credential to another host", () =>
    Effect.gen(function*() {
      for (const hasCredentials of [true, false]) {
        for (const realm of ["http://auth.example.com/t", "http://auth.other.net/t", "http://127.0.0.1/t"]) {
          assert.strictEqual(yield* ask(registry, realm, { hasCredentials }), "RealmDowngrade", realm)
        }
      }
      assert.strictEqual(yield* ask("http://localhost:5000", "http://auth.other.net/t"), "RealmNotTrusted")
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
      assert.include(error.message, `{"host": "${registry}", "helper": "oci"}`)
      assert.include(error.message, ".tweag-credential-helper.json")
      assert.notInclude(error.message, "operator")
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
      })
  )

  it.effect.prop(
    "a credential goes over https, or to this machine",
    [host, host, FastCheck.constantFrom("http", "https"), FastCheck.array(host, { maxLength: 2 })],
    ([one, other, scheme, trustedRealms]) =>
      Effect.gen(function*() {
        const got = yield* asked(`https://${one}`, `${scheme}://${other}/t`, ...trustedRealms)
        assert.match(got, /^(?:Realm\w+|https:\/\/.*|http:\/\/(?:localhost|\[::1\])\/t)$/)
      })
  )

  it.effect.prop(
    "following the advice of a refusal makes the realm allowed",
    [host, host, FastCheck.constantFrom("http", "https"), FastCheck.boolean(), FastCheck.constantFrom("", ":8443")],
    ([one, other, scheme, hasCredentials, port]) =>
      Effect.gen(function*() {
        const question = {
          registryUrl: new URL(`https://${one}`),
          realm: `${scheme}://${other}${port}/t`,
          hasCredentials,
          trustedRealms: []
        }
        const error = yield* Effect.flip(RealmPolicy.decide(question)).pipe(Effect.option)
        if (Option.isNone(error)) return
        const [, advised = ""] = /"trusted_realms": \["([^"]+)"\]/.exec(error.value.message) ?? []
        const { decision } = yield* RealmPolicy.decide({ ...question, trustedRealms: [advised] })
        assert.strictEqual(decision, "allow")
      })
  )
})
