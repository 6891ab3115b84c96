/**
 * What a single source holds: one secret, and what is known about it.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import { Answer } from "./CredentialSource.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Secret {
  readonly value: Redacted.Redacted
  /** Where it was found, fit for a message: `env GH_TOKEN`. */
  readonly origin: string
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
export const fromStored = (origin: string, stored: Redacted.Redacted): Answer<Secret> => {
  const text = Redacted.value(stored).replace(/\r?\n$/, "")
  return text === "" ? Answer.NothingFound() : Answer.Found({ value: { origin, value: Redacted.make(text) } })
}
