/**
 * Bun's built-in `fetch`, for the executable. Loading `node:https` would take a fifth of the time of a `get`. Bun handles
 * proxies and CA certificates in its own way, so this client is only used where none are configured, and hands a request
 * whose server it cannot verify over to the client of Node.js, which knows the system's CA certificates. That one also does
 * not ask DNS for names below `localhost`.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Environment } from "../platform/Environment.ts"
import * as Address from "./Address.ts"
import * as Failure from "./Failure.ts"

/** Bun's extensions: no decompression, and certificates are verified even with `NODE_TLS_REJECT_UNAUTHORIZED=0`. */
interface Init extends RequestInit {
  readonly decompress: boolean
  readonly tls: { readonly rejectUnauthorized: boolean }
}

const init: Init = { redirect: "manual", decompress: false, tls: { rejectUnauthorized: true } }

const builtIn: Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> = Effect.map(
  Layer.build(FetchHttpClient.layer),
  (context) =>
    Context.get(context, HttpClient.HttpClient).pipe(
      HttpClient.mapRequest(HttpClientRequest.setHeader("accept-encoding", "identity")),
      HttpClient.transform((response) => Effect.provideService(response, FetchHttpClient.RequestInit, init))
    )
)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  HttpClient.HttpClient,
  never,
  Environment | FileSystem.FileSystem | Scope.Scope
> = Effect.gen(function*() {
  const services = yield* Effect.context<Environment | FileSystem.FileSystem | Scope.Scope>()
  const fetch = yield* builtIn
  let node: HttpClient.HttpClient | undefined
  const loadNode = Effect.suspend(() => node === undefined ? makeNode : Effect.succeed(node))
  const makeNode = Effect.promise(() => import("./ClientNode.ts")).pipe(
    Effect.flatMap(({ make }) => Effect.provide(make, services)),
    Effect.tap((made) => {
      node = made
    })
  )
  const explain = (request: HttpClientRequest.HttpClientRequest, error: HttpClientError) =>
    Effect.flatMap(Effect.promise(() => import("./Diagnosis.ts")), ({ explainHttp }) => explainHttp(request, error))
  const handedOver = new Set<string>()
  return HttpClient.makeWith(
    (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) =>
      Effect.flatMap(request, (request) => {
        const { hostname, origin, protocol } = new URL(request.url)
        const send = Effect.flatMap(loadNode, (client) => client.execute(request))
        if (handedOver.has(origin) || Address.isBelowLocalhost(hostname)) return send
        return Effect.catchAll(fetch.execute(request), (error) => {
          if (protocol === "http:") return explain(request, error)
          if (!Failure.isTlsError(error)) return Effect.fail(error)
          handedOver.add(origin)
          return send
        })
      }),
    Effect.succeed
  )
})
