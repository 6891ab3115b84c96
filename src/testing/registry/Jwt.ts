/**
 * The tokens of a fake registry: JSON Web Tokens with the claims that docker's registry reads.
 *
 * The signature tells a token of a fake registry from any other. Its key is not secret, and the same for all of them, so
 * that a test can make its own tokens.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import * as Access from "./Access.ts"

/**
 * The claims of a token. Times are in seconds since the epoch.
 *
 * @since 0.2.0
 * @category models
 */
export const Claims = Schema.Struct({
  iss: Schema.String,
  /** Empty in an anonymous token. */
  sub: Schema.String,
  /** The service that the token is for; in a token without it, every registry. */
  aud: Schema.optional(Schema.String),
  exp: Schema.Number,
  nbf: Schema.Number,
  iat: Schema.Number,
  jti: Schema.String,
  access: Schema.Array(Access.Access)
})

/**
 * @since 0.2.0
 * @category models
 */
export type Claims = typeof Claims.Type

const RefreshClaims = Schema.Struct({ sub: Schema.String, use: Schema.Literal("refresh") })

const sign = (content: string): string => createHmac("sha256", "FakeRegistry").update(content).digest("base64url")

const part = <A, I>(schema: Schema.Schema<A, I>) => Schema.compose(Schema.StringFromBase64Url, Schema.parseJson(schema))

const header = Schema.encodeSync(part(Schema.Struct({ typ: Schema.String, alg: Schema.String })))({
  typ: "JWT",
  alg: "HS256"
})

const encode = <A, I>(schema: Schema.Schema<A, I>) => {
  const payload = Schema.encodeSync(part(schema))
  return (claims: A): string => {
    const content = `${header}.${payload(claims)}`
    return `${content}.${sign(content)}`
  }
}

const decode = <A, I>(schema: Schema.Schema<A, I>) => {
  const payload = Schema.decodeUnknownOption(part(schema))
  return (token: string): Option.Option<A> => {
    const [first = "", claims = "", signature, ...rest] = token.split(".")
    return signature === sign(`${first}.${claims}`) && rest.length === 0 ? payload(claims) : Option.none()
  }
}

/**
 * Encodes and signs a token.
 *
 * @since 0.2.0
 * @category encoding
 */
export const write = encode(Claims)

/**
 * The claims of a token of a fake registry; `None` for any other text.
 *
 * @since 0.2.0
 * @category decoding
 */
export const read = decode(Claims)

const writeRefreshClaims = encode(RefreshClaims)
const readRefreshClaims = decode(RefreshClaims)

/**
 * A refresh token for a user.
 *
 * @since 0.2.0
 * @category encoding
 */
export const writeRefresh = (user: string): string => writeRefreshClaims({ sub: user, use: "refresh" })

/**
 * The user of a refresh token.
 *
 * @since 0.2.0
 * @category decoding
 */
export const readRefresh = (token: string): Option.Option<string> =>
  Option.map(readRefreshClaims(token), ({ sub }) => sub)

/**
 * A token with access of the test's choice, such as an expired one. To be stored as `registrytoken`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const make = (options: {
  /** Scopes, such as `repository:org/app:pull`. */
  readonly access: ReadonlyArray<string>
  /** Milliseconds since the epoch; rounded up to whole seconds. */
  readonly expires: number
  /** When it was issued, in milliseconds since the epoch; 0 by default. */
  readonly issued?: number
  readonly user?: string
  /** The service that it is for; every registry by default. */
  readonly service?: string
  /** Distinguishes tokens that are equal otherwise. */
  readonly id?: string
}): string => {
  const { access, expires, id = "", issued = 0, service, user = "" } = options
  const seconds = Math.floor(issued / 1000)
  return write({
    iss: "fake-registry",
    sub: user,
    ...(service === undefined ? {} : { aud: service }),
    exp: Math.ceil(expires / 1000),
    nbf: seconds,
    iat: seconds,
    jti: id,
    access: Access.parse(access)
  })
}
