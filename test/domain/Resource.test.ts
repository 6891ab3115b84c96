import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Resource from "../../src/domain/Resource.ts"
import * as Url from "../../src/domain/Url.ts"

const parsed = (text: string) => Either.getOrThrow(Resource.parse(text))

const reasonOf = (text: string): string =>
  Either.match(Resource.parse(text), { onLeft: ({ reason }) => reason, onRight: ({ host }) => `accepted as ${host}` })

describe("Resource.parse", () => {
  it.each([
    ["ghcr.io", "ghcr.io"],
    ["GHCR.IO", "ghcr.io"],
    ["localhost:5000", "localhost:5000"],
    ["ghcr.io:443", "ghcr.io"],
    ["[::1]:5000", "[::1]:5000"],
    ["[0:0:0:0:0:0:0:1]", "[::1]"]
  ])("reads %s as the bare host %s", (text, host) => {
    const resource = parsed(text)
    assert.isTrue(resource.bareHost)
    assert.strictEqual(resource.host, host)
    assert.strictEqual(resource.label, host)
    assert.deepStrictEqual(Resource.parseBareHost(text), Option.some(host))
  })

  it.each([
    ["https://ghcr.io/v2/a/b/manifests/latest", "ghcr.io", "ghcr.io/v2/a/b/manifests/latest"],
    ["https://GHCR.io:443/v2/?q=secret#part", "ghcr.io", "ghcr.io/v2/"],
    ["https://user:secret@ghcr.io/v2/", "ghcr.io", "ghcr.io/v2/"],
    ["http://[::1]:5000/v2/", "[::1]:5000", "[::1]:5000/v2/"],
    ["file:///x", "", "file:"]
  ])("reads %s with the host \"%s\" and the label %s", (text, host, label) => {
    const resource = parsed(text)
    assert.isFalse(resource.bareHost)
    assert.strictEqual(resource.host, host)
    assert.strictEqual(resource.label, label)
  })

  it("reads the host of a grpcs URI", () => {
    assert.strictEqual(parsed("grpcs://remote.example.com/a").host, "remote.example.com")
  })

  it("gives one host to two spellings of a grpcs URI", () => {
    assert.strictEqual(parsed("grpcs://Remote.Example.com/a").host.toLowerCase(), "remote.example.com")
  })

  it.each(["X-Amz-Signature", "x-amz-signature", "X-Goog-Signature", "Signature", "SIG", "sig"])(
    "takes the query parameter %s for a signature",
    (name) => assert.isTrue(parsed(`https://r.example/a?b=c&${name}=1`).presigned)
  )

  it.each(["https://r.example/sig", "https://r.example/?signed=1", "https://r.example/#sig=1"])(
    "finds no signature in %s",
    (text) => assert.isFalse(parsed(text).presigned)
  )

  it.each([
    ["https://user@ghcr.io/", "user", false],
    ["https://us%40er@ghcr.io/", "us@er", false],
    ["https://user:@ghcr.io/", "user", false],
    ["https://user:pass@ghcr.io/", "user", true],
    ["https://:pass@ghcr.io/", "", true],
    ["https://@ghcr.io/", "", false],
    ["https://ghcr.io/@user", "", false],
    ["https://ghcr.io/?a=b@c", "", false]
  ])("reads the userinfo of %s: user %j, password %s", (text, user, password) => {
    const resource = parsed(text)
    assert.strictEqual(Option.match(resource.user, { onNone: () => "", onSome: Redacted.value }), user)
    assert.strictEqual(resource.password, password)
    assert.notInclude(resource.url.href.replace("/@user", "").replace("=b@c", ""), "@")
  })

  it.each(["https://bücher.example/", "https://ｇｈｃｒ.io/", "bücher.example"])(
    "marks the host of %s as outside ASCII",
    (text) => assert.isFalse(parsed(text).asciiHost)
  )

  it("derives different keys from different texts, without the text in them", () => {
    const texts = ["ghcr.io", "https://ghcr.io/", "https://ghcr.io/?sig=a", "https://ghcr.io/?sig=b"]
    assert.strictEqual(new Set(texts.map((text) => parsed(text).key)).size, texts.length)
    for (const text of texts) {
      assert.notInclude(parsed(text).key, text)
      assert.strictEqual(Redacted.value(parsed(text).text), text)
    }
  })
})

