/**
 * Decodes one entry of `auths` in a docker config.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credential from "../domain/Credential.ts"
import * as GoJson from "./GoJson.ts"

/**
 * A credential without its origin.
 *
 * @since 0.1.0
 * @category models
 */
export type Secrets = Omit<Credential.Credential, "origin">

/**
 * Why an entry is invalid, without any value of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Problem {
  /** The invalid member; `None` for the entry as a whole. */
  readonly member: Option.Option<string>
  readonly reason: string
}

const fields = ["auth", "username", "password", "identitytoken", "registrytoken"] as const

type Fields = Readonly<Record<typeof fields[number], string>>

const problem = (member: Option.Option<string>, reason: string): Problem => ({ member, reason })

/** Checks all fields, even overridden ones: docker rejects such an entry too. */
const fieldsOf = (entry: GoJson.JsonObject): Either.Either<Fields, Problem> =>
  Either.all(
    Object.fromEntries(fields.map((name) => [
      name,
      Either.fromOption(
        GoJson.string(GoJson.fields(entry, name)),
        () => problem(Option.some(name), "it is not a string")
      )
    ])) as Record<keyof Fields, Either.Either<string, Problem>>
  )

/** `auth` overrides the plain fields. An empty username and password is no credential. */
const userPasswordOf = (entry: Fields): Either.Either<Option.Option<Credential.UserPassword>, Problem> => {
  const pair = entry.auth === ""
    ? Credential.userPassword(entry.username, Redacted.make(entry.password))
    : Credential.fromAuth(Redacted.make(entry.auth))
  return typeof pair === "string"
    ? Either.left(problem(Option.some("auth"), authReasons[pair]))
    : Either.right(Option.filter(Option.some(pair), (pair) => Redacted.value(pair.basic) !== emptyPair))
}

const authReasons: Readonly<Record<Credential.AuthProblem, string>> = {
  "not base64": "it is not base64",
  "no colon between user and password": "it decodes to a string without a colon between username and password"
}

const emptyPair = Redacted.value(Credential.userPassword("", Redacted.make("")).basic)

/**
 * The secrets of an entry. `None` if it has none: `docker login` writes such an entry when a helper stores the credential.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (entry: Redacted.Redacted<GoJson.Json>): Either.Either<Option.Option<Secrets>, Problem> =>
  Either.gen(function*() {
    const object = yield* Either.fromOption(
      GoJson.object(Redacted.value(entry)),
      () => problem(Option.none(), "it is not an object")
    )
    const values = yield* fieldsOf(object)
    const userPassword = yield* userPasswordOf(values)
    const secrets: Secrets = {
      ...Option.match(userPassword, { onNone: () => ({}), onSome: (userPassword) => ({ userPassword }) }),
      ...(values.identitytoken === "" ? {} : { identityToken: Redacted.make(values.identitytoken) }),
      ...(values.registrytoken === "" ? {} : { registryToken: Redacted.make(values.registrytoken) })
    }
    return Object.keys(secrets).length === 0 ? Option.none() : Option.some(secrets)
  })
