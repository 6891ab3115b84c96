/**
 * The helpers of those who call. All the calls of a build come from one environment, and to make a helper for it costs more
 * than what the helper then does; so it is made once, and kept while calls come in.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import type { CredentialHelper } from "../../CredentialHelper.ts"
import * as Environment from "../../platform/Environment.ts"

/**
 * A credential helper for one caller, made of the caller's environment and what the agent shares between callers.
 *
 * @since 0.1.0
 * @category models
 */
export type LayerForCaller = (
  environment: Environment.Options
) => Layer.Layer<CredentialHelper | Environment.Environment>

/**
 * What a caller's work may use.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = CredentialHelper | Environment.Environment

class Caller implements Equal.Equal {
  readonly environment: Environment.Options
  readonly #id: string
  constructor(environment: Environment.Options) {
    this.environment = environment
    this.#id = Environment.fingerprint(`${Environment.fingerprintOf(environment.variables)}\n${environment.cwd}`)
  }
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof Caller && that.#id === this.#id
  }
  [Hash.symbol](): number {
    return Hash.string(this.#id)
  }
}

/**
 * Runs work with the helper for an environment. The helper is kept for half a minute after its last use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  forCaller: LayerForCaller
): Effect.Effect<
  (environment: Environment.Options) => <A, E>(work: Effect.Effect<A, E, Services>) => Effect.Effect<A, E>,
  never,
  Scope.Scope
> =>
  Effect.map(
    RcMap.make({
      lookup: ({ environment }: Caller) => Layer.build(forCaller(environment)),
      idleTimeToLive: "30 seconds"
    }),
    (helpers) => (environment) => (work) =>
      Effect.scoped(
        Effect.flatMap(
          RcMap.get(helpers, new Caller(environment)),
          (services) =>
            Effect.mapInputContext(work, (context: Context.Context<never>) => Context.merge(context, services))
        )
      )
  )
