/**
 * The token service of a fake registry.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/ and https://distribution.github.io/distribution/spec/auth/oauth/
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as FakeHttp from "../FakeHttp.ts"
import * as Access from "./Access.ts"
import type { Bearer, Description } from "./Description.ts"
import * as Jwt from "./Jwt.ts"
import * as Responses from "./Responses.ts"
import * as Users from "./Users.ts"

const denied = Responses.error(403, "DENIED", "requested access to the resource is denied")

const unauthorized = Responses.error(401, "UNAUTHORIZED", "authentication required")

/** The error codes are those of RFC 6749, section 5.2. */
const oauthError = (code: string, description: string) =>
  Responses.json(400, { error: code, error_description: description })

const wrongCredentials = ({ wrongCredentials }: Bearer): FakeHttp.Response => {
  switch (wrongCredentials) {
    case 400:
      return oauthError("invalid_grant", "incorrect username or password")
    case 401:
      return Responses.error(401, "UNAUTHORIZED", "incorrect username or password")
    case 403:
      return Responses.error(403, "DENIED", "incorrect username or password")
  }
}

interface Grant {
  readonly user: Option.Option<string>
  readonly scopes: ReadonlyArray<string>
  readonly service: string | null
  /** Fields of the response beside the token. */
  readonly fields: (granted: ReadonlyArray<Access.Access>) => object
  readonly now: number
  readonly serial: number
}

const grant = (description: Description, auth: Bearer, options: Grant): FakeHttp.Response => {
  const { fields, now, scopes, serial, service, user } = options
  const requested = Access.parse(scopes)
  const granted = requested.flatMap((access) => Option.toArray(Access.grantedTo(description, user)(access)))
  if (auth.denies === "token" && granted.length < requested.length) {
    return Option.isSome(user) ? denied : unauthorized
  }
  const lifetime = Duration.toMillis(auth.lifetime)
  const audience = service ?? auth.service
  const token = Jwt.make({
    access: granted.map(Access.format),
    expires: now + lifetime,
    issued: now,
    id: `${now}-${serial}`,
    ...(Option.isSome(user) ? { user: user.value } : {}),
    ...(audience === null ? {} : { service: audience })
  })
  return Responses.json(200, {
    ...Object.fromEntries(auth.tokenFields.map((name) => [name, token])),
    ...(auth.expiresIn ? { expires_in: Math.ceil(lifetime / 1000) } : {}),
    ...(auth.issuedAt ? { issued_at: DateTime.formatIso(DateTime.unsafeMake(now)) } : {}),
    ...fields(granted)
  })
}

/** The same token is issued for as long as the user has it. */
const refreshTokenOf = ({ users }: Description, user: Option.Option<string>): object =>
  Option.match(user, {
    onNone: () => ({}),
    onSome: (name) => ({ refresh_token: users[name]?.identityToken ?? Jwt.writeRefresh(name) })
  })

const post = (description: Description, auth: Bearer, request: FakeHttp.Request, now: number, serial: number) => {
  const form = new URLSearchParams(Redacted.value(request.body))
  const field = (name: string) => form.get(name) ?? ""
  const needed = ["grant_type", "client_id", ...(auth.service === null ? [] : ["service"])]
  const missing = needed.find((name) => field(name) === "")
  if (missing !== undefined) return oauthError("invalid_request", `${missing} is missing`)
  if (!["password", "refresh_token"].includes(field("grant_type"))) {
    return oauthError("unsupported_grant_type", "use password or refresh_token")
  }
  const user = field("grant_type") === "password"
    ? Users.withPassword(description, field("username"), field("password"))
    : Users.withRefreshToken(description, field("refresh_token"))
  if (Option.isNone(user)) return wrongCredentials(auth)
  return grant(description, auth, {
    user,
    scopes: [field("scope")],
    service: form.get("service"),
    fields: (granted) => ({
      scope: granted.map(Access.format).join(" "),
      ...(field("access_type") === "offline" ? refreshTokenOf(description, user) : {})
    }),
    now,
    serial
  })
}

/**
 * The response to a token request.
 *
 * @since 0.2.0
 * @category combinators
 */
export const respond = (
  description: Description,
  auth: Bearer,
  request: FakeHttp.Request,
  now: number,
  serial: number
): FakeHttp.Response => {
  if (request.method === "POST") return post(description, auth, request, now, serial)
  if (request.method !== "GET") return Responses.unsupported(["GET", "POST"])
  const user = Users.withBasic(description, request)
  // A wrong password is not treated as an anonymous request.
  if (Option.isSome(request.authorization) && Option.isNone(user)) return wrongCredentials(auth)
  const query = request.url.searchParams
  return grant(description, auth, {
    user,
    scopes: query.getAll("scope"),
    service: query.get("service"),
    fields: () => query.get("offline_token") === "true" ? refreshTokenOf(description, user) : {},
    now,
    serial
  })
}
