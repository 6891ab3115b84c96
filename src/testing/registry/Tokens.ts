/**
 * The token service of a fake registry.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/ and https://distribution.github.io/distribution/spec/auth/oauth/
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as FakeHttp from "../FakeHttp.ts"
import type { Bearer, Description } from "./Description.ts"

/** The claims of a token. It is neither encrypted nor signed. */
const Claims = Schema.Struct({
  /** Missing in an anonymous token. */
  user: Schema.optional(Schema.String),
  /** Scopes. */
  access: Schema.Array(Schema.String),
  /** Milliseconds since the epoch. */
  expires: Schema.Number,
  /** Makes each token unique. */
  serial: Schema.Number
})

/**
 * The claims of a token.
 *
 * @since 0.1.0
 * @category models
 */
export type Claims = typeof Claims.Type

const ClaimsText = Schema.compose(Schema.StringFromBase64Url, Schema.parseJson(Claims))

/**
 * Encodes a token.
 *
 * @since 0.1.0
 * @category encoding
 */
export const write: (claims: Claims) => string = Schema.encodeSync(ClaimsText)

/**
 * Decodes a token.
 *
 * @since 0.1.0
 * @category decoding
 */
export const read: (text: string) => Option.Option<Claims> = Schema.decodeUnknownOption(ClaimsText)

/**
 * The user of a `Basic` header with the correct password.
 *
 * @since 0.1.0
 * @category decoding
 */
export const basicUser = (description: Description, request: FakeHttp.Request): Option.Option<string> => {
  const header = Option.map(request.authorization, Redacted.value)
  if (Option.isNone(header) || !/^basic /i.test(header.value)) return Option.none()
  const text = Buffer.from(header.value.slice(6), "base64").toString("utf8")
  const colon = text.indexOf(":")
  return withPassword(description, text.slice(0, colon), text.slice(colon + 1))
}

const withPassword = ({ users }: Description, name: string, password: string): Option.Option<string> =>
  Object.hasOwn(users, name) && users[name]?.password === password ? Option.some(name) : Option.none()

const withIdentityToken = ({ users }: Description, token: string): Option.Option<string> =>
  Option.fromNullable(Object.keys(users).find((name) => users[name]?.identityToken === token))

/**
 * Whether a user may read a repository; `None` is the anonymous user.
 *
 * @since 0.1.0
 * @category predicates
 */
export const mayRead = (description: Description, user: Option.Option<string>, repository: string): boolean => {
  const { anonymous, users } = description
  if (anonymous === true || (anonymous !== false && anonymous.includes(repository))) return true
  if (Option.isNone(user)) return false
  const only = users[user.value]?.repositories
  return only === undefined || only.includes(repository)
}

const mayHave = (description: Description, user: Option.Option<string>) => (scope: string): boolean => {
  const repository = /^repository:(.+):pull$/.exec(scope)?.[1]
  return repository === undefined ? Option.isSome(user) : mayRead(description, user, repository)
}

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/**
 * A JSON response.
 *
 * @since 0.1.0
 * @category constructors
 */
export const json = (
  status: number,
  value: unknown,
  headers: FakeHttp.Response["headers"] = {}
): FakeHttp.Response => FakeHttp.response(status, { "content-type": "application/json", ...headers }, encodeJson(value))

const denied = json(403, { errors: [{ code: "DENIED", message: "requested access to the resource is denied" }] })
const unauthorized = json(401, { errors: [{ code: "UNAUTHORIZED", message: "incorrect username or password" }] })

const grant = (
  description: Description,
  auth: Bearer,
  options: {
    readonly user: Option.Option<string>
    readonly scopes: ReadonlyArray<string>
    readonly now: number
    readonly serial: number
  }
): FakeHttp.Response => {
  const { now, scopes, serial, user } = options
  const access = scopes.filter(mayHave(description, user))
  if (auth.denies === "token" && access.length < scopes.length) {
    return Option.isSome(user) ? denied : unauthorized
  }
  const lifetime = Duration.toMillis(auth.lifetime)
  const token = write({
    ...(Option.isSome(user) ? { user: user.value } : {}),
    access,
    expires: now + lifetime,
    serial
  })
  return json(200, {
    ...Object.fromEntries(auth.tokenFields.map((name) => [name, token])),
    ...(auth.expiresIn ? { expires_in: Math.trunc(lifetime / 1000) } : {}),
    ...(auth.issuedAt ? { issued_at: DateTime.formatIso(DateTime.unsafeMake(now)) } : {})
  })
}

/** The error codes are those of RFC 6749, section 5.2. */
const oauthError = (error: string, description: string) => json(400, { error, error_description: description })

const post = (description: Description, auth: Bearer, request: FakeHttp.Request, now: number, serial: number) => {
  const form = new URLSearchParams(Redacted.value(request.body))
  const field = (name: string) => form.get(name) ?? ""
  if (field("client_id") === "") return oauthError("invalid_request", "client_id is missing")
  const user = field("grant_type") === "password"
    ? withPassword(description, field("username"), field("password"))
    : withIdentityToken(description, field("refresh_token"))
  if (!["password", "refresh_token"].includes(field("grant_type"))) {
    return oauthError("unsupported_grant_type", "use password or refresh_token")
  }
  const scopes = field("scope").split(" ").filter((scope) => scope !== "")
  return Option.isSome(user) ? grant(description, auth, { user, scopes, now, serial }) : unauthorized
}

/**
 * The response to a token request.
 *
 * @since 0.1.0
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
  if (request.method !== "GET") return FakeHttp.response(405)
  const user = basicUser(description, request)
  // A wrong password is not treated as an anonymous request.
  if (Option.isSome(request.authorization) && Option.isNone(user)) return unauthorized
  const scopes = request.url.searchParams.getAll("scope").flatMap((scope) => scope.split(" ")).filter((_) => _ !== "")
  return grant(description, auth, { user, scopes, now, serial })
}
