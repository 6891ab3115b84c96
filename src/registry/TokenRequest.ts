/**
 * The request for a token on the wire.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Http from "../http/Http.ts"
import * as Redirect from "../http/Redirect.ts"
import type { TransportError } from "../http/TransportError.ts"
import type { Grant } from "./TokenPlan.ts"

const clientId = "effect-credential-helper"

type Fields = ReadonlyArray<readonly [string, string | Redacted.Redacted]>

/** The realm's own query stays as it is, to the letter. */
const withQuery = (realm: URL, params: ReadonlyArray<readonly [string, string]>): URL => {
  const url = new URL(realm)
  const query = new URLSearchParams()
  for (const [name, value] of params) {
    if (name === "scope" || !realm.searchParams.has(name)) query.append(name, value)
  }
  url.search = realm.search.length > 1 ? `${realm.search}&${query}` : query.toString()
  return url
}

/**
 * An unknown service is left out. No offline token is asked for: there is nowhere to keep it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  realm: URL,
  service: string | undefined,
  scopes: ReadonlyArray<string>,
  grant: Grant
): Http.Request => {
  const known = service === undefined ? [] : [["service", service] as const]
  const unique = [...new Set(scopes.flatMap((scope) => scope.split(" ")))].filter((scope) => scope !== "")
  const get = {
    method: "GET",
    url: withQuery(realm, [...known, ...unique.map((scope) => ["scope", scope] as const), ["client_id", clientId]]),
    accept: "application/json",
    repeatable: true
  } as const
  const post = (fields: Fields, repeatable: boolean): Http.Request => ({
    method: "POST",
    url: realm,
    accept: "application/json",
    form: [
      ...fields,
      ...known,
      ["client_id", clientId],
      ...(unique.length === 0 ? [] : [["scope", unique.join(" ")] as const])
    ],
    repeatable
  })
  switch (grant._tag) {
    case "Anonymous":
      return get
    case "Basic":
      return { ...get, authorization: Redacted.make(`Basic ${Redacted.value(grant.userPassword.basic)}`) }
    case "Password": {
      const { password, username } = grant.userPassword
      return post([["grant_type", "password"], ["username", username], ["password", password]], false)
    }
    case "RefreshToken":
      return post([["grant_type", "refresh_token"], ["refresh_token", grant.token]], true)
  }
}

/** A credential never leaves the origin. 303 would turn a form into a GET, which no token service means. */
const redirects: Redirect.Options = { limit: 3, statuses: [301, 302, 307, 308], sameOrigin: true }

/**
 * Sends the request, and follows redirects to the same origin. Any other response is returned, including a redirect.
 *
 * @since 0.1.0
 * @category running
 */
export const send = (
  http: Http.Http["Type"],
  request: Http.Request
): Effect.Effect<Http.Response, TransportError> =>
  Effect.map(Redirect.follow(http, request, redirects), ({ response }) => response)
