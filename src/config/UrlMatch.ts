/**
 * Matches URIs against the patterns of a configuration entry.
 *
 * A host pattern is compared with the lower-case punycode name of the host. Without a port it matches only the default
 * port of the scheme (`https://ghcr.io`, `https://ghcr.io:443`); with a port it matches `host:port`. So `localhost:5000`,
 * `localhost:*` and `localhost*` match `http://localhost:5000`, and `localhost` does not.
 *
 * A path pattern is compared with the path as written, and with its percent-encoding decoded except for `%2F`: an encoded
 * slash does not separate segments.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { Mismatch } from "../domain/Provenance.ts"
import type { Resource } from "../domain/Resource.ts"
import * as Url from "../domain/Url.ts"

/**
 * An absent part matches everything.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pattern {
  /** Compared for equality; lower-case. */
  readonly scheme: Option.Option<string>
  /** A glob; lower-case. */
  readonly host: Option.Option<string>
  /** A glob. */
  readonly path: Option.Option<string>
}

/**
 * What a pattern is compared with: a URI, or a bare host in the form of its base URI. Patterns with a scheme or a path do
 * not match a bare host.
 *
 * @since 0.1.0
 * @category models
 */
export type Subject = Pick<Resource, "bareHost" | "url">

/**
 * Whether a glob matches. `*` matches any characters, including `/` and `.`; all other characters match themselves.
 *
 * Takes linear time for each part between two stars: the first occurrence is enough, so there is no backtracking.
 *
 * @since 0.1.0
 * @category predicates
 */
export const glob = (pattern: string, text: string): boolean => {
  const [first = "", ...rest] = pattern.split("*")
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let from = first.length
  for (const part of rest) {
    const found = text.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return text.length - last.length >= from && text.endsWith(last)
}

const hasNonAscii = (text: string): boolean => /[^\0-\x7F]/.test(text)

const punycode = (label: string): string =>
  hasNonAscii(label) && !label.includes("*")
    ? Option.match(Url.parse(`https://${label}`), { onNone: () => label, onSome: ({ hostname }) => hostname })
    : label

const optional = (pattern: string | undefined): Option.Option<string> =>
  pattern === undefined || /^\**$/.test(pattern) ? Option.none() : Option.some(pattern)

/** An IPv6 address has many spellings, and URLs use the shortest. */
const hostOf = (host: string): string => {
  const [, address, port = ""] = /^(\[[0-9A-Fa-f:.]+\])(:.*)?$/.exec(host) ?? []
  return address === undefined
    ? host.split(".").map(punycode).join(".").toLowerCase()
    : `${Option.match(Url.parse(`http://${address}`), { onNone: () => address, onSome: (_) => _.hostname })}${port}`
}

/**
 * A pattern from the strings of a configuration entry. An absent string, an empty one and `*` match everything.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (texts: {
  readonly scheme?: string | undefined
  readonly host?: string | undefined
  readonly path?: string | undefined
}): Pattern => ({
  scheme: Option.map(optional(texts.scheme), (scheme) => scheme.toLowerCase()),
  host: Option.map(optional(texts.host), hostOf),
  path: optional(texts.path)
})

const coversPart = (one: Option.Option<string>, other: Option.Option<string>): boolean =>
  Option.isNone(one) || Option.exists(other, (other) => glob(one.value, other))

/**
 * Whether a pattern matches all that another one matches, so that an entry after it is never reached.
 *
 * @since 0.2.0
 * @category predicates
 */
export const covers = (one: Pattern, other: Pattern): boolean =>
  coversPart(one.scheme, other.scheme) && coversPart(one.host, other.host) && coversPart(one.path, other.path)

/** `URL` knows only the default ports of web schemes. */
const defaultPorts = new Map([["http", "80"], ["https", "443"], ["grpc", "80"], ["grpcs", "443"]])

const schemeOf = (uri: URL): string => uri.protocol.slice(0, -1)

/** The host with and without its port, if it is the default port. */
const hosts = (uri: URL): ReadonlyArray<string> => {
  // `URL` does not lower-case the host of a scheme that it does not know, such as grpcs.
  const name = uri.hostname.toLowerCase()
  const own = defaultPorts.get(schemeOf(uri))
  const port = uri.port === "" ? own : uri.port
  if (port === undefined) return [name]
  return port === own ? [name, `${name}:${port}`] : [`${name}:${port}`]
}

const decodeSegment = (segment: string): string =>
  Option.getOrElse(Option.liftThrowable(decodeURIComponent)(segment), () => segment).replaceAll("/", "%2F")

const paths = (uri: URL): ReadonlyArray<string> => [
  uri.pathname,
  uri.pathname.split("/").map(decodeSegment).join("/")
]

const matchesAny = (pattern: string, texts: ReadonlyArray<string>): boolean => texts.some((text) => glob(pattern, text))

const near = (problem: string, pattern: string): Option.Option<string> =>
  Option.some(`${problem}. Write ${JSON.stringify(pattern)}`)

/** A host without its port, the commonest of near misses. */
const nearHost = (pattern: string, url: URL): Option.Option<string> =>
  url.port !== "" && !/:[^\]]*$/.test(pattern) && glob(pattern, url.hostname)
    ? near(`host ${JSON.stringify(pattern)} means the default port, and the URI has ${url.port}`, `${pattern}:*`)
    : Option.none()

const nearPath = (pattern: string, { pathname }: URL): Option.Option<string> => {
  if (glob(`${pattern.replace(/\/+$/, "")}/*`, pathname)) {
    return near(`path ${JSON.stringify(pattern)} means that path alone`, `${pattern.replace(/\/+$/, "")}/*`)
  }
  return glob(pattern.toLowerCase(), pathname.toLowerCase())
    ? Option.some(`path ${JSON.stringify(pattern)} differs from the URI's in upper and lower case`)
    : Option.none()
}

/**
 * The first part of the subject that the pattern does not match; `None` when all match.
 *
 * @since 0.2.0
 * @category matching
 */
export const mismatch = ({ host, path, scheme }: Pattern, { bareHost, url }: Subject): Option.Option<Mismatch> => {
  const hintOf = (part: Mismatch["part"], pattern: string) =>
    part === "host" ? nearHost(pattern, url) : part === "path" ? nearPath(pattern, url) : Option.none()
  const differs = (part: Mismatch["part"], pattern: Option.Option<string>, matches: (pattern: string) => boolean) =>
    Option.map(
      Option.filter(pattern, (pattern) => !matches(pattern)),
      (pattern): Mismatch => ({ part, pattern, hint: hintOf(part, pattern) })
    )
  return Option.firstSomeOf([
    differs("host", host, (pattern) => matchesAny(pattern, hosts(url))),
    differs(bareHost ? "bare host" : "scheme", scheme, (pattern) => !bareHost && pattern === schemeOf(url)),
    differs(bareHost ? "bare host" : "path", path, (pattern) => !bareHost && matchesAny(pattern, paths(url)))
  ])
}

/**
 * @since 0.1.0
 * @category matching
 */
export const matches = (pattern: Pattern, subject: Subject): boolean => Option.isNone(mismatch(pattern, subject))
