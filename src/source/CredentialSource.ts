/**
 * A place where credentials are found. Sources compose with one combinator, so that a chain reads as it runs:
 *
 * ```ts
 * lookupChain.pipe(orElse(dockerConfig), orElse(gitHubLogin))
 * ```
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import * as Provenance from "../domain/Provenance.ts"
import type { Target } from "../domain/Resource.ts"

/**
 * `None` lets a chain go on to its next source; a failure ends it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CredentialSource<out A, out E = never> extends Pipeable.Pipeable {
  readonly name: string
  readonly lookup: (target: Target) => Effect.Effect<Option.Option<A>, E>
}

/**
 * What one source came up with.
 *
 * @since 0.2.0
 * @category models
 */
export type Answer<A> = Data.TaggedEnum<{
  Found: { readonly value: A }
  /** The source works, and holds nothing for the target. */
  NothingFound: {}
  /** The same, with what there is in its place: "set, but empty". */
  Missing: { readonly reason: string }
  /** This machine does not have the source, or it cannot answer now. */
  Unavailable: { readonly reason: string }
}>

interface AnswerDefinition extends Data.TaggedEnum.WithGenerics<1> {
  readonly taggedEnum: Answer<this["A"]>
}

/**
 * @since 0.2.0
 * @category constructors
 */
export const Answer = Data.taggedEnum<AnswerDefinition>()

const fromLookup = <A, E>(name: string, lookup: CredentialSource<A, E>["lookup"]): CredentialSource<A, E> => ({
  name,
  lookup,
  pipe() {
    return Pipeable.pipeArguments(this, arguments)
  }
})

const outcomeOf = <A>(answer: Answer<A>): Provenance.SourceOutcome =>
  answer._tag === "Found" ? Provenance.SourceOutcome.Found() : answer

const valueOf = <A>(answer: Answer<A>): Option.Option<A> =>
  answer._tag === "Found" ? Option.some(answer.value) : Option.none()

/**
 * A source whose every outcome is recorded under its name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E = never>(
  name: string,
  ask: (target: Target) => Effect.Effect<Answer<A>, E>
): CredentialSource<A, E> => {
  const step = (outcome: Provenance.SourceOutcome) =>
    Provenance.step(Provenance.Step.SourceAsked({ source: name, outcome }))
  return fromLookup(name, (target) =>
    ask(target).pipe(
      Effect.tapBoth({
        onSuccess: (answer) => step(outcomeOf(answer)),
        onFailure: () => step(Provenance.SourceOutcome.Failed())
      }),
      Effect.map(valueOf),
      Effect.withSpan("CredentialSource.lookup", { attributes: { source: name, "server.address": target.host } })
    ))
}

/**
 * A source that holds nothing: the neutral element of `orElse`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: CredentialSource<never> = fromLookup("none", () => Effect.succeedNone)

/**
 * A source that is chosen when it is asked. Only what the chosen one comes up with is recorded.
 *
 * @since 0.2.0
 * @category constructors
 */
export const suspend = <A, E, E2 = never>(
  name: string,
  choose: (target: Target) => Effect.Effect<CredentialSource<A, E>, E2>
): CredentialSource<A, E | E2> =>
  fromLookup<A, E | E2>(name, (target) => Effect.flatMap(choose(target), ({ lookup }) => lookup(target)))

/**
 * The same source with another form of value.
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
    fromLookup(self.name, (target) => Effect.map(self.lookup(target), Option.map(f)))
)

/**
 * The same source with what an effect makes of its value; `None` counts as nothing found.
 *
 * @since 0.2.0
 * @category combinators
 */
export const filterMapEffect: {
  <A, B, E2>(
    f: (a: A) => Effect.Effect<Option.Option<B>, E2>
  ): <E>(self: CredentialSource<A, E>) => CredentialSource<B, E | E2>
  <A, E, B, E2>(
    self: CredentialSource<A, E>,
    f: (a: A) => Effect.Effect<Option.Option<B>, E2>
  ): CredentialSource<B, E | E2>
} = dual(
  2,
  <A, E, B, E2>(
    self: CredentialSource<A, E>,
    f: (a: A) => Effect.Effect<Option.Option<B>, E2>
  ): CredentialSource<B, E | E2> =>
    fromLookup<B, E | E2>(self.name, (target) =>
      Effect.flatMap(
        self.lookup(target),
        (found): Effect.Effect<Option.Option<B>, E2> => Option.isSome(found) ? f(found.value) : Effect.succeedNone
      ))
)

/**
 * The same source without the values that a predicate turns down.
 *
 * @since 0.2.0
 * @category combinators
 */
export const filter: {
  <A>(predicate: (a: NoInfer<A>) => boolean): <E>(self: CredentialSource<A, E>) => CredentialSource<A, E>
  <A, E>(self: CredentialSource<A, E>, predicate: (a: A) => boolean): CredentialSource<A, E>
} = dual(
  2,
  <A, E>(self: CredentialSource<A, E>, predicate: (a: A) => boolean): CredentialSource<A, E> =>
    fromLookup(self.name, (target) => Effect.map(self.lookup(target), Option.filter(predicate)))
)

/**
 * Asks the next source when this one comes up with nothing; a failure is the chain's. With `when: false` the next source
 * is left out.
 *
 * @since 0.1.0
 * @category combinators
 */
export const orElse: {
  <A2, E2>(
    next: CredentialSource<A2, E2>,
    options?: { readonly when: boolean }
  ): <A, E>(self: CredentialSource<A, E>) => CredentialSource<A | A2, E | E2>
  <A, E, A2, E2>(
    self: CredentialSource<A, E>,
    next: CredentialSource<A2, E2>,
    options?: { readonly when: boolean }
  ): CredentialSource<A | A2, E | E2>
} = dual(
  (args) => "lookup" in args[0] && "lookup" in (args[1] ?? {}),
  <A, E, A2, E2>(
    self: CredentialSource<A, E>,
    next: CredentialSource<A2, E2>,
    options?: { readonly when: boolean }
  ): CredentialSource<A | A2, E | E2> =>
    options?.when === false ? self : fromLookup<A | A2, E | E2>(
      `${self.name}, ${next.name}`,
      (target) =>
        Effect.flatMap(
          self.lookup(target),
          (found): Effect.Effect<Option.Option<A | A2>, E2> =>
            Option.isSome(found) ? Effect.succeed(found) : next.lookup(target)
        )
    )
)

/**
 * The first of the sources that holds something; without sources, one that holds nothing.
 *
 * @since 0.1.0
 * @category combinators
 */
export const firstOf = <A, E>(sources: ReadonlyArray<CredentialSource<A, E>>): CredentialSource<A, E> => {
  const [first, ...rest] = sources
  return first === undefined ? none : rest.reduce((chain, next) => orElse(chain, next), first)
}
