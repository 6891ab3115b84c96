/**
 * The background agent on Node.js: what its callers share, and how a helper is made for each of them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Endpoint } from "../agent/endpoint/Endpoint.ts"
import * as Lifecycle from "../agent/server/Lifecycle.ts"
import * as RequestHandler from "../agent/server/RequestHandler.ts"
import type { AgentAlreadyRunning, SocketUnusable } from "../agent/server/SocketError.ts"
import * as TrustStoreWatch from "../agent/server/TrustStoreWatch.ts"
import * as AnswerCache from "../cache/AnswerCache.ts"
import * as ProcessCache from "../cache/ProcessCache.ts"
import * as SingleFlight from "../cache/SingleFlight.ts"
import * as Node from "../Node.ts"
import * as Environment from "../platform/Environment.ts"
import * as Process from "../platform/Process.ts"

const layerService = (endpoint: Endpoint) =>
  Layer.scoped(
    RequestHandler.RequestHandler,
    Effect.gen(function*() {
      const shared = yield* Effect.context<Node.Shared | ProcessCache.ProcessAnswers>()
      return yield* RequestHandler.make({
        socket: endpoint.socket,
        process: yield* Environment.Environment,
        isOutdated: yield* TrustStoreWatch.make,
        forCaller: (environment) =>
          Node.layerCaller.pipe(
            Layer.provide(ProcessCache.layer),
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
  endpoint: Endpoint
): Effect.Effect<string, AgentAlreadyRunning | SocketUnusable, Environment.Environment> =>
  Lifecycle.run(endpoint).pipe(
    Effect.provide(
      layerService(endpoint).pipe(
        Layer.provideMerge(Layer.merge(AnswerCache.layer, ProcessCache.layerAnswers)),
        Layer.provideMerge(Node.layerShared),
        Layer.provide(layerFailures)
      )
    )
  )
