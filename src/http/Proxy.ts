/**
 * Which proxy the caller's environment names for a host: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case first,
 * as curl reads them. Requests over http go to this machine alone, and those never use a proxy.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Environment } from "../platform/Environment.ts"
import * as Address from "./Address.ts"
import { ProxyFailure } from "./Failure.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Proxy {
  /** Without user and password. */
  readonly url: URL
  /** The value of `Proxy-Authorization`. */
  readonly authorization: Option.Option<Redacted.Redacted>
}

const proxyVariables = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
const exceptionVariables = ["no_proxy", "NO_PROXY"]

const first = (environment: Environment["Type"], names: ReadonlyArray<string>) =>
  Effect.map(Effect.forEach(names, environment.get), (values) => {
    const found = values.findIndex(Option.isSome)
    return Option.map(
      Option.flatten(Option.fromNullable(values[found])),
      (value) => ({ name: names[found] ?? "", value })
    )
  })

const plain = (host: string): string => host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "")

/** `example.com`, `.example.com` and `*.example.com` mean the domain with all below it; `host:port` one port of it; `*` all. */
const isException = (list: string, url: URL): boolean => {
  const host = plain(url.hostname)
  const port = url.port === "" ? "443" : url.port
  return list.split(/[\s,]+/).filter((entry) => entry !== "").some((entry) => {
    if (entry === "*") return true
    const [, name = "", only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? []
    const domain = plain(name).replace(/^\*?\./, "")
    return domain !== "" && (only === undefined || only === port) && (host === domain || host.endsWith(`.${domain}`))
  })
}

const decode = Option.liftThrowable(decodeURIComponent)

const parse = (name: string, value: string): Effect.Effect<Proxy, ProxyFailure> => {
  const text = value.includes("://") ? value : `http://${value}`
  if (!URL.canParse(text)) return new ProxyFailure({ detail: `${name} is not a URL` })
  const url = new URL(text)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const scheme = url.protocol.slice(0, -1)
    return new ProxyFailure({ detail: `${name} is a ${scheme} proxy; only http and https proxies are supported` })
  }
  const words = [url.username, url.password].map((word) => Option.getOrElse(decode(word), () => word)).join(":")
  const authorization = words === ":"
    ? Option.none()
    : Option.some(Redacted.make(`Basic ${Buffer.from(words, "utf8").toString("base64")}`))
  url.username = ""
  url.password = ""
  return Effect.succeed({ url, authorization })
}

/**
 * `None`: go there directly.
 *
 * Errors: `ProxyFailure` when the variable cannot be used; going around a proxy is not what its user wants.
 *
 * @since 0.1.0
 * @category searching
 */
export const find = (
  environment: Environment["Type"],
  url: URL
): Effect.Effect<Option.Option<Proxy>, ProxyFailure> =>
  Effect.gen(function*() {
    if (url.protocol !== "https:" || Address.isLoopback(url.hostname)) return Option.none()
    const proxy = yield* first(environment, proxyVariables)
    if (Option.isNone(proxy)) return Option.none()
    const exceptions = yield* first(environment, exceptionVariables)
    if (Option.exists(exceptions, ({ value }) => isException(value, url))) return Option.none()
    return Option.some(yield* parse(proxy.value.name, proxy.value.value))
  })
