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
import * as Provenance from "../domain/Provenance.ts"
import { parseBareHost } from "../domain/Resource.ts"
import { Environment } from "../platform/Environment.ts"
import * as Authorization from "../registry/Authorization.ts"
import type { EnvironmentCredential } from "../registry/KnownRegistries.ts"
import * as KnownRegistries from "../registry/KnownRegistries.ts"
import { TokenUnsafe } from "../registry/RegistryError.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Env from "./Env.ts"
import * as GitHubVariables from "./GitHubVariables.ts"
import * as Secret from "./Secret.ts"

type Env = Environment["Type"]
type Source = CredentialSource.CredentialSource<Credential, TokenUnsafe>

/** Tokens that a job or a user has for other purposes, and that a registry may refuse. */
const ambient = new Set([...GitHubVariables.names, "CI_JOB_TOKEN"])

const asPassword = (variable: string): boolean => variable.endsWith("PASSWORD")

/** The user that goes with a variable. Without one there is no credential, which a step says. */
const userOf = Effect.fnUntraced(
  function*(environment: Env, { password, username }: EnvironmentCredential) {
    if ("literal" in username) return Option.some(username.literal)
    const user = yield* environment.get(username.variable)
    if (Option.isSome(user) || username.otherwise !== undefined) {
      return Option.orElse(user, () => Option.fromNullable(username.otherwise))
    }
    const outcome = Provenance.SourceOutcome.Missing({ reason: `not set, though ${password} is` })
    yield* Provenance.step(
      Provenance.Step.SourceAsked({ source: `environment variable ${username.variable}`, outcome })
    )
    return Option.none()
  }
)

const credentialOf = (user: string, { origin, value, variable = "" }: Secret.Secret): Credential => ({
  origin,
  userPassword: userPassword(user, value),
  renew: `set ${variable} to a token that works`,
  ...(ambient.has(variable) ? { ambient: true } : {})
})

/** A token with a space or a line break in it is none. One that was not given for this host is passed over. */
const checked = (host: string, secret: Secret.Secret): Effect.Effect<Option.Option<Secret.Secret>, TokenUnsafe> => {
  const { origin, value, variable = "" } = secret
  if (asPassword(variable) || Authorization.isSafe(Redacted.value(value))) return Effect.succeedSome(secret)
  const error = new TokenUnsafe({ registry: host, origin, renew: `set ${variable} to the token alone` })
  return ambient.has(variable) ? Effect.as(Provenance.warn(error.message), Option.none()) : error
}

const source = (environment: Env, host: string, candidate: EnvironmentCredential): Source => {
  const { password } = candidate
  const variable = Env.make(environment, password)
  return (asPassword(password) ? Secret.passwords(variable) : Secret.tokens(variable)).pipe(
    CredentialSource.filterMapEffect((secret) => checked(host, secret)),
    CredentialSource.filterMapEffect((secret) =>
      Effect.map(userOf(environment, candidate), Option.map((user) => credentialOf(user, secret)))
    )
  )
}

/**
 * The registry that GitLab's CI names to its jobs.
 *
 * @since 0.1.0
 * @category accessors
 */
export const gitLabHost = (environment: Env): Effect.Effect<Option.Option<string>> =>
  Effect.gen(function*() {
    const variable = KnownRegistries.gitLabCi.host
    const text = yield* environment.get(variable)
    const host = Option.flatMap(text, parseBareHost)
    if (Option.isSome(text) && Option.isNone(host)) {
      yield* Provenance.step(Provenance.Step.VariableIgnored({ name: variable, reason: "it is not a host" }))
    }
    return host
  })

const gitHubUser = { variable: "GITHUB_ACTOR", otherwise: "unset" }

/** The sources of GitHub's tokens, where the host is a registry of GitHub's. */
const gitHub = Effect.fnUntraced(function*(environment: Env, host: string) {
  if (!(yield* GitHubVariables.isRegistry(environment, host))) return []
  const candidates = yield* GitHubVariables.candidates(environment, host, Effect.succeed(false))
  return candidates.map(({ variable, withheld }): Source =>
    Option.match(withheld, {
      onNone: () => source(environment, host, { password: variable, username: gitHubUser }),
      onSome: (reason) =>
        CredentialSource.filterMapEffect(Env.withheld(environment, variable, reason), () => Effect.succeedNone)
    })
  )
})

/** The variables that are for this host: GitLab's where `CI_REGISTRY` names it, those of the registry itself, GitHub's. */
const sources = Effect.fnUntraced(function*(environment: Env, host: string) {
  const gitLab = yield* gitLabHost(environment)
  const known = Option.flatMapNullable(KnownRegistries.find(host), (registry) => registry.environment)
  const own = [
    ...(Option.contains(gitLab, host) ? KnownRegistries.gitLabCi.environment : []),
    ...Option.getOrElse(known, () => [])
  ]
  return [
    ...own.map((candidate) => source(environment, host, candidate)),
    ...(yield* gitHub(environment, host))
  ]
})

/**
 * Username and password are one unit: the first complete pair is the answer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Source, never, Environment> = Effect.map(
  Environment,
  (environment) =>
    CredentialSource.suspend(
      "environment",
      ({ host }) => Effect.map(sources(environment, host), CredentialSource.firstOf)
    )
)
