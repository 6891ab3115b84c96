/**
 * What a single source holds: one secret, and what is known about it.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Provenance from "../domain/Provenance.ts"
import * as CredentialSource from "./CredentialSource.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Secret {
  readonly value: Redacted.Redacted
  /** Where it was found, fit for a message: `the environment variable GH_TOKEN`. */
  readonly origin: string
  /** The environment variable that holds it. */
  readonly variable?: string
  /** How to replace it when it is refused, in the imperative and without a full stop. */
  readonly renew?: string
  /** The user that the source names with it. */
  readonly username?: string
  /** After this instant it must not be used; absent when the source does not say. */
  readonly expires?: DateTime.Utc
}

/**
 * The secret in a stored string, as a source's answer. Secrets stored with `echo` end in a newline, which no header can
 * hold; an empty string is no secret.
 *
 * @since 0.2.0
 * @category constructors
 */
export const fromStored = (
  origin: string,
  stored: Redacted.Redacted,
  about: Pick<Secret, "variable" | "renew"> = {}
): CredentialSource.Answer<Secret> => {
  const text = Redacted.value(stored).replace(/\r?\n$/, "")
  return text === ""
    ? CredentialSource.Answer.Missing({ reason: "set, but empty" })
    : CredentialSource.Answer.Found({ value: { ...about, origin, value: Redacted.make(text) } })
}

const quoted = /^(["'])(.*)\1$/s

/** What is often stored around a token: spaces, the quotes of an `.env` file, the scheme of a header. */
const wrappings = [
  { what: "spaces around it", pattern: /^(?=\s)()\s*(.*?)\s*$|^()(.*?)\s+$/s },
  { what: "quotes around it", pattern: quoted },
  { what: "the scheme of a header in front of it", pattern: /^(bearer|token)\s+(\S+)$/is }
]

/** The token itself, and what was around it. */
const unwrap = (text: string): { readonly token: string; readonly around: ReadonlyArray<string> } =>
  wrappings.reduce<{ readonly token: string; readonly around: ReadonlyArray<string> }>(
    ({ around, token }, wrapping) => {
      const found = wrapping.pattern.exec(token)
      return found === null
        ? { token, around }
        : { token: found[2] ?? found[4] ?? "", around: [...around, wrapping.what] }
    },
    { token: text, around: [] }
  )

const nameOf = ({ origin, variable }: Secret): string => variable ?? origin

/**
 * The same source for a token. Quotes, spaces and the scheme of a header around it are left out with a warning, for none
 * of them is ever part of a token.
 *
 * @since 0.2.0
 * @category combinators
 */
export const tokens = <E>(
  source: CredentialSource.CredentialSource<Secret, E>
): CredentialSource.CredentialSource<Secret, E> =>
  CredentialSource.filterMapEffect(source, (secret) => {
    const { around, token } = unwrap(Redacted.value(secret.value))
    const cleaned = token === "" ? Option.none() : Option.some({ ...secret, value: Redacted.make(token) })
    return around.length === 0 ? Effect.succeedSome(secret) : Effect.as(
      Provenance.warn(
        `${nameOf(secret)} is stored with ${around.join(" and ")}, and used without. Store the token alone.`
      ),
      cleaned
    )
  })

/**
 * The same source for a password, which may begin and end with anything: quotes around it are sent, with a warning.
 *
 * @since 0.2.0
 * @category combinators
 */
export const passwords = <E>(
  source: CredentialSource.CredentialSource<Secret, E>
): CredentialSource.CredentialSource<Secret, E> =>
  CredentialSource.filterMapEffect(source, (secret) =>
    Effect.as(
      Effect.when(
        Provenance.warn(
          `${nameOf(secret)} has quotes around it, and they are sent. If they are no part of it, store it without them.`
        ),
        () => quoted.test(Redacted.value(secret.value))
      ),
      Option.some(secret)
    ))
