/**
 * The credential helpers of an agent, one for each environment. Building a helper costs more than one use of it, and all the
 * calls of a build have the same environment, so a helper is reused until it has been idle for a while.
 *
 * Not `LayerMap`: it took 240 µs for each call (100 µs by `runtime`) where `RcMap` takes 70 µs, and it memoizes layers across
 * its keys, so that one caller could get the helper of another.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import type { CredentialHelper } from "../../CredentialHelper.ts"
import * as Environment from "../../platform/Environment.ts"

/**
 * What a call may use.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = CredentialHelper | Environment.Environment

/**
 * Builds the helper for an environment, on top of what all callers share.
 *
 * @since 0.1.0
 * @category models
 */
export type LayerForCaller = (environment: Environment.Options) => Layer.Layer<Services>

/**
 * Runs an effect with the helper for an environment.
 *
 * @since 0.2.0
 * @category models
 */
export type HelperPool = (
  environment: Environment.Options
) => <A, E>(effect: Effect.Effect<A, E, Services>) => Effect.Effect<A, E>

/** Equal for equal variables and working directories; the rest of an environment is the same in one agent. */
class Key implements Equal.Equal {
  readonly environment: Environment.Options
  readonly #id: string
  constructor(environment: Environment.Options) {
    this.environment = environment
    this.#id = Environment.fingerprintOfAll([Environment.fingerprintOf(environment.variables), environment.cwd])
  }
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof Key && that.#id === this.#id
  }
  [Hash.symbol](): number {
    return Hash.string(this.#id)
  }
}

/**
 * Makes a pool. A helper is removed after `idleTimeToLive` without a call, 30 seconds by default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  forCaller: LayerForCaller,
  { idleTimeToLive = "30 seconds" }: { readonly idleTimeToLive?: Duration.DurationInput } = {}
): Effect.Effect<HelperPool, never, Scope.Scope> =>
  Effect.map(
    RcMap.make({
      lookup: ({ environment }: Key) => Layer.build(forCaller(environment)),
      idleTimeToLive
    }),
    (helpers) => (environment) => (effect) =>
      Effect.scoped(
        Effect.flatMap(
          RcMap.get(helpers, new Key(environment)),
          (services) =>
            Effect.mapInputContext(effect, (context: Context.Context<never>) => Context.merge(context, services))
        )
      )
  )
