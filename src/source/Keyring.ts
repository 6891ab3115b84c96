/**
 * Secrets in the system's keyring.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Keyring } from "../platform/Keyring.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"

/**
 * The secret of a service, such as the GitHub CLI's `gh:github.com`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  keyring: Keyring["Type"],
  service: string
): CredentialSource.CredentialSource<Redacted.Redacted> => {
  const name = `keyring ${service}`
  return CredentialSource.make<Redacted.Redacted>(
    name,
    () => Effect.flatMap(keyring.get(service, ""), (value) => Secret.make(name, value))
  )
}
