/**
 * A place where credentials are found. Sources compose with one combinator, so that a chain reads as it runs:
 *
 * ```ts
 * lookupChain.pipe(orElse(dockerConfig), orElse(gitHubCli))
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import * as Provenance from "../domain/Provenance.ts"
import type { Target } from "../domain/Resource.ts"
import { CredentialNotFound, type SourceUnavailable } from "../domain/SourceError.ts"

/**
 * `CredentialNotFound` and `SourceUnavailable` let a chain go on; `E` stops it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CredentialSource<out A, out E = never> extends Pipeable.Pipeable {
  readonly name: string
  readonly lookup: (target: Target) => Effect.Effect<A, CredentialNotFound | SourceUnavailable | E>
}

/**
 * A source whose outcomes are not recorded, because those of its parts are.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLookup = <A, E = never>(
  name: string,
  lookup: CredentialSource<A, E>["lookup"]
): CredentialSource<A, E> => ({
  name,
  lookup,
  pipe() {
    return Pipeable.pipeArguments(this, arguments)
  }
})

/**
 * A source whose every outcome is recorded under its name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E = never>(
  name: string,
  lookup: (target: Target) => Effect.Effect<A, CredentialNotFound | SourceUnavailable | E>
): CredentialSource<A, E> =>
  fromLookup(name, (target) =>
    lookup(target).pipe(
      Effect.tapBoth({
        onSuccess: () => Provenance.step({ kind: "source", subject: name, outcome: "found" }),
        onFailure: (error) => Provenance.step(stepOf(name, error))
      }),
      Effect.withSpan("CredentialSource.lookup", { attributes: { source: name, registry: target.host } })
    ))

const stepOf = (subject: string, error: unknown): Provenance.Step => {
  if (isSkippable(error)) {
    return error._tag === "CredentialNotFound"
      ? { kind: "source", subject, outcome: "nothing found" }
      : { kind: "source", subject, outcome: `not available: ${error.reason}`, warning: "SourceUnavailable" }
  }
  return { kind: "source", subject, outcome: "failed" }
}

const isSkippable = (error: unknown): error is CredentialNotFound | SourceUnavailable =>
  typeof error === "object" && error !== null && "_tag" in error &&
  (error._tag === "CredentialNotFound" || error._tag === "SourceUnavailable")

/**
 * A source that holds nothing: the neutral element of `orElse`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: CredentialSource<never> = fromLookup<never>(
  "none",
  () => new CredentialNotFound({ source: "none" })
)

/**
 * The same source with another shape of answer.
 *
 * @since 0.1.0
 * @category combinators
 */
export const map: {
  <A, B>(f: (a: A) => B): <E>(self: CredentialSource<A, E>) => CredentialSource<B, E>
  <A, E, B>(self: CredentialSource<A, E>, f: (a: A) => B): CredentialSource<B, E>
} = dual(
  2,
  <A, E, B>(self: CredentialSource<A, E>, f: (a: A) => B): CredentialSource<B, E> =>
    fromLookup(self.name, (target) => Effect.map(self.lookup(target), f))
)

/**
 * Asks the next source when this one holds nothing or does not exist; any other failure is the chain's.
 *
 * @since 0.1.0
 * @category combinators
 */
export const orElse: {
  <A2, E2>(next: CredentialSource<A2, E2>): <A, E>(self: CredentialSource<A, E>) => CredentialSource<A | A2, E | E2>
  <A, E, A2, E2>(self: CredentialSource<A, E>, next: CredentialSource<A2, E2>): CredentialSource<A | A2, E | E2>
} = dual(
  2,
  <A, E, A2, E2>(self: CredentialSource<A, E>, next: CredentialSource<A2, E2>): CredentialSource<A | A2, E | E2> =>
    fromLookup(
      `${self.name}, ${next.name}`,
      (target) =>
        Effect.catchIf(self.lookup(target), isSkippable, () => next.lookup(target)) as Effect.Effect<
          A | A2,
          CredentialNotFound | SourceUnavailable | E | E2
        >
    )
)

/**
 * The whole chain's answer; `None` when every source was asked and held nothing.
 *
 * @since 0.1.0
 * @category running
 */
export const find = <A, E>(source: CredentialSource<A, E>, target: Target): Effect.Effect<Option.Option<A>, E> =>
  source.lookup(target).pipe(
    Effect.map(Option.some),
    Effect.catchIf(isSkippable, () => Effect.succeed(Option.none<A>()))
  ) as Effect.Effect<Option.Option<A>, E>
