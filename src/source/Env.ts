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
import * as NearMiss from "../config/NearMiss.ts"
import * as ForeignText from "../domain/ForeignText.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Environment } from "../platform/Environment.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"
import * as SourceKind from "./SourceKind.ts"

type Source = CredentialSource.CredentialSource<Secret.Secret>

const nameOf = (variable: string): string => `environment variable ${variable}`

/** What there is in place of a variable's value. */
const missing = (environment: Environment["Type"], variable: string): string =>
  environment.variables.has(variable) ? "set, but empty" : "not set"

const ask = (
  environment: Environment["Type"],
  variable: string,
  otherwise: Effect.Effect<string>
): Effect.Effect<CredentialSource.Answer<Secret.Secret>> =>
  Effect.flatMap(environment.get(variable), (value) =>
    Option.isSome(value)
      ? Effect.succeed(Secret.fromStored(`the ${nameOf(variable)}`, Redacted.make(value.value), { variable }))
      : Effect.map(otherwise, (reason) => CredentialSource.Answer.Missing({ reason })))

/**
 * The value of one variable; an empty one counts as unset.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (environment: Environment["Type"], variable: string): Source =>
  CredentialSource.make(
    nameOf(variable),
    () => ask(environment, variable, Effect.sync(() => missing(environment, variable)))
  )

/**
 * The first of the variables that is not empty.
 *
 * @since 0.1.0
 * @category constructors
 */
export const first = (environment: Environment["Type"], variables: ReadonlyArray<string>): Source =>
  CredentialSource.firstOf(variables.map((variable) => make(environment, variable)))

/**
 * A variable whose value must not be used, with the reason: it only tells the user that it is set.
 *
 * @since 0.2.0
 * @category constructors
 */
export const withheld = (environment: Environment["Type"], variable: string, reason: string): Source =>
  CredentialSource.make(
    nameOf(variable),
    () =>
      Effect.map(environment.get(variable), (value) =>
        CredentialSource.Answer.Missing({
          reason: Option.isSome(value) ? `set, but not for this host: ${reason}` : missing(environment, variable)
        }))
  )

/** Two letters are a typing error in a long name, and another name in a short one: `GH_TOKEN`, `CI_TOKEN`. */
const maxEdits = (variable: string): number => variable.length < 4 ? 0 : variable.length < 10 ? 1 : 2

const withoutDigits = (name: string): string => name.replace(/\d+/g, "")

/** A variable that is set and has nearly the name of one that is not. */
const nearMiss = (environment: Environment["Type"], variable: string): Option.Option<string> => {
  const others = [...environment.variables].flatMap(([name, value]) =>
    value !== "" && name !== variable && withoutDigits(name) !== withoutDigits(variable) ? [name] : []
  )
  return NearMiss.find(variable, others, { maxEdits: maxEdits(variable) })
}

/** The name is the user's own, and may be misspelt. */
const configured = (environment: Environment["Type"], variable: string): Source => {
  const otherwise = Effect.suspend(() => {
    const reason = missing(environment, variable)
    const near = environment.variables.has(variable) ? Option.none() : nearMiss(environment, variable)
    if (Option.isNone(near)) return Effect.succeed(reason)
    const name = ForeignText.oneLine(near.value, 80)
    return Effect.as(
      Provenance.warn(
        `the configuration names the variable ${variable}, which is not set, and ${name} is. Correct one of the two names.`
      ),
      `${reason} (${name} is)`
    )
  })
  return CredentialSource.make(nameOf(variable), () => ask(environment, variable, otherwise))
}

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
    setup: ({ name }) => `set ${name}`,
    make: ({ name }) => Either.right(configured(environment, name))
  })
