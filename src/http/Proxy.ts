/**
 * Finds the proxy for a URL in `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. Like curl, it prefers the lower-case names. Plain
 * http is only used on this machine, which is never reached through a proxy.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { BlockList, isIP } from "node:net"
import * as Url from "../domain/Url.ts"
import type { Environment } from "../platform/Environment.ts"
import * as Address from "./Address.ts"
import { ProxyFailure } from "./Failure.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Proxy {
  /** Without username and password. */
  readonly url: URL
  /** The value of `Proxy-Authorization`. */
  readonly authorization: Option.Option<Redacted.Redacted>
}

const proxyVariables = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
const exceptionVariables = ["no_proxy", "NO_PROXY"]

const firstSet = (environment: Environment["Type"], names: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(names, (name) => Effect.map(environment.get(name), Option.map((value) => ({ name, value })))),
    Option.firstSomeOf
  )

const familyOf = (address: string): "ipv4" | "ipv6" => isIP(address) === 6 ? "ipv6" : "ipv4"

const inSubnet = (host: string, address: string, prefixLength: number): boolean => {
  const list = new BlockList()
  list.addSubnet(address, prefixLength, familyOf(address))
  return list.check(host, familyOf(host))
}

/** `10.0.0.0/8`, `fd00::/8`, or a single address. */
const matchesAddress = (host: string, pattern: string): boolean => {
  const [address = "", prefix, ...rest] = pattern.split("/")
  const maxLength = isIP(address) === 6 ? 128 : 32
  const length = prefix === undefined ? maxLength : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity
  return isIP(address) !== 0 && rest.length === 0 && length <= maxLength && inSubnet(host, address, length)
}

/** `example.com`, `.example.com` and `*.example.com` match the domain and its subdomains. */
const matchesDomain = (host: string, pattern: string): boolean => {
  const domain = pattern.toLowerCase().replace(/\.$/, "").replace(/^\*?\./, "")
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`))
}

/** A name or an address, IPv6 with or without brackets, and a port. An IPv6 address without brackets has no port. */
const entryPattern = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/

const matches = (entry: string, host: string, port: string): boolean => {
  if (entry === "*") return true
  const [, bracketed, name, entryPort] = entryPattern.exec(entry) ?? []
  const pattern = bracketed ?? name ?? entry
  if (entryPort !== undefined && entryPort !== port) return false
  return isIP(host) === 0 ? matchesDomain(host, pattern) : matchesAddress(host, pattern)
}

const isException = (list: string, url: URL): boolean => {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
  const port = url.port === "" ? "443" : url.port
  return list.split(/[\s,]+/).some((entry) => entry !== "" && matches(entry, host, port))
}

const decodeComponent = Option.liftThrowable(decodeURIComponent)

const decode = (text: string): string => Option.getOrElse(decodeComponent(text), () => text)

const parse = (name: string, value: string): Effect.Effect<Proxy, ProxyFailure> => {
  const text = value.includes("://") ? value : `http://${value}`
  const url = Option.getOrUndefined(Url.parse(text))
  if (url === undefined) return new ProxyFailure({ detail: `${name} is not a URL` })
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const scheme = url.protocol.slice(0, -1)
    return new ProxyFailure({ detail: `${name} is a ${scheme} proxy; only http and https proxies are supported` })
  }
  const credentials = `${decode(url.username)}:${decode(url.password)}`
  const authorization = credentials === ":"
    ? Option.none()
    : Option.some(Redacted.make(`Basic ${Buffer.from(credentials, "utf8").toString("base64")}`))
  url.username = ""
  url.password = ""
  return Effect.succeed({ url, authorization })
}

/**
 * `None` if the URL is reached directly.
 *
 * Errors: `ProxyFailure` if the variable's value cannot be used. The proxy is not bypassed then.
 *
 * @since 0.1.0
 * @category accessors
 */
export const find = (
  environment: Environment["Type"],
  url: URL
): Effect.Effect<Option.Option<Proxy>, ProxyFailure> =>
  Effect.gen(function*() {
    if (url.protocol !== "https:" || Address.isLoopback(url.hostname)) return Option.none()
    const proxy = yield* firstSet(environment, proxyVariables)
    if (Option.isNone(proxy)) return Option.none()
    const exceptions = yield* firstSet(environment, exceptionVariables)
    if (Option.exists(exceptions, ({ value }) => isException(value, url))) return Option.none()
    return Option.some(yield* parse(proxy.value.name, proxy.value.value))
  })
