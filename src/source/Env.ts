/**
 * Secrets in environment variables.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialNotFound } from "../domain/SourceError.ts"
import type { Environment } from "../platform/Environment.ts"
import * as CredentialSource from "./CredentialSource.ts"
import { firstOf } from "./FirstOf.ts"
import * as Secret from "./Secret.ts"

/**
 * The value of one variable; an empty one counts as unset.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  environment: Environment["Type"],
  variable: string
): CredentialSource.CredentialSource<Redacted.Redacted> => {
  const name = `env ${variable}`
  return CredentialSource.make<Redacted.Redacted>(name, () =>
    Effect.flatMap(
      environment.get(variable),
      Option.match({
        onNone: () => Effect.fail(new CredentialNotFound({ source: name })),
        onSome: (value) => Secret.make(name, Redacted.make(value))
      })
    ))
}

/**
 * The first of these variables that is not empty.
 *
 * @since 0.1.0
 * @category constructors
 */
export const first = (
  environment: Environment["Type"],
  variables: ReadonlyArray<string>
): CredentialSource.CredentialSource<Redacted.Redacted> =>
  firstOf(variables.map((variable) => make(environment, variable)))
