/**
 * Registry credentials in the variables of CI systems. A variable is looked at only for the host it is for.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Credential } from "../domain/Credential.ts"
import { userPassword } from "../domain/Credential.ts"
import { parseBareHost } from "../domain/Resource.ts"
import { Environment } from "../platform/Environment.ts"
import type { EnvironmentCredential } from "../registry/KnownRegistries.ts"
import * as KnownRegistries from "../registry/KnownRegistries.ts"
import * as CredentialSource from "./CredentialSource.ts"

/** The name under which the steps of this source are recorded. */
const name = "environment"

const read = Effect.fnUntraced(
  function*(environment: Environment["Type"], { password, username }: EnvironmentCredential) {
    const secret = yield* environment.get(password)
    if (Option.isNone(secret)) return Option.none<Credential>()
    const user = "literal" in username
      ? Option.some(username.literal)
      : Option.orElse(yield* environment.get(username.variable), () => Option.fromNullable(username.otherwise))
    return Option.map(user, (user): Credential => ({
      origin: `the environment variable ${password}`,
      userPassword: userPassword(user, Redacted.make(secret.value))
    }))
  }
)

/**
 * The registry that GitLab's CI names to its jobs.
 *
 * @since 0.1.0
 * @category accessors
 */
export const gitLabHost = (environment: Environment["Type"]): Effect.Effect<Option.Option<string>> =>
  Effect.map(environment.get(KnownRegistries.gitLabCi.host), Option.flatMap(parseBareHost))

/** The variables that are for this host: GitLab's where `CI_REGISTRY` names it, then those of the registry itself. */
const candidates = Effect.fnUntraced(function*(environment: Environment["Type"], host: string) {
  const gitLab = yield* gitLabHost(environment)
  const known = Option.flatMapNullable(KnownRegistries.find(host), (registry) => registry.environment)
  return [
    ...(Option.contains(gitLab, host) ? KnownRegistries.gitLabCi.environment : []),
    ...Option.getOrElse(known, () => [])
  ]
})

/**
 * Username and password are one unit: the first complete pair is the answer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<CredentialSource.CredentialSource<Credential>, never, Environment> = Effect.map(
  Environment,
  (environment) =>
    CredentialSource.make(
      name,
      Effect.fnUntraced(function*(target) {
        for (const candidate of yield* candidates(environment, target.host)) {
          const credential = yield* read(environment, candidate)
          if (Option.isSome(credential)) return CredentialSource.Answer.Found({ value: credential.value })
        }
        return CredentialSource.Answer.NothingFound()
      })
    )
)
