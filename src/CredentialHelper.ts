/**
 * The service that an application embeds: a URI in, the headers that make its download succeed out.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ExitCode } from "./domain/ExitCode.ts"
import * as GetCredentials from "./domain/GetCredentials.ts"
import type { GetCredentialsRequest, GetCredentialsResponse } from "./domain/GetCredentials.ts"
import * as Provenance from "./domain/Provenance.ts"
import * as Deadline from "./platform/Deadline.ts"
import { Environment } from "./platform/Environment.ts"
import type { LookupError } from "./provider/ProviderError.ts"
import { CredentialRequired } from "./provider/ProviderError.ts"
import { Router } from "./provider/Router.ts"

/**
 * An answer, or why there is none, and how it came about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly result: Either.Either<GetCredentialsResponse, CredentialHelperError>
  readonly provenance: Provenance.Provenance
}

/**
 * @since 0.1.0
 * @category context
 */
export class CredentialHelper extends Context.Tag("CredentialHelper/CredentialHelper")<CredentialHelper, {
  /** The headers for a URI; none for a URI that is not ours. */
  readonly get: (request: GetCredentialsRequest) => Effect.Effect<GetCredentialsResponse, CredentialHelperError>
  /** The same, with every step taken and every input it depends on; it never fails. */
  readonly explain: (request: GetCredentialsRequest) => Effect.Effect<Explanation>
}>() {}

/**
 * How long a look-up may take in all. Bazel gives up after 10 s, so we do before that and can say why.
 *
 * @since 0.1.0
 * @category constants
 */
export const budget: Duration.Duration = Duration.seconds(8)

/**
 * Passes as much time as this process saw, in eighths. On a machine so busy that nothing here moved, an answer that comes late
 * is better than the failure to wait for it.
 */
const pass = (millis: number): Effect.Effect<void> => Effect.repeatN(Effect.sleep(millis / 8), 7)

const outcomes = ({ steps }: Provenance.Provenance): ReadonlyArray<string> =>
  steps.filter(({ kind }) => kind === "source").map(({ outcome, subject }) => `${subject}: ${outcome}`)

const lastStep = ({ steps }: Provenance.Provenance): string => {
  const last = steps.at(-1)
  return last === undefined ? "none" : `${last.subject}: ${last.outcome}`
}

/** The host of a URI, fit for a message. */
const hostOf = (uri: string): string => URL.canParse(uri) ? new URL(uri).host || "this URI" : "this URI"

const exceeded = Effect.fnUntraced(function*(uri: string, sofar: Effect.Effect<Provenance.Provenance>) {
  const last = lastStep(yield* sofar)
  return yield* new BudgetExceeded({ host: hostOf(uri), millis: Duration.toMillis(budget), last })
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const router = yield* Router

  const explain = Effect.fn("CredentialHelper.explain")((request: GetCredentialsRequest) =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const deadline = Math.min(yield* Deadline.Deadline, now + Duration.toMillis(budget))
        const result = yield* router.get(request).pipe(
          Effect.provideService(Deadline.Deadline, deadline),
          Effect.disconnect,
          Effect.raceFirst(Effect.zipRight(pass(Math.max(0, deadline - now)), exceeded(request.uri, sofar))),
          Effect.catchTag("CredentialRequired", (error) =>
            Effect.flatMap(sofar, (provenance) =>
              new CredentialRequired({ ...error, tried: outcomes(provenance) }))),
          Effect.either
        )
        return { result, provenance: yield* sofar }
      })
    )
  )

  return CredentialHelper.of({
    explain,
    get: Effect.fn("CredentialHelper.get")(function*(request: GetCredentialsRequest) {
      const { result } = yield* explain(request)
      return yield* result
    })
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CredentialHelper, never, Router> = Layer.effect(CredentialHelper, make)

/**
 * The answer's line. 7.1 to 7.3 of Bazel mishandle `expires` (bazel#23429); `CREDENTIAL_HELPER_OMIT_EXPIRES` withholds it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (
  response: GetCredentialsResponse
): Effect.Effect<string, never, Environment> =>
  Effect.gen(function*() {
    const omit = yield* (yield* Environment).get("CREDENTIAL_HELPER_OMIT_EXPIRES")
    return GetCredentials.encodeResponse(response, {
      now: yield* DateTime.now,
      omitExpires: Option.exists(omit, (value) => value !== "0" && value !== "false")
    })
  })

/**
 * The whole look-up took longer than callers wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetExceeded extends Data.TaggedError("BudgetExceeded")<{
  readonly host: string
  readonly millis: number
  readonly last: string
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    return `no answer for ${this.host} within ${
      this.millis / 1000
    } s; last step: ${this.last}. Check the network and the credential helpers.`
  }
}

/**
 * What `CredentialHelper.get` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type CredentialHelperError = BudgetExceeded | LookupError
