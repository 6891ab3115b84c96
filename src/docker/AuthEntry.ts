/**
 * What one entry of `auths` holds (registry-auth A.4).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credential from "../domain/Credential.ts"
import * as JsonObject from "./JsonObject.ts"

/**
 * A credential that does not know yet where it was found.
 *
 * @since 0.1.0
 * @category models
 */
export type Secrets = Omit<Credential.Credential, "origin">

/**
 * What is wrong, and with which member; never with its value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Problem {
  readonly member: Option.Option<string>
  readonly reason: string
}

const fields = ["auth", "username", "password", "identitytoken", "registrytoken"] as const

type Fields = Readonly<Record<typeof fields[number], string>>

const problem = (member: Option.Option<string>, reason: string): Problem => ({ member, reason })

/** All fields are looked at, also those that another one outranks: what docker refuses is refused here. */
const fieldsOf = (entry: JsonObject.JsonObject): Either.Either<Fields, Problem> =>
  Either.all(
    Object.fromEntries(fields.map((name) => [
      name,
      Either.fromOption(
        JsonObject.text(JsonObject.member(entry, name)),
        () => problem(Option.some(name), "it is not a string")
      )
    ])) as Record<keyof Fields, Either.Either<string, Problem>>
  )

/** `auth` outranks the plain fields. A pair of two empty texts lets nobody in. */
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
  "no colon between user and password": "it decodes to a text without a colon between user and password"
}

const emptyPair = Redacted.value(Credential.userPassword("", Redacted.make("")).basic)

/**
 * The secrets of an entry. `None` is a marker: "a helper holds this", or nothing usable at all.
 *
 * @since 0.1.0
 * @category constructors
 */
export const decode = (entry: Redacted.Redacted<unknown>): Either.Either<Option.Option<Secrets>, Problem> =>
  Either.gen(function*() {
    const object = yield* Either.fromOption(
      JsonObject.fromUnknown(Redacted.value(entry)),
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
