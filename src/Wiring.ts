/**
 * Services made one after the other, each from those before it, as one layer.
 *
 * The layers of the modules would do the same, each with a scope, a memo and a fiber of its own. In a process that answers
 * one question and ends, that took a third of the time.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/**
 * What is made, and what that takes.
 *
 * @since 0.1.0
 * @category models
 */
export type Wiring<Made, Needed> = Effect.Effect<Context.Context<Made>, never, Needed>

/**
 * One service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Id, Service, Needed>(
  tag: Context.Tag<Id, Service>,
  service: Effect.Effect<Service, never, Needed>
): Wiring<Id, Needed> => Effect.map(service, (service) => Context.make(tag, service))

/**
 * Makes more, from what there is.
 *
 * @since 0.1.0
 * @category combinators
 */
export const and =
  <More, Asked>(next: Wiring<More, Asked>) =>
  <Made, Needed>(wiring: Wiring<Made, Needed>): Wiring<Made | More, Needed | Exclude<Asked, Made>> =>
    Effect.flatMap(wiring, (made) =>
      next.pipe(
        Effect.map((more) => Context.merge(made, more)),
        Effect.mapInputContext((given: Context.Context<Exclude<Asked, Made>>) =>
          // What the one lacks is in the other: see the type of `given`.
          Context.merge(given, made) as Context.Context<Asked | Made>
        )
      ))

/**
 * A layer of one of the services; the others are its own affair.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Made, Needed, Id extends Made, Service>(
  tag: Context.Tag<Id, Service>,
  wiring: Wiring<Made, Needed>
): Layer.Layer<Id, never, Exclude<Needed, Scope.Scope>> =>
  Layer.scoped(tag, Effect.map(wiring, (made) => Context.unsafeGet(made, tag)))
