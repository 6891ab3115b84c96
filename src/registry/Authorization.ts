/**
 * The values of the `Authorization` header.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Credential, UserPassword } from "../domain/Credential.ts"
import { TokenUnsafe } from "./RegistryError.ts"

/**
 * Whose secret it is, for messages.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject {
  readonly registry: string
  /** Where the secret came from. */
  readonly origin: string
  /** How to replace it, in the imperative and without a full stop. */
  readonly renew?: string | undefined
}

/**
 * Visible ASCII without blanks: what may stand after `Bearer`.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isSafe = (token: string): boolean => /^[!-~]+$/.test(token)

const header = (scheme: string, value: Redacted.Redacted): Redacted.Redacted =>
  Redacted.make(`${scheme} ${Redacted.value(value)}`)

/**
 * @since 0.1.0
 * @category constructors
 */
export const basic = ({ basic }: UserPassword): Effect.Effect<Redacted.Redacted> =>
  Effect.succeed(header("Basic", basic))

/**
 * Errors: `TokenUnsafe` when the token would end the header and begin another.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bearer = (token: Redacted.Redacted, subject: Subject): Effect.Effect<Redacted.Redacted, TokenUnsafe> =>
  isSafe(Redacted.value(token)) ? Effect.succeed(header("Bearer", token)) : Effect.fail(new TokenUnsafe(subject))

/**
 * A text that is not empty.
 *
 * @since 0.1.0
 * @category accessors
 */
export const present = (secret: Redacted.Redacted | undefined): Option.Option<Redacted.Redacted> =>
  Option.filter(Option.fromNullable(secret), (secret) => Redacted.value(secret) !== "")

/**
 * Username and password, unless the password is empty: then there is no login.
 *
 * @since 0.1.0
 * @category accessors
 */
export const userPasswordOf = (credential: Credential): Option.Option<UserPassword> =>
  Option.filter(Option.fromNullable(credential.userPassword), ({ password }) => Option.isSome(present(password)))

/**
 * What a registry takes without any exchange: its own token, or user and password. `None` when the credential holds
 * neither, which an identity token does not replace.
 *
 * @since 0.1.0
 * @category constructors
 */
export const forHost = (
  credential: Credential,
  registry: string
): Effect.Effect<Option.Option<Redacted.Redacted>, TokenUnsafe> => {
  const token = present(credential.registryToken)
  if (Option.isSome(token)) {
    return Effect.asSome(bearer(token.value, { registry, origin: credential.origin, renew: credential.renew }))
  }
  return Effect.transposeMapOption(userPasswordOf(credential), basic)
}

/**
 * The secrets of a credential, in every form in which a server may repeat them.
 *
 * @since 0.2.0
 * @category accessors
 */
export const secretsOf = (
  { identityToken, registryToken, userPassword }: Credential
): ReadonlyArray<Redacted.Redacted> =>
  [identityToken, registryToken, userPassword?.password, userPassword?.basic].filter((secret) => secret !== undefined)
