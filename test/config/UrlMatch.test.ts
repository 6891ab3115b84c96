import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as UrlMatch from "../../src/config/UrlMatch.ts"

/** The definition of a glob, in exponential time. */
const model = (pattern: string, text: string): boolean => {
  if (pattern === "") return text === ""
  if (pattern[0] === "*") return model(pattern.slice(1), text) || (text !== "" && model(pattern, text.slice(1)))
  return text !== "" && pattern[0] === text[0] && model(pattern.slice(1), text.slice(1))
}

const few = (letters: string, maxLength: number) =>
  FastCheck.string({ unit: FastCheck.constantFrom(...letters), maxLength })

const matches = (texts: Parameters<typeof UrlMatch.make>[0], uri: string) =>
  UrlMatch.matches(UrlMatch.make(texts), { url: new URL(uri), bareHost: false })

const matchesHost = (texts: Parameters<typeof UrlMatch.make>[0], host: string) =>
  UrlMatch.matches(UrlMatch.make(texts), { url: new URL(`https://${host}/`), bareHost: true })

describe("UrlMatch.glob", () => {
  it.prop("agrees with the definition of a glob", [few("ab*", 7), few("ab", 9)], ([pattern, text]) => {
    assert.strictEqual(UrlMatch.glob(pattern, text), model(pattern, text))
  }, { fastCheck: { numRuns: 2000 } })

  it.prop("matches only the string itself if there is no star", [few("ab./", 6), few("ab./", 6)], ([pattern, text]) => {
    assert.strictEqual(UrlMatch.glob(pattern, text), pattern === text)
  })

  it("lets a star match slashes and dots", () => {
    assert.isTrue(UrlMatch.glob("*.example.com", "a.b.example.com"))
    assert.isTrue(UrlMatch.glob("/org/*", "/org/a/b.tar.gz"))
    assert.isFalse(UrlMatch.glob("*.example.com", "evilexample.com"))
    assert.isFalse(UrlMatch.glob("a*a", "a"))
  })

  it("takes no exponential time", () => {
    assert.isFalse(UrlMatch.glob("*a".repeat(200) + "b", "a".repeat(100_000)))
  })
})

describe("UrlMatch.matches", () => {
  it("matches everything if a pattern is absent, empty or a star", () => {
    for (const texts of [{}, { scheme: "", host: "", path: "" }, { scheme: "*", host: "*", path: "**" }]) {
      assert.isTrue(matches(texts, "http://localhost:5000/x"))
      assert.isTrue(matchesHost(texts, "registry.example.com:5000"))
    }
  })

  it("compares schemes for equality", () => {
    assert.isTrue(matches({ scheme: "https" }, "https://h/"))
    assert.isTrue(matches({ scheme: "HTTPS" }, "https://h/"))
    assert.isFalse(matches({ scheme: "https" }, "http://h/"))
    assert.isFalse(matches({ scheme: "grpc" }, "grpcs://h/"))
  })

  it("compares hosts in lower case and in punycode", () => {
    assert.isTrue(matches({ host: "GitHub.com" }, "https://GITHUB.com/x"))
    assert.isTrue(matches({ host: "*.bücher.example" }, "https://cdn.BÜCHER.example/x"))
    assert.isTrue(matches({ host: "*.xn--bcher-kva.example" }, "https://cdn.bücher.example/x"))
    assert.isTrue(matches({ host: "cache.example.com" }, "grpcs://Cache.Example.COM/pkg.Service/Method"))
  })

  it("matches only the default port of the scheme if the pattern has no port", () => {
    assert.isTrue(matches({ host: "ghcr.io" }, "https://ghcr.io:443/v2/"))
    assert.isTrue(matches({ host: "storage.googleapis.com" }, "https://storage.googleapis.com:443/rules_gcs"))
    assert.isTrue(matches({ host: "cache.example.com" }, "grpcs://cache.example.com:443/pkg.Service"))
    assert.isFalse(matches({ host: "ghcr.io" }, "https://ghcr.io:8443/v2/"))
    assert.isFalse(matches({ host: "localhost" }, "http://localhost:5000/"))
  })

  it("matches the port of the pattern", () => {
    assert.isTrue(matches({ host: "localhost:5000" }, "http://localhost:5000/"))
    assert.isTrue(matches({ host: "localhost:*" }, "http://localhost:5000/"))
    assert.isTrue(matches({ host: "localhost*" }, "http://localhost:5000/"))
    assert.isTrue(matches({ host: "ghcr.io:443" }, "https://ghcr.io/"))
    assert.isTrue(matches({ host: "[::1]:5000" }, "http://[::1]:5000/"))
    assert.isFalse(matches({ host: "ghcr.io:443" }, "http://ghcr.io/"))
    assert.isFalse(matches({ host: "localhost:5000" }, "http://localhost:5001/"))
  })

  it("compares paths encoded and decoded, without decoding an encoded slash", () => {
    assert.isTrue(matches({ path: "/tweag/*" }, "https://github.com/tweag/a/b?x=/other/"))
    assert.isTrue(matches({ path: "*.tar.gz" }, "https://h/a/b.tar.gz?download=1#x"))
    assert.isTrue(matches({ path: "/a b/*" }, "https://h/a%20b/c"))
    assert.isTrue(matches({ path: "/a%20b/*" }, "https://h/a%20b/c"))
    assert.isTrue(matches({ path: "/*" }, "https://h/%zz"))
    assert.isFalse(matches({ path: "/tweag/*" }, "https://github.com/tweag%2Fother"))
    assert.isFalse(matches({ path: "/tweag/*" }, "https://github.com/tweag/../other"))
    assert.isFalse(matches({ path: "/tweag/*" }, "https://github.com/other?/tweag/"))
  })

  it("matches a bare host only if the pattern has neither scheme nor path", () => {
    assert.isTrue(matchesHost({ host: "*.example.com" }, "registry.example.com"))
    assert.isTrue(matchesHost({ host: "registry.example.com", path: "*" }, "registry.example.com"))
    assert.isFalse(matchesHost({ host: "registry.example.com", path: "/v2/*" }, "registry.example.com"))
    assert.isFalse(matchesHost({ host: "registry.example.com", scheme: "https" }, "registry.example.com"))
    assert.isFalse(matchesHost({ host: "other.example.com" }, "registry.example.com"))
  })
})
