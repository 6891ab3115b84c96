/**
 * What is asked for: a URI, or a registry's bare host. It is made once, from the text of the request, and no later module
 * parses a URI again.
 *
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import { ExitCode } from "./ExitCode.ts"
import * as Url from "./Url.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Resource {
  /** As the caller wrote it. It may carry a password or a signature. */
  readonly text: Redacted.Redacted
  /** As WHATWG URL reads it, without user and password; for a bare host the registry's base, `https://host/`. */
  readonly url: URL
  /** Host in its URL form, and port unless it is the scheme's own: `ghcr.io`, `localhost:5000`. */
  readonly host: string
  /** A host without scheme and path: a registry as a whole. */
  readonly bareHost: boolean
  /** The user that the URI names; a hint which account is meant. */
  readonly user: Option.Option<Redacted.Redacted>
  /** The URI carries a password, which its client sends. */
  readonly password: boolean
  /** The query holds a signature; an object store refuses another authorization beside it. */
  readonly presigned: boolean
  /** The host is written in ASCII. Parsers map other characters in different ways (UTS 46, IDNA 2003). */
  readonly asciiHost: boolean
  /** Host and path for people to read: no user, no query. */
  readonly label: string
  /** A digest of the text, safe to store. */
  readonly key: string
}

/**
 * What a credential is looked up for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  /** Host, and port unless it is the scheme's own: `ghcr.io`, `localhost:5000`. */
  readonly host: string
  /** `org/image`; absent for a registry as a whole. */
  readonly repository: Option.Option<string>
}

/**
 * The text is no URI, or one that two programs could read as two different hosts. The text itself is never shown.
 *
 * @since 0.1.0
 * @category errors
 */
export class UriRejected extends Data.TaggedError("UriRejected")<{
  readonly reason: "UriInvalid" | "UriAmbiguous" | "HostNotAscii"
  /** For `UriAmbiguous`, what makes it so; for `HostNotAscii`, the host in its ASCII form. */
  readonly detail: string
}> {
  readonly exitCode = ExitCode.usage
  override get message(): string {
    switch (this.reason) {
      case "UriInvalid":
        return "the URI cannot be parsed. Use an absolute URI such as https://ghcr.io/v2/org/image/manifests/latest, or a bare registry host."
      case "UriAmbiguous":
        return `the URI has ${this.detail}, so that programs disagree about its host. Write it as https://host/path, with special characters percent-encoded.`
      case "HostNotAscii":
        return `the URI's host has characters outside ASCII, so that programs disagree about it. Write ${this.detail} instead.`
    }
  }
}

const invalid = new UriRejected({ reason: "UriInvalid", detail: "" })

const ambiguous = (detail: string) => Either.left(new UriRejected({ reason: "UriAmbiguous", detail }))

/** Scheme, authority and the rest (RFC 3986 appendix B). */
const parts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?/

/** User, host and port (RFC 3986 section 3.2); the host is captured. IPvFuture and escapes in a host are in no use. */
const authorityParts = /^(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=\u0080-\u{10ffff}-]*)(?::([0-9]*))?$/u

/** The host of an authority as it is written. */
const hostOf = (authority: string): string | undefined => authorityParts.exec(authority)?.[1]

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)

/** WHATWG URL drops line breaks and tabs, trims spaces, and takes `\` for `/`. */
const unusual = (text: string): string | undefined => {
  if (/\p{Cc}/u.test(text)) return "a line break or another control character"
  if (text.includes("\\")) return "a backslash"
  return text.includes(" ") ? "a space" : undefined
}

/** An IPv6 address has many spellings; those that both grammars take mean the same one. */
const sameHost = (written: string, read: string): boolean =>
  written.startsWith("[") ? read.startsWith("[") : written.toLowerCase() === read.toLowerCase()

/** The host as it is written, if WHATWG URL reads the same one as RFC 3986. */
const agreed = (text: string, url: URL): Either.Either<string, UriRejected> => {
  const [, , written] = parts.exec(text) ?? []
  if (written === undefined) {
    return url.host === "" ? Either.right("") : ambiguous("no \"//\" after its scheme")
  }
  const host = hostOf(written)
  if (host === undefined) return ambiguous("a host that RFC 3986 does not allow")
  return !isAscii(host) || sameHost(host, url.hostname)
    ? Either.right(host)
    : ambiguous(url.hostname === "" ? "an unusual host" : `an unusual way to write the host ${url.hostname}`)
}

const bareHostShape = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@\\:%[\]]+)(?::[0-9]{1,5})?$/

/** Query parameters of URIs that carry their authorization. */
const signatures = new Set(["x-amz-signature", "x-goog-signature", "signature", "sig"])

const isPresigned = ({ searchParams }: URL): boolean =>
  [...searchParams.keys()].some((name) => signatures.has(name.toLowerCase()))

const labelOf = ({ host, pathname, protocol }: URL, bareHost: boolean): string =>
  bareHost ? host : host === "" ? protocol : `${host}${pathname}`

const decode = Option.liftThrowable(decodeURIComponent)

const userOf = ({ username }: URL): Option.Option<Redacted.Redacted> =>
  username === "" ? Option.none() : Option.map(decode(username), (_) => Redacted.make(_))

const withoutUserinfo = (url: URL): URL => {
  if (url.username === "" && url.password === "") return url
  const bare = new URL(url)
  bare.username = ""
  bare.password = ""
  return bare
}

/**
 * Reads the text of a request.
 *
 * Errors: `UriRejected` for a text that is no URI, or whose host WHATWG URL and RFC 3986 read differently.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse = (text: string): Either.Either<Resource, UriRejected> =>
  Either.gen(function*() {
    const bareHost = bareHostShape.test(text)
    const uri = bareHost ? `https://${text}/` : text
    const url = yield* Either.fromOption(Url.parse(uri), () => invalid)
    const found = unusual(uri)
    if (found !== undefined) return yield* ambiguous(found)
    const host = yield* agreed(uri, url)
    return {
      text: Redacted.make(text),
      url: withoutUserinfo(url),
      host: url.host,
      bareHost,
      user: userOf(url),
      password: url.password !== "",
      presigned: isPresigned(url),
      asciiHost: isAscii(host),
      label: labelOf(url, bareHost),
      key: createHash("sha256").update(text).digest("base64url")
    }
  })

/**
 * A bare host in the form that URLs use: lower case, punycode, without the port of https.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parseBareHost = (text: string): Option.Option<string> =>
  Either.getRight(parse(text)).pipe(Option.filter(({ bareHost }) => bareHost), Option.map(({ host }) => host))
