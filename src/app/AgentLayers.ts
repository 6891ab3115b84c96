/**
 * The background agent on Node.js: what its callers share, and how a helper is made for each of them.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
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
import * as CredentialHelper from "../CredentialHelper.ts"
import * as Node from "../Node.ts"
import * as Environment from "../platform/Environment.ts"
import * as NodeFiles from "../platform/NodeFiles.ts"
import * as Process from "../platform/Process.ts"

/** What the callers of an agent share. */
type Shared = CredentialHelper.Shared | FileSystem.FileSystem | ProcessCache.ProcessAnswers

/** Hundreds of parallel calls make one failing attempt; a user who mends the cause and tries again must not wait. */
const failures = { failureTtl: Duration.seconds(2) }

/**
 * What handles the requests of an agent at this socket, on top of the network, the files and the environment.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerRequestHandler = (endpoint: Endpoint) =>
  Layer.scoped(
    RequestHandler.RequestHandler,
    Effect.gen(function*() {
      const shared = yield* Effect.context<Shared>()
      return yield* RequestHandler.make({
        socket: endpoint.socket,
        process: yield* Environment.Environment,
        isOutdated: yield* TrustStoreWatch.make,
        forCaller: (environment) =>
          CredentialHelper.layerCaller.pipe(
            Layer.provide(ProcessCache.layer),
            Layer.provide(Process.layer),
            Layer.provideMerge(Environment.layer(environment)),
            Layer.provide(Layer.succeedContext(shared))
          )
      })
    })
  ).pipe(
    Layer.provideMerge(Layer.merge(AnswerCache.layer, ProcessCache.layerAnswers(failures))),
    Layer.provideMerge(CredentialHelper.layerShared(failures))
  )

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
      layerRequestHandler(endpoint).pipe(
        Layer.provide(Node.layerHttpClient),
        Layer.provideMerge(NodeFiles.layer)
      )
    )
  )
