/**
 * Who sends a request.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as FakeHttp from "../FakeHttp.ts"
import type { Description } from "./Description.ts"
import * as Jwt from "./Jwt.ts"

/**
 * @since 0.2.0
 * @category decoding
 */
export const withPassword = ({ users }: Description, name: string, password: string): Option.Option<string> =>
  Object.hasOwn(users, name) && users[name]?.password === password ? Option.some(name) : Option.none()

/**
 * The user of an identity token, or of a refresh token that the token service has issued.
 *
 * @since 0.2.0
 * @category decoding
 */
export const withRefreshToken = ({ users }: Description, token: string): Option.Option<string> =>
  Option.fromNullable(Object.keys(users).find((name) => users[name]?.identityToken === token)).pipe(
    Option.orElse(() => Option.filter(Jwt.readRefresh(token), (name) => Object.hasOwn(users, name)))
  )

/**
 * The user of a `Basic` header with the correct password.
 *
 * @since 0.2.0
 * @category decoding
 */
export const withBasic = (description: Description, request: FakeHttp.Request): Option.Option<string> => {
  const header = Option.map(request.authorization, Redacted.value)
  if (Option.isNone(header) || !/^basic /i.test(header.value)) return Option.none()
  const text = Buffer.from(header.value.slice(6), "base64").toString("utf8")
  const colon = text.indexOf(":")
  return colon < 0 ? Option.none() : withPassword(description, text.slice(0, colon), text.slice(colon + 1))
}
