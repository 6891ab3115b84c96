/**
 * The response of a fake registry to any request.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Url from "../../domain/Url.ts"
import * as FakeHttp from "../FakeHttp.ts"
import * as Authorization from "./Authorization.ts"
import * as Content from "./Content.ts"
import type { Description, Endpoint, Quirk } from "./Description.ts"
import * as Responses from "./Responses.ts"
import * as Routes from "./Routes.ts"
import * as TokenService from "./TokenService.ts"

/**
 * The hosts of a registry.
 *
 * @since 0.2.0
 * @category models
 */
export interface Origins {
  readonly registry: URL
  /** Where `{auth}` leads to, for a token service on a separate host. */
  readonly auth: URL
  /** Where `{cdn}` leads to, for the blobs. */
  readonly cdn: URL
}

const fill = ({ auth, cdn, registry }: Origins) => (text: string): string =>
  text
    .replaceAll("{origin}", registry.origin)
    .replaceAll("{host}", registry.host)
    .replaceAll("{auth}", auth.origin)
    .replaceAll("{cdn}", cdn.origin)

/** With the placeholders of the challenge replaced. */
const filledIn = (description: Description, origins: Origins): Description => {
  const filled = fill(origins)
  const { auth } = description
  if (auth._tag !== "Bearer") return description
  const realm = filled(auth.realm)
  return {
    ...description,
    auth: {
      ...auth,
      realm: realm.startsWith("/") ? new URL(realm, origins.registry).href : realm,
      service: auth.service === null ? null : filled(auth.service)
    }
  }
}

const realmOf = ({ auth }: Description): Option.Option<URL> =>
  auth._tag === "Bearer" ? Url.parse(auth.realm) : Option.none()

/**
 * Whether one of the registry's hosts serves this URL. Its realm may have another host.
 *
 * @since 0.2.0
 * @category predicates
 */
export const serves = (description: Description, origins: Origins, { host }: URL): boolean =>
  [origins.registry, origins.auth, origins.cdn, ...Option.toArray(realmOf(filledIn(description, origins)))]
    .some((origin) => origin.host === host)

interface Options {
  readonly origins: Origins
  readonly request: FakeHttp.Request
  /** The server that received it, whatever its `Host` says. */
  readonly listener?: keyof Origins
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The number of earlier requests. */
  readonly serial: number
}

const endpointOf = (description: Description, { listener, origins, request: { url } }: Options): Endpoint => {
  const isFor = ({ host }: URL) => host === url.host || (listener !== undefined && host === origins[listener].host)
  if (Option.exists(realmOf(description), (realm) => isFor(realm) && realm.pathname === url.pathname)) return "token"
  return isFor(origins.cdn) ? "cdn" : isFor(origins.registry) ? Routes.targetOf(url).endpoint : "other"
}

const usual = (description: Description, endpoint: Endpoint, options: Options): FakeHttp.Response => {
  const { now, request, serial } = options
  const { auth } = description
  if (endpoint === "token" && auth._tag === "Bearer") {
    return TokenService.respond(description, auth, request, now, serial)
  }
  if (endpoint === "cdn") return Content.respondCdn(description, request)
  const route = Routes.routeOf(request.url)
  // The HTTP server of Go responds to it, before the registry.
  if (route._tag === "PathInvalid") return Responses.text(400, "400 Bad Request")
  const answer = endpoint === "other" ? Responses.pageNotFound : atRegistry(description, route, request, now)
  return { ...answer, headers: { ...answer.headers, "docker-distribution-api-version": "registry/2.0" } }
}

const atRegistry = (
  description: Description,
  route: Exclude<Routes.Route, { readonly _tag: "PathInvalid" }>,
  request: FakeHttp.Request,
  now: number
): FakeHttp.Response => {
  switch (route._tag) {
    case "Moved":
      return FakeHttp.response(301, { location: `${encodeURI(route.path)}${request.url.search}` })
    case "NameInvalid":
      return Responses.error(400, "NAME_INVALID", "invalid repository name", { name: route.target.repository })
    case "Found":
      return route.target.endpoint === "referrers" && !description.referrers
        ? Responses.pageNotFound
        : Authorization.denied(description, request, route.target, now).pipe(
          Option.getOrElse(() => Content.respond(description, request, route.target))
        )
  }
}

const changed = (answer: FakeHttp.Response, { answer: change }: Quirk): FakeHttp.Response =>
  change.status === undefined && change.body === undefined
    ? { ...answer, ...change, headers: { ...answer.headers, ...change.headers } }
    : { ...FakeHttp.response(200), ...change }

/**
 * The response to a request, and its endpoint.
 *
 * @since 0.2.0
 * @category combinators
 */
export const respond = (
  description: Description,
  options: Options & {
    /** Whether a quirk that is for this request applies to it. */
    readonly applies: (quirk: Quirk) => boolean
  }
): readonly [Endpoint, FakeHttp.Response] => {
  const { applies, origins, request } = options
  const filled = fill(origins)
  const own = filledIn(description, origins)
  const endpoint = endpointOf(own, options)
  const answer = own.quirks
    .filter(({ at, method }) => (at === "any" || at === endpoint) && (method ?? request.method) === request.method)
    .filter(applies)
    .reduce(changed, usual(own, endpoint, options))
  const headers = Object.entries(answer.headers).map(([name, value]) =>
    [name, typeof value === "string" ? filled(value) : value.map(filled)] as const
  )
  return [endpoint, { ...answer, headers: Object.fromEntries(headers) }]
}
