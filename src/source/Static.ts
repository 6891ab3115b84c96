/**
 * Secrets that stand in the configuration itself.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (value: Redacted.Redacted): CredentialSource.CredentialSource<Redacted.Redacted> =>
  CredentialSource.make<Redacted.Redacted>("static value", () => Secret.make("static value", value))
