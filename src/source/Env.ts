/**
 * Secrets in environment variables.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Environment } from "../platform/Environment.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"
import * as SourceKind from "./SourceKind.ts"

/**
 * The value of one variable; an empty one counts as unset.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  environment: Environment["Type"],
  variable: string
): CredentialSource.CredentialSource<Secret.Secret> => {
  const name = `env ${variable}`
  return CredentialSource.make(name, () =>
    Effect.map(
      environment.get(variable),
      Option.match({
        onNone: () => CredentialSource.Answer.NothingFound(),
        onSome: (value) => Secret.fromStored(name, Redacted.make(value))
      })
    ))
}

/**
 * The first of the variables that is not empty.
 *
 * @since 0.1.0
 * @category constructors
 */
export const first = (
  environment: Environment["Type"],
  variables: ReadonlyArray<string>
): CredentialSource.CredentialSource<Secret.Secret> =>
  CredentialSource.firstOf(variables.map((variable) => make(environment, variable)))

/**
 * `{"source":"env","name":"GH_TOKEN"}`
 *
 * @since 0.2.0
 * @category kinds
 */
export const kind = (environment: Environment["Type"]): SourceKind.SourceKind =>
  SourceKind.make({
    name: "env",
    Config: Schema.Struct({ name: SourceKind.Name }),
    make: ({ name }) => Either.right(make(environment, name))
  })
