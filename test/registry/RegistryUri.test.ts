import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Resource from "../../src/domain/Resource.ts"
import * as RegistryUri from "../../src/registry/RegistryUri.ts"

const hex = "d2c94e258dcb3c5ac2798d32e1249e42ef01cba4841c2234249495f87264ac5a"

const classify = (uri: string) => Either.map(Resource.parse(uri), RegistryUri.classify)

/** `kind scope`, the reason for being ignored, or the reason for being rejected. */
const told = (uri: string): string =>
  Either.match(classify(uri), {
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
    const found = classify(uri)
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
    assert.strictEqual(told(new URL(uri).href), told(uri))
  })

  it.prop("no text makes it fail", [FastCheck.oneof(FastCheck.string(), FastCheck.webUrl())], ([text]) => {
    classify(text)
  })

  it("referrers and the catalog are served, uploads are not blobs", () => {
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
    "a/manifests/latest%00": "bad-percent-encoding",
    "a/manifests/%ff": "bad-percent-encoding"
  }
  for (const [rest, expected] of Object.entries(cases)) {
    it(`/v2/${rest} is ${expected}`, () => assert.strictEqual(path(rest), expected))
  }

  it("http is for this machine alone", () => {
    const tags = "/v2/a/tags/list"
    for (const host of ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"]) {
      assert.strictEqual(told(`http://${host}${tags}`), "tags repository:a:pull", host)
    }
    for (const host of ["r.example", "10.0.0.1", "localhost.r.example", "[::2]", "0.0.0.0", "127.0.0.1.r.example"]) {
      assert.strictEqual(told(`http://${host}${tags}`), "unsupported-scheme", host)
    }
  })

  it("another scheme is not supported, and an @ in a path is part of a name", () => {
    assert.strictEqual(told("ftp://r.example/v2/a/manifests/b"), "unsupported-scheme")
    assert.strictEqual(told("https://r.example/v2/a@b/manifests/c"), "invalid-name")
    assert.strictEqual(told("https://r.example/v2/a/manifests/b?u=x@y"), "manifest repository:a:pull")
  })
})
