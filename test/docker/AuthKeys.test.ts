import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as AuthKeys from "../../src/docker/AuthKeys.ts"
import { entry, lookup, target, user } from "./fixture.ts"

const hub = "https://index.docker.io/v1/"
const hubNames = ["docker.io", "index.docker.io", "registry-1.docker.io"]

const keys = (all: ReadonlyArray<string>, host: string, repository?: string) =>
  AuthKeys.matching(all, target(host, repository))

describe("AuthKeys", () => {
  it("matches a host in every spelling that docker login has used", () => {
    for (
      const key of [
        "a.io",
        "A.IO",
        "a.io/",
        "a.io:443",
        "a.io/v1/",
        "a.io/v2",
        "https://a.io",
        "HTTPS://A.io:443/",
        "https://a.io/v1/",
        "https://a.io/v2",
        "https://a.io/some/path",
        "http://a.io",
        "http://a.io/v1/"
      ]
    ) {
      assert.deepEqual(keys([key], "a.io"), [key])
      assert.deepEqual(keys([key], "A.IO"), [key])
      assert.deepEqual(keys([key], "a.io:443"), [key])
    }
  })

  it("does not match another host, port or scheme", () => {
    const others = [
      "",
      "/",
      "https://",
      "a.io:5000",
      "a.io:80",
      "xa.io",
      "a.iox",
      "a.io.evil.com",
      "evil.com/a.io",
      "https://evil.com/a.io",
      "*.io",
      "*",
      "oci://a.io",
      "https://user@a.io",
      "https://https://a.io",
      "a.io?x",
      " a.io"
    ]
    assert.deepEqual(keys(others, "a.io"), [])
    assert.deepEqual(keys(["localhost", "localhost:5001"], "localhost:5000"), [])
    assert.deepEqual(keys(["https://[::1]:6555/v2/", "[::1]", "[::1]:443"], "[::1]"), ["[::1]", "[::1]:443"])
  })

  it("orders exact keys first, then https, bare and http, whole hosts before paths, then alphabetically", () => {
    const order = [
      "a.io",
      "https://a.io",
      "https://a.io/",
      "https://a.io/v1/",
      "https://a.io/x",
      "https://a.io/y",
      "A.io",
      "a.io/v1",
      "http://a.io",
      "http://a.io/x"
    ]
    assert.deepEqual(keys([...order].reverse(), "a.io"), order)
  })

  it("matches namespaces by whole path components, the most specific first, before the host", () => {
    const all = [
      "a.io",
      "a.io/b",
      "a.io/b/c",
      "a.io/b/c/d",
      "a.io/b/cc",
      "a.io/bb",
      "A.io/b",
      "https://a.io/b",
      "a.io/b/"
    ]
    assert.deepEqual(keys(all, "a.io", "b/c"), ["a.io/b/c", "a.io/b", "a.io", "https://a.io/b"])
    assert.deepEqual(keys(all, "a.io", "x"), ["a.io", "https://a.io/b"])
    assert.deepEqual(keys(all, "a.io"), ["a.io", "https://a.io/b"])
    assert.deepEqual(keys(["a.io/b"], "a.io", "bb"), [])
  })

  it.effect("does not use the entry of a namespace for its siblings or for the host", () =>
    Effect.gen(function*() {
      const config = { auths: { "test.io/another-repo": entry("neighbour") } }
      assert.strictEqual(yield* user({ config }, "test.io", "my-repo"), "none")
      assert.strictEqual(yield* user({ config }, "test.io"), "none")
      assert.strictEqual(yield* user({ config }, "test.io", "another-repo/sub"), "neighbour")
    }))

  it("matches Docker Hub's own key for each of its host names", () => {
    for (const host of [...hubNames, "INDEX.docker.io", "index.docker.io:443"]) {
      assert.deepEqual(keys([hub], host), [hub])
      assert.strictEqual(AuthKeys.serverKey(host), hub)
      const order = [hub, ...hubNames, "https://docker.io", "https://registry-1.docker.io/v2/", "index.docker.io/v1/"]
      assert.deepEqual(keys([...order].reverse(), host), order)
    }
    assert.deepEqual(keys([hub, "docker.io"], "a.docker.io"), [])
    assert.strictEqual(AuthKeys.serverKey("ghcr.io"), "ghcr.io")
  })

  it("matches Docker Hub's namespaces under each of its host names", () => {
    const all = ["docker.io/library", "index.docker.io/library/busybox", "registry-1.docker.io/library", hub]
    for (const host of hubNames) {
      assert.deepEqual(keys(all, host, "library/busybox"), [
        "index.docker.io/library/busybox",
        "docker.io/library",
        "registry-1.docker.io/library",
        hub
      ])
      assert.deepEqual(keys(all, host, "vendor/x"), [hub])
    }
  })

  it.effect("matches the login of Docker Hub and not its API tokens", () =>
    Effect.gen(function*() {
      const side = { [`${hub}access-token`]: entry("access"), [`${hub}refresh-token`]: entry("refresh") }
      for (const host of hubNames) {
        assert.strictEqual(yield* user({ config: { auths: side } }, host), "none")
        assert.strictEqual(yield* user({ config: { auths: { ...side, [hub]: entry("login") } } }, host), "login")
        const markers = { auths: { [`${hub}access-token`]: {} }, credsStore: "missing" }
        assert.strictEqual(yield* user({ config: markers }, host), "none")
      }
      assert.deepEqual(keys([`index.docker.io/v1/access-token`], "index.docker.io", "v1/access-token"), [])
    }))

  it.effect("continues with the next key after an empty entry", () =>
    Effect.gen(function*() {
      const config = {
        auths: {
          "a.io/b": {},
          "a.io": null,
          "https://a.io": { auth: "", email: "u@x" },
          "http://a.io": entry("http")
        }
      }
      assert.strictEqual(yield* user({ config }, "a.io", "b/c"), "http")
    }))

  it.effect("reports where the credential was found", () =>
    Effect.gen(function*() {
      const { outcome } = yield* lookup({ config: { auths: { "https://a.io/v1/": entry("u") } } }, "a.io")
      assert.deepInclude(outcome, {
        origin: `docker config /home/u/.docker/config.json, $.auths["https://a.io/v1/"]`,
        from: "auths"
      })
    }))

  const host = FastCheck.stringMatching(/^[a-zA-Z0-9.-]{1,8}(:[0-9]{2,4})?$/)
  const part = FastCheck.stringMatching(/^[a-z0-9.:/]{0,6}$/)
  const key = FastCheck.oneof(
    FastCheck.string(),
    FastCheck.tuple(FastCheck.constantFrom("", "http://", "https://", "oci://"), host, part).map((_) => _.join("")),
    FastCheck.constantFrom("a.io", "A.io/v1/", "https://a.io:443", "docker.io", hub, "docker.io/library", "a.io/b")
  )
  const asked = FastCheck.oneof(host, FastCheck.constantFrom("a.io", "a.io:443", ...hubNames))

  /** The host of a key, computed differently than by the code under test. */
  const hostOf = (key: string) =>
    (key.replace(/^https?:\/\//i, "").split("/")[0] ?? "").toLowerCase().replace(/:443$/, "")

  it.prop("never matches another host", [FastCheck.array(key), asked, part], ([all, host, repository]) => {
    const matched = keys(all, host, repository)
    const wanted = hostOf(host)
    for (const key of matched) {
      assert.include(all, key)
      assert.isTrue(hostOf(key) === wanted || (hubNames.includes(wanted) && hubNames.includes(hostOf(key))), key)
    }
    assert.strictEqual(new Set(matched).size, matched.length)
  })

  it.prop("does not depend on the order in the file", [FastCheck.uniqueArray(key), asked], ([all, host]) => {
    assert.deepEqual(keys(all, host, "b/c"), keys([...all].reverse(), host, "b/c"))
  })
})
