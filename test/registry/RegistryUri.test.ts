import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as RegistryUri from "../../src/registry/RegistryUri.ts"

const hex = "d2c94e258dcb3c5ac2798d32e1249e42ef01cba4841c2234249495f87264ac5a"

/** `kind scope`, the reason for being ignored, or the reason for being rejected. */
const told = (uri: string, options?: { readonly allowHttpLoopback?: boolean }): string =>
  Either.match(RegistryUri.classify(uri, options), {
    onLeft: ({ reason }) => reason,
    onRight: (found) => found._tag === "Registry" ? `${found.kind} ${found.scope}` : found.reason
  })

const path = (rest: string) => told(`https://r.example/v2/${rest}`)

const word = FastCheck.constantFrom(
  ...["a", "org", "a.b", "a__b", "a--b", "manifests", "blobs", "tags", "list", "referrers", "uploads", "_catalog", ""],
  ...[
    "A",
    "a..b",
    "%2F",
    "%2e%2e",
    "..",
    ".",
    "%zz",
    "%25",
    "%20",
    "不",
    "latest",
    `sha256:${hex}`,
    "sha256:x",
    "x:",
    "@"
  ]
)

const uris = FastCheck.tuple(
  FastCheck.constantFrom("https://r.example", "https://R.example:443", "https://[::1]:5000", "http://localhost:5000"),
  FastCheck.constantFrom("/v2/", "/v2/", "/v2", "/", "/v2//", "/V2/"),
  FastCheck.array(word, { maxLength: 6 }),
  FastCheck.constantFrom("", "?n=1&last=/v2/x/manifests/y", "#/v2/a/tags/list")
).map(([origin, base, words, rest]) => `${origin}${base}${words.join("/")}${rest}`)

/** The routes of the distribution API that read, as one expression over an already normalised path. */
const name = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*"
const digest = "[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+"
const routes = new RegExp(
  `^/v2/(_catalog|${name}/(tags/list|manifests/(${digest}|\\w[\\w.-]{0,127})|(blobs|referrers)/${digest}))$`
)

