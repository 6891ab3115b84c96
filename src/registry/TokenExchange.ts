/**
 * A bearer token for a registry: from the credential itself, or from the token service that the challenge names.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { Credential } from "../domain/Credential.ts"
import type * as Http from "../http/Http.ts"
import * as AccessClaim from "./AccessClaim.ts"
import * as Authorization from "./Authorization.ts"
import type * as Challenge from "./Challenge.ts"
import * as RealmPolicy from "./RealmPolicy.ts"
import { type RealmNotTrusted, ScopeInsufficient, type TokenError } from "./RegistryError.ts"
import * as TokenPlan from "./TokenPlan.ts"
import * as TokenRequest from "./TokenRequest.ts"
import * as TokenResponse from "./TokenResponse.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** The origin that was asked, such as `https://ghcr.io/`. */
  readonly registryUrl: URL
  readonly challenge: Challenge.Bearer
  /** Did another host than the registry answer with the challenge? Then the credential stays here. */
  readonly foreign: boolean
  /** The first one is what the caller needs; others are what the registry asks for besides. */
  readonly scopes: ReadonlyArray<string>
  readonly credential: Option.Option<Credential>
  readonly method: TokenPlan.Method
  readonly trustedRealms: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  /** The value of the header. */
  readonly authorization: Redacted.Redacted
  /** Until when it may be used; absent when it is not known. */
  readonly usableUntil: Option.Option<DateTime.Utc>
}

interface Subject extends Omit<Authorization.Subject, "origin"> {
  /** Absent for an anonymous request. */
  readonly origin?: string | undefined
}

/** A token without the access that was asked for is a refusal, though the service calls it a success. */
const sufficient = (
  { origin, registry, renew }: Subject,
  [scope = ""]: ReadonlyArray<string>,
  token: Redacted.Redacted
): Effect.Effect<Redacted.Redacted, ScopeInsufficient> =>
  Option.match(AccessClaim.lackOf(token, scope), {
    onNone: () => Effect.succeed(token),
    onSome: (lack) => new ScopeInsufficient({ registry, ...lack, origin, renew })
  })

const answerOf = (
  subject: TokenResponse.Subject,
  scopes: ReadonlyArray<string>,
  token: TokenResponse.Token
): Effect.Effect<Answer, TokenError> =>
  sufficient(subject, scopes, token.value).pipe(
    Effect.flatMap((value) => Authorization.bearer(value, { registry: subject.registry, origin: subject.realm })),
    Effect.map((authorization) => ({ authorization, usableUntil: Option.some(TokenResponse.usableUntil(token)) }))
  )

/**
 * The credential's own registry token, if it has one: there is nothing to exchange, and no realm to trust.
 *
 * @since 0.1.0
 * @category running
 */
export const registryToken = (request: Request): Effect.Effect<Option.Option<Answer>, TokenError> => {
  const { credential, foreign, registryUrl } = request
  const token = foreign ? Option.none() : Option.flatMap(credential, (_) => Authorization.present(_.registryToken))
  const { origin, renew } = Option.getOrElse(credential, () => ({ origin: "", renew: undefined }))
  const subject = { registry: registryUrl.host, origin, renew }
  return Effect.transposeMapOption(token, (token) =>
    sufficient(subject, request.scopes, token).pipe(
      Effect.flatMap((token) => Authorization.bearer(token, subject)),
      Effect.map((authorization): Answer => ({
        authorization,
        usableUntil: Option.flatMapNullable(credential, ({ expires }) => expires)
      }))
    ))
}

/**
 * Sends the request for a token.
 *
 * Errors: `RealmNotTrusted` before anything is sent; else what the service, or the way to it, made of the request.
 *
 * @since 0.1.0
 * @category running
 */
export const exchange = (
  http: Http.Http["Type"],
  request: Request
): Effect.Effect<Answer, RealmNotTrusted | TokenError> =>
  Effect.gen(function*() {
    const { challenge, method, registryUrl, trustedRealms } = request
    const ready = yield* registryToken(request)
    if (Option.isSome(ready)) return ready.value
    const credential = request.foreign ? Option.none() : request.credential
    const plan = TokenPlan.make(method, credential)
    const hasCredentials = plan.some((attempt) => attempt.grant._tag !== "Anonymous")
    const { realm } = yield* RealmPolicy.decide({
      registryUrl,
      realm: challenge.realm,
      hasCredentials,
      trustedRealms
    })
    realm.hash = ""
    const subject: TokenResponse.Subject = {
      registry: registryUrl.host,
      realm: realm.host,
      ...(hasCredentials && Option.isSome(credential)
        ? {
          origin: credential.value.origin,
          renew: credential.value.renew,
          secrets: Authorization.secretsOf(credential.value)
        }
        : {})
    }
    const send = (attempt: TokenPlan.Attempt) =>
      TokenRequest.send(http, TokenRequest.make(realm, challenge.service, request.scopes, attempt.grant))
    for (const attempt of plan) {
      const response = yield* send(attempt)
      if (!attempt.nextOn.includes(response.status)) {
        return yield* Effect.flatMap(TokenResponse.decode(subject, response), (token) =>
          answerOf(subject, request.scopes, token))
      }
    }
    // The last attempt of a plan has nothing to go on to.
    return yield* Effect.dieMessage("a plan without an end")
  }).pipe(Effect.withSpan("TokenExchange.exchange", { attributes: { registry: request.registryUrl.host } }))
