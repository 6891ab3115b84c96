/**
 * What a source hands out: a text that is not empty.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CredentialNotFound } from "../domain/SourceError.ts"

/**
 * Secrets that were stored with `echo` end in a newline, which no header can hold; an empty one is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  source: string,
  value: Redacted.Redacted
): Effect.Effect<Redacted.Redacted, CredentialNotFound> => {
  const text = Redacted.value(value).replace(/\r?\n$/, "")
  return text === "" ? new CredentialNotFound({ source }) : Effect.succeed(Redacted.make(text))
}