describe("RegistryUri.classify", () => {
  it.prop("a scope comes from a route of the distribution API, and from nothing else", [uris], ([uri]) => {
    const found = RegistryUri.classify(uri, { allowHttpLoopback: true })
    const isRegistry = Either.isRight(found) && found.right._tag === "Registry"
    const { pathname } = new URL(uri)
    const decoded = Option.getOrElse(Option.liftThrowable(decodeURIComponent)(pathname), () => "")
    const slashes = decoded.split("/").length === pathname.split("/").length
    assert.strictEqual(isRegistry, slashes && !decoded.includes("%") && routes.test(decoded))
    if (isRegistry) {
      const repository = Option.getOrElse(found.right.repository, () => "")
      assert.strictEqual(
        found.right.scope,
        repository === "" ? "registry:catalog:*" : `repository:${repository}:pull`
      )
    }
  })

  it.prop("the normalised URI means the same", [uris], ([uri]) => {
    const options = { allowHttpLoopback: true }
    assert.strictEqual(told(new URL(uri).href, options), told(uri, options))
  })

  it.prop("no text makes it fail", [FastCheck.oneof(FastCheck.string(), FastCheck.webUrl())], ([text]) => {
    RegistryUri.classify(text)
  })

  it("reference defect 36: referrers and the catalog are served, uploads are not blobs", () => {
    assert.strictEqual(path(`foo/bar/referrers/sha256:${hex}`), "referrers repository:foo/bar:pull")
    assert.strictEqual(path("_catalog"), "catalog registry:catalog:*")
    assert.strictEqual(path("foo/blobs/uploads"), "push-endpoint")
    assert.strictEqual(path("foo/blobs/uploads/a/b"), "push-endpoint")
    assert.strictEqual(path("foo/blobs/uploads/不"), "push-endpoint")
  })

  const cases: Readonly<Record<string, string>> = {
    [`foo/bar/blobs/sha256:${hex}`]: "blob repository:foo/bar:pull",
    "foo/bar/manifests/tags": "manifest repository:foo/bar:pull",
    "foo/bar/manifests/tags/list": "tags repository:foo/bar/manifests:pull",
    "tags/tags/list": "tags repository:tags:pull",
    "foo/blobs/uploads/manifests/latest": "manifest repository:foo/blobs/uploads:pull",
    "foo/tags/list/": "unknown-endpoint",
    "_catalog/x": "unknown-endpoint",
    "_catalog/manifests/x": "invalid-name",
    "tags/list": "unknown-endpoint",
    "blobs/uploads/": "unknown-endpoint",
    "": "base",
    "a/blobs/": "invalid-digest",
    "a/referrers/latest": "invalid-digest",
    "a/manifests/.x": "invalid-reference",
    "a/%6danifests/latest": "manifest repository:a:pull",
    "a/%2e%2e/b/manifests/latest": "manifest repository:b:pull",
    "../../etc/passwd": "not-v2",
    "a%5Cb/manifests/latest": "bad-percent-encoding",
    "a%252Fb/manifests/latest": "bad-percent-encoding",
    "a%0a/manifests/latest": "bad-percent-encoding",
    "a b/manifests/latest": "bad-percent-encoding",
    "a/manifests/latest%00": "bad-percent-encoding",
    "a/manifests/%ff": "bad-percent-encoding"
  }
  for (const [rest, expected] of Object.entries(cases)) {
    it(`/v2/${rest} is ${expected}`, () => assert.strictEqual(path(rest), expected))
  }

  it("what only looks like a URI is rejected, whatever a lenient parser would make of it", () => {
    const texts = [
      "",
      "ghcr.io/v2/a/manifests/b",
      "//ghcr.io/v2/a/manifests/b",
      "https:ghcr.io/v2/a/manifests/b",
      "https:/ghcr.io/v2/a/manifests/b",
      "https:///ghcr.io/v2/a/manifests/b",
      "https://ghcr.io\\v2\\a\\manifests\\b",
      "https://gh\ncr.io/v2/a/manifests/b",
      "https://ghcr.io/v2/a/man\tifests/b",
      "https://"
    ]
    for (const text of texts) assert.strictEqual(told(text), "UriInvalid", text)
    assert.strictEqual(told("localhost:5000/v2/a/manifests/b"), "SchemeUnsupported")
    assert.strictEqual(told("ftp://r.example/v2/a/manifests/b"), "SchemeUnsupported")
  })

  it("userinfo is refused, an empty one as well; an @ in the path is none", () => {
    for (const user of ["u", "u:p", ":p", "", "%40"]) {
      assert.strictEqual(told(`https://${user}@r.example/v2/a/manifests/b`), "UserinfoInUri")
    }
    assert.strictEqual(told("https://r.example/v2/a@b/manifests/c"), "invalid-name")
    assert.strictEqual(told("https://r.example/v2/a/manifests/b?u=x@y"), "manifest repository:a:pull")
  })

  it("http is for this machine alone, and only on request", () => {
    const tags = "/v2/a/tags/list"
    for (const host of ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000", "0x7f.1"]) {
      assert.strictEqual(told(`http://${host}${tags}`, { allowHttpLoopback: true }), "tags repository:a:pull", host)
      assert.strictEqual(told(`http://${host}${tags}`), "SchemeUnsupported", host)
    }
    for (const host of ["r.example", "10.0.0.1", "localhost.r.example", "[::2]", "0.0.0.0", "127.0.0.1.r.example"]) {
      assert.strictEqual(told(`http://${host}${tags}`, { allowHttpLoopback: true }), "SchemeUnsupported", host)
    }
  })
})

describe("RegistryUri.parseBareHost", () => {
  it("reads a host in its canonical form", () => {
    const hosts = {
      "registry.example.com": "registry.example.com",
      "GHCR.io": "ghcr.io",
      "ghcr.io:443": "ghcr.io",
      "localhost:5000": "localhost:5000",
      "[::1]:5000": "[::1]:5000",
      "bücher.example": "xn--bcher-kva.example"
    }
    for (const [text, host] of Object.entries(hosts)) {
      assert.deepStrictEqual(RegistryUri.parseBareHost(text), Option.some(host))
    }
  })

  it("anything more than a host is none", () => {
    const texts = [
      ...["", "https://ghcr.io", "ghcr.io/", "ghcr.io/org", "u@ghcr.io", "ghcr.io?x", "ghcr.io#x", "a b", "a\\b"],
      ...["localhost:", "localhost:5000x", "localhost:99999", "a:b:c", "::1", "%41.io", "a\n.io", "[x]"]
    ]
    for (const text of texts) assert.deepStrictEqual(RegistryUri.parseBareHost(text), Option.none(), text)
  })
})