const refused: ReadonlyArray<string> = [
  "https:ghcr.io/v2/a",
  "https:\\\\ghcr.io\\v2",
  "https://ghcr.io\t/v2/",
  "https://gh\tcr.io/v2/",
  "https://ghcr.io/v2/\n",
  "https://gh\rcr.io/",
  "https://ghcr.io/\0",
  "https://ghcr.io/a b",
  " https://ghcr.io/",
  "https://ghcr .io/",
  "https:///ghcr.io/",
  "https://0x7f.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://127.0.0.01/",
  "https://gh%63r.io/",
  "https://ghcr.io%2f.evil.example/",
  "https://a@b@c/",
  "https://evil.example\\@ghcr.io/",
  "https://[fe80::1%25eth0]/",
  "not a uri",
  ""
]

describe("Resource.parse refuses", () => {
  it.each(refused.map((text) => [JSON.stringify(text), text] as const))("%s", (_, text) => {
    assert.include(["UriInvalid", "UriAmbiguous"], reasonOf(text))
  })

  it("not for a character of Latin-1, however often it was asked", () => {
    // URL.canParse of Node.js 20 refuses the host after some thousand calls.
    const read = () => Either.isRight(Resource.parse("https://bücher.example/v2/"))
    assert.isTrue(Array.from({ length: 20_000 }, read).every(Boolean))
  })

  it("without the text in its message or its JSON", () => {
    const secret = "s3cr3t-value"
    for (const text of [`https:ghcr.io/${secret}`, `https://a@${secret}@c/`, `${secret} x`, `https://g/${secret}\n`]) {
      const error = Either.getOrThrow(Either.flip(Resource.parse(text)))
      assert.notInclude(`${error.message} ${JSON.stringify(error)}`, secret)
    }
  })
})

/** RFC 3986: the split of appendix B, then the authority of section 3.2 by hand. `undefined`: not of the grammar. */
const strictHost = (uri: string): string | undefined => {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1]
  if (authority === undefined) return undefined
  const at = authority.indexOf("@")
  // The characters of the userinfo are not compared: they do not end up in the host.
  const [, host] = /^(\[[^\]]*\]|[^:]*)(?::[0-9]*)?$/.exec(authority.slice(at + 1)) ?? []
  if (host === undefined) return undefined
  if (host.startsWith("[")) return Option.getOrUndefined(Url.parse(`http://${host}/`))?.hostname
  return /^(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/.test(host) ? host.toLowerCase() : undefined
}

const good = FastCheck.constantFrom(
  "https://ghcr.io/v2/org/image/manifests/latest",
  "https://github.com/org/repo/releases/download/v1/a.zip",
  "http://[2001:DB8::1]:5000/v2/",
  "https://user:password@r.example:8443/a?b=c#d",
  "https://127.0.0.1:5000/v2/",
  "grpcs://remote.example.com/a"
)

const piece = FastCheck.constantFrom(
  ...["/", "\\", "?", "#", ":", "@", "//", "\t", "\n", "\r", "\0", " ", "%2f", "%40", "%63", "%", "[", "]", ".", "-"],
  ...["evil.example", "0x7f.1", "127.1", "017", "ü", "ｇ", "。", "\u00ad", "\u2028", "@evil.example", ":443", "::1"]
)

const mutated = FastCheck.tuple(
  good,
  FastCheck.array(FastCheck.tuple(FastCheck.nat(30), piece), { maxLength: 3 })
).map(([uri, edits]) => edits.reduce((text, [at, piece]) => text.slice(0, at) + piece + text.slice(at), uri))

describe("an accepted URI", () => {
  it("has the host that RFC 3986 gives it", () => {
    let accepted = 0
    FastCheck.assert(
      FastCheck.property(mutated, (text) => {
        const resource = Resource.parse(text)
        if (Either.isLeft(resource) || !resource.right.asciiHost || resource.right.bareHost) return
        if (resource.right.url.host === "") return
        accepted++
        assert.strictEqual(strictHost(text), resource.right.url.hostname.toLowerCase(), JSON.stringify(text))
      }),
      { numRuns: 5000 }
    )
    assert.isAbove(accepted, 500)
  })
})
