/**
 * Secrets in the system's keyring.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { CredentialNotFound, SourceUnavailable } from "../domain/SourceError.ts"
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
    () =>
      keyring.get(service, "").pipe(
        Effect.mapError(({ reason }) => new SourceUnavailable({ source: name, reason })),
        Effect.flatMap(Option.match({
          onNone: () => new CredentialNotFound({ source: name }),
          onSome: (value) => Secret.make(name, value)
        }))
      )
  )
}
