/**
 * What happens when a registry refuses a credential that was not given for it, such as the `GITHUB_TOKEN` of a workflow at
 * `ghcr.io`: the credential that was given for it is tried, and without one the answer is a stranger's.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Credential } from "../domain/Credential.ts"
import type { GetCredentialsResponse } from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { ScopeInsufficient, TokenRefused } from "../registry/RegistryError.ts"
import * as Provider from "./Provider.ts"
import type { ProviderError } from "./ProviderError.ts"

type Answer = Effect.Effect<GetCredentialsResponse, ProviderError>

type Refusal = ScopeInsufficient | TokenRefused

const isRefusal = (error: ProviderError): error is Refusal =>
  error._tag === "ScopeInsufficient" ||
  error._tag === "TokenRefused" && (error.reason === "Unauthorized" || error.reason === "Forbidden")

const statusOf = (error: Refusal): string =>
  error._tag === "TokenRefused" ? `${error.status}` : `no right to ${error.action} ${error.repository}`

const warn = (error: Refusal, { origin }: Credential, next: string) => {
  const service = error._tag === "TokenRefused" ? error.realm : error.registry
  return Provenance.warn(
    `${service} refused the credential of ${origin} (${statusOf(error)}), which was not given for it, and ${next}.`
  )
}

/** An anonymous answer without access leaves the refusal as it was. */
const anonymous = (answer: Answer, error: Refusal): Answer =>
  answer.pipe(
    Effect.mapError(() => error),
    Effect.filterOrFail(({ headers }) => headers.has("Authorization"), () => error)
  )

/**
 * The outcome for a credential that was found.
 *
 * @since 0.2.0
 * @category running
 */
export const outcome = (
  found: Credential,
  { answer, given, needsHeader = true }: {
    /** What the registry wants for this credential, or for a stranger. */
    readonly answer: (credential: Option.Option<Credential>) => Answer
    /** The next credential that was given for the registry. */
    readonly given: Effect.Effect<Option.Option<Credential>, ProviderError>
    /** A stranger needs a header, too: without one, the refusal stands. */
    readonly needsHeader?: boolean
  }
): Effect.Effect<Provider.Outcome, ProviderError> => {
  const headers = (credential: Credential): Effect.Effect<Provider.Outcome, ProviderError> =>
    Effect.map(answer(Option.some(credential)), (response) => Provider.Outcome.Headers({ response }))
  if (found.ambient !== true) return headers(found)
  const afterRefusal = Effect.fnUntraced(function*(error: Refusal) {
    const next = yield* given
    if (Option.isSome(next)) {
      yield* warn(error, found, `that of ${next.value.origin} is used instead`)
      return yield* headers(next.value)
    }
    const stranger = needsHeader ? anonymous(answer(Option.none()), error) : answer(Option.none())
    return Provider.Outcome.NoCredential({
      reason: "the only credential was refused",
      setup: found.renew === undefined ? [] : [found.renew],
      anonymous: Effect.zipRight(warn(error, found, "is asked without one"), stranger),
      refused: error
    })
  })
  return Effect.catchIf(headers(found), isRefusal, afterRefusal)
}
