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

const isAllowed = (target: URL, from: URL, sameOrigin: boolean): boolean =>
  (target.protocol === "https:" || (target.protocol === "http:" && Address.isLoopback(target.hostname))) &&
  target.username === "" && target.password === "" && (!sameOrigin || target.origin === from.origin)

const targetOf = (response: Response, from: URL, { sameOrigin, statuses }: Options): Option.Option<URL> => {
  const location = response.headers["location"]
  if (location === undefined || !statuses.includes(response.status)) return Option.none()
  return Option.filter(Url.parse(location, from.href), (target) => isAllowed(target, from, sameOrigin))
}

/**
 * Sends a request and follows its redirects, over https or to this machine. A redirect that is not followed is returned as
 * the response.
 *
 * @since 0.2.0
 * @category running
 */
export const follow = (
  http: Http["Type"],
  request: Request,
  options: Options
): Effect.Effect<Final, TransportError> =>
  Effect.flatMap(
    http.request(request),
    (response) =>
      Option.match(options.limit === 0 ? Option.none() : targetOf(response, request.url, options), {
        onNone: () => Effect.succeed({ response, url: request.url }),
        onSome: (url) => follow(http, { ...request, url }, { ...options, limit: options.limit - 1 })
      })
  )
