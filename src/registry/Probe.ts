/**
 * What the responses of a registry to requests without a credential say about the way in.
 *
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ForeignText from "../domain/ForeignText.ts"
import * as Url from "../domain/Url.ts"
import type { Response } from "../http/Http.ts"
import { HostUnreachable } from "../http/TransportError.ts"
import * as Challenge from "./Challenge.ts"
import { NotARegistry } from "./RegistryError.ts"

/**
 * What one response says.
 *
 * @since 0.2.0
 * @category models
 */
export interface Finding {
  readonly status: number
  /** The host that responded, after redirects. */
  readonly from: URL
  readonly challenge: Option.Option<Challenge.Selected>
  /** The schemes of a 401 that none of ours is among. */
  readonly schemes: ReadonlyArray<string>
  /** The body is HTML, which no registry sends. */
  readonly isPage: boolean
  /** The server expects https, and was asked over http. */
  readonly wantsHttps: boolean
  /** The host of a redirect that was not followed. */
  readonly location: Option.Option<string>
}

/**
 * How a registry lets callers in.
 *
 * @since 0.2.0
 * @category models
 */
export type Verdict = Data.TaggedEnum<{
  Demand: {
    readonly challenge: Challenge.Selected
    /** Another host than the registry makes the demand. No credential of the registry may be used for it. */
    readonly foreign: Option.Option<string>
    /** A scope that was demanded for this very URI; `/v2/` only names an example. */
    readonly scope?: string
  }
  /** No credential is needed. */
  Open: {}
  /** No header that we know helps; `reason` says why, and what to do. */
  Closed: { readonly reason: string }
}>

/**
 * @since 0.2.0
 * @category models
 */
export type Demand = Data.TaggedEnum.Value<Verdict, "Demand">

/**
 * @since 0.2.0
 * @category constructors
 */
export const Verdict = Data.taggedEnum<Verdict>()

const isHtml = ({ body, headers }: Response): boolean => {
  if (headers["docker-distribution-api-version"] !== undefined) return false
  const type = headers["content-type"]
  return type === undefined
    ? /^\s{0,100}<(?:!doctype html|html)\b/i.test(Redacted.value(body).slice(0, 200))
    : /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)
}

/** What Go, nginx and Apache answer to http on a port for https. */
const httpsExpected =
  /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled/i

/**
 * Reads the response that came from `from`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const findingOf = (response: Response, from: URL): Finding => {
  const { headers, status } = response
  const challenges = status === 401 ? Challenge.parse([headers["www-authenticate"] ?? ""]) : []
  const location = status >= 300 && status < 400 ? headers["location"] : undefined
  return {
    status,
    from,
    challenge: Either.getRight(Challenge.select(challenges)),
    schemes: challenges.map(({ scheme }) => scheme),
    isPage: isHtml(response),
    wantsHttps: status === 400 && from.protocol === "http:" && httpsExpected.test(Redacted.value(response.body)),
    location: Option.map(
      location === undefined ? Option.none() : Url.parse(location, from.href),
      ({ host, protocol }) => protocol === "http:" ? `http://${host}` : host
    )
  }
}

/**
 * The challenge of a finding, if there is one. Another port of the host that was asked is the same party.
 *
 * @since 0.2.0
 * @category deciding
 */
export const demandOf = ({ challenge, from }: Finding, asked: URL): Option.Option<Demand> =>
  Option.map(challenge, (challenge) =>
    Verdict.Demand({
      challenge,
      foreign: from.hostname === asked.hostname ? Option.none() : Option.some(from.host),
      ...(challenge.scheme === "bearer" && challenge.scope !== undefined ? { scope: challenge.scope } : {})
    }))

/**
 * A fault that may be over at the next request.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isPassing = ({ isPage, status, wantsHttps }: Finding): boolean =>
  status === 408 || status >= 500 || isPage || wantsHttps || status === 400

const isServerError = ({ status }: Finding): boolean => status === 408 || status >= 500

/**
 * Whether `/v2/` answered as that of an open registry.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isOpen = ({ isPage, status }: Finding): boolean => status === 200 && !isPage

const maxNameLength = 60

const unsupported = (schemes: ReadonlyArray<string>): string => {
  if (schemes.includes("bearer")) {
    return "the registry asks for a Bearer token, and its WWW-Authenticate names no token service (realm). Correct the settings of the registry."
  }
  if (schemes.length === 0) {
    return "the registry responded with 401 and does not say how to authenticate. Correct the settings of the registry: WWW-Authenticate has to name Basic or Bearer."
  }
  const names = ForeignText.oneLine([...new Set(schemes)].join(", "), maxNameLength)
  return `the registry asks for ${names}, and only Basic and Bearer are supported. Use an address of the registry that offers one of them.`
}

const closed = (reason: string) => Verdict.Closed({ reason })

/**
 * What a registry wants, by its response for `/v2/` and by that for the URI itself, neither of which has a challenge that
 * we can answer.
 *
 * @since 0.2.0
 * @category deciding
 */
export const conclude = (
  url: URL,
  base: Finding,
  own: Finding
): Either.Either<Verdict, HostUnreachable | NotARegistry> => {
  const { host } = url
  const serverError = ({ status }: Finding) =>
    Either.left(new HostUnreachable({ host, reason: "ServerError", detail: `${status}` }))
  const notARegistry = (reason: NotARegistry["reason"], { status }: Finding) =>
    Either.left(new NotARegistry({ host, reason, status }))

  if (base.wantsHttps) return notARegistry("SpeaksHttps", base)
  if (isServerError(own)) return serverError(own)
  if (own.status === 401) return Either.right(closed(unsupported([...own.schemes, ...base.schemes])))
  if (own.status === 403) {
    return Either.right(closed(
      "the registry responded with 403 and does not say how to authenticate. Check that it may be used from this network."
    ))
  }
  if (isOpen(base)) return Either.right(Verdict.Open())
  if (own.status < 300) return own.isPage ? notARegistry("WebPage", own) : Either.right(Verdict.Open())
  if (isServerError(base)) return serverError(base)
  if (base.status === 401) return Either.right(closed(unsupported(base.schemes)))
  if (base.isPage && base.status < 300) return notARegistry("WebPage", base)
  if (base.status === 400 || own.status === 400) return notARegistry("BadRequest", own.status === 400 ? own : base)
  const location = Option.getOrUndefined(base.location)
  if (location !== undefined) {
    return Either.right(closed(
      `its /v2/ redirects to ${location}, which is not followed. It may be the login page of the network; if it is the registry, use its address.`
    ))
  }
  if (own.status < 400) return Either.right(Verdict.Open())
  const what = base.isPage && own.isPage ? `a web page (${base.status})` : `${base.status} to /v2/`
  return Either.right(closed(
    `it responded with ${what} and with ${own.status} to what was asked for, as no registry does. Check the name of the registry.`
  ))
}
