/**
 * Follows redirects. The HTTP client itself follows none, because where a request may go depends on its credentials.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Url from "../domain/Url.ts"
import * as Address from "./Address.ts"
import type { Http, Request, Response } from "./Http.ts"
import type { TransportError } from "./TransportError.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The number of redirects that are followed. */
  readonly limit: number
  /** The status codes that are followed. */
  readonly statuses: ReadonlyArray<number>
  /** Only follow redirects to the same origin. A request with credentials must set it. */
  readonly sameOrigin: boolean
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Final {
  readonly response: Response
  /** The URL that returned the response. */
  readonly url: URL
}

/** A name of one label, such as `metadata`, is resolved by the local network. */
const isPublic = ({ hostname }: URL): boolean =>
  Address.kind(hostname) === "public" && (hostname.startsWith("[") || /\.[^.]/.test(hostname))

/** A server must not make us send requests into the local network, except to itself. */
const isReachable = (target: URL, first: URL): boolean =>
  isPublic(target) || target.hostname === first.hostname ||
  (Address.isLoopback(target.hostname) && Address.isLoopback(first.hostname))

const isSecure = (target: URL, from: URL): boolean =>
  target.protocol === "https:" ||
  (target.protocol === "http:" && from.protocol === "http:" && Address.isLoopback(target.hostname))

const isAllowed = (target: URL, from: URL, first: URL, sameOrigin: boolean): boolean =>
  isSecure(target, from) && isReachable(target, first) && target.username === "" && target.password === "" &&
  (!sameOrigin || target.origin === from.origin)

const targetOf = (
  response: Response,
  from: URL,
  first: URL,
  { sameOrigin, statuses }: Options
): Option.Option<URL> => {
  const location = response.headers["location"]
  if (location === undefined || !statuses.includes(response.status)) return Option.none()
  return Option.filter(Url.parse(location, from.href), (target) => isAllowed(target, from, first, sameOrigin))
}

const followFrom = (
  http: Http["Type"],
  request: Request,
  first: URL,
  options: Options
): Effect.Effect<Final, TransportError> =>
  Effect.flatMap(
    http.request(request),
    (response) =>
      Option.match(options.limit === 0 ? Option.none() : targetOf(response, request.url, first, options), {
        onNone: () => Effect.succeed({ response, url: request.url }),
        onSome: (url) => followFrom(http, { ...request, url }, first, { ...options, limit: options.limit - 1 })
      })
  )

/**
 * Sends a request and follows its redirects: never from https to http, and never to an address that is not public, unless
 * it is the host of the request or both are this machine. A redirect that is not followed is returned as the response.
 *
 * @since 0.2.0
 * @category running
 */
export const follow = (
  http: Http["Type"],
  request: Request,
  options: Options
): Effect.Effect<Final, TransportError> => followFrom(http, request, request.url, options)
