/**
 * Which requests are made for a token, and after which refusals the next form is tried.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { type Credential, type UserPassword, userPassword } from "../domain/Credential.ts"
import * as Authorization from "./Authorization.ts"

/**
 * `token_exchange_method` of the configuration.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "auto" | "oauth2" | "basic"

/**
 * What a request is made with: GET for the first two, POST for the others.
 *
 * @since 0.1.0
 * @category models
 */
export type Grant =
  | { readonly _tag: "Anonymous" }
  | { readonly _tag: "Basic"; readonly userPassword: UserPassword }
  | { readonly _tag: "Password"; readonly userPassword: UserPassword }
  | { readonly _tag: "RefreshToken"; readonly token: Redacted.Redacted }

/**
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  readonly grant: Grant
  /** With these statuses the service says that it knows another form of the request only. */
  readonly nextOn: ReadonlyArray<number>
}

const unsupported = [404, 405]

/** Where the user asked for POST first: Azure says 400, Artifactory 401 to a POST that it does not know. */
const unsupportedByForce = [400, 401, 404, 405]

/** Azure's registries take an identity token as the password of this user. */
const azureUser = "00000000-0000-0000-0000-000000000000"

const anonymous: Grant = { _tag: "Anonymous" }

const chain = (nextOn: ReadonlyArray<number>, grants: ReadonlyArray<Grant>): ReadonlyArray<Attempt> =>
  grants.map((grant, i) => ({ grant, nextOn: i === grants.length - 1 ? [] : nextOn }))

/**
 * At least one attempt. A refused credential never ends in an anonymous request, and with `auto` a password is never
 * tried twice: that would count towards locking the account.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (method: Method, credential: Option.Option<Credential>): ReadonlyArray<Attempt> => {
  const login = Option.flatMap(credential, Authorization.userPasswordOf)
  const identity = Option.flatMap(credential, ({ identityToken }) => Authorization.present(identityToken))
  const get = Option.toArray(Option.map(login, (userPassword): Grant => ({ _tag: "Basic", userPassword })))
  if (method === "basic") {
    const user = Option.match(credential, { onNone: () => undefined, onSome: (_) => _.userPassword?.username })
    const asPassword = Option.map(identity, (token): Grant => ({
      _tag: "Basic",
      userPassword: userPassword(user === undefined || user === "" ? azureUser : user, token)
    }))
    return chain([], [get[0] ?? Option.getOrElse(asPassword, () => anonymous)])
  }
  const nextOn = method === "oauth2" ? unsupportedByForce : unsupported
  if (Option.isSome(identity)) return chain(nextOn, [{ _tag: "RefreshToken", token: identity.value }, ...get])
  if (Option.isNone(login)) return chain([], [anonymous])
  const post: Grant = { _tag: "Password", userPassword: login.value }
  return chain(nextOn, method === "oauth2" ? [post, ...get] : [...get, post])
}
