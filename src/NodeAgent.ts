/**
 * The background agent on Node.js: what its callers share, and how a helper is made for each of them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Agent from "./agent/Agent.ts"
import * as Answers from "./agent/Answers.ts"
import type { Place } from "./agent/Identity.ts"
import * as Outdated from "./agent/Outdated.ts"
import * as Service from "./agent/Service.ts"
import * as SharedProcess from "./agent/SharedProcess.ts"
import type { SeatTaken, SeatUnusable } from "./domain/AgentError.ts"
import * as Node from "./Node.ts"
import * as Environment from "./platform/Environment.ts"
import * as Process from "./platform/Process.ts"
import * as SingleFlight from "./registry/SingleFlight.ts"

const layerService = (place: Place) =>
  Layer.scoped(
    Service.Service,
    Effect.gen(function*() {
      const shared = yield* Effect.context<Node.Shared | SharedProcess.ProcessAnswers>()
      const { options: process } = yield* Environment.Environment
      return yield* Service.make({
        socket: place.socket,
        process,
        isOutdated: yield* Outdated.make,
        forCaller: (environment) =>
          Node.layerCaller.pipe(
            Layer.provide(SharedProcess.layer),
            Layer.provide(Process.layer),
            Layer.provideMerge(Environment.layer(environment)),
            Layer.provide(Layer.succeedContext(shared))
          )
      })
    })
  )

/** Hundreds of parallel calls make one failing attempt; whoever mends the cause and tries again must not wait for long. */
const layerFailures = Layer.succeed(SingleFlight.FailureLife, Duration.seconds(2))

/**
 * Runs an agent at this place until its end, and gives the reason for it.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (
  place: Place
): Effect.Effect<string, SeatTaken | SeatUnusable, Environment.Environment> =>
  Agent.run(place).pipe(
    Effect.provide(
      layerService(place).pipe(
        Layer.provideMerge(Layer.merge(Answers.layer, SharedProcess.layerAnswers)),
        Layer.provideMerge(Node.layerShared),
        Layer.provide(layerFailures)
      )
    )
  )
