/**
 * The HTTP client of Node.js, with the proxies and CA certificates of the environment.
 *
 * It uses `node:https` instead of `fetch`, because it starts faster and accepts an agent for a proxy, and `node:tls` gives
 * access to Node's own CA certificates.
 *
 * @since 0.1.0
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import { Environment, fingerprint } from "../platform/Environment.ts"
import * as Files from "../platform/Files.ts"
import * as Certificates from "./Certificates.ts"
import * as Failure from "./Failure.ts"
import * as Proxy from "./Proxy.ts"

interface Route {
  readonly client: HttpClient.HttpClient
  /** Added to the error if a certificate is rejected. */
  readonly note: Option.Option<string>
}

const clientOf = (agent: NodeHttps.Agent): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.acquireRelease(
    // Idle connections save a handshake for the next request to the host, and do not keep the process alive.
    Effect.sync(() => ({ http: new NodeHttp.Agent({ keepAlive: true }), https: agent })),
    ({ http, https }) =>
      Effect.sync(() => {
        http.destroy()
        https.destroy()
      })
  ).pipe(
    Effect.flatMap((agents) =>
      Effect.provideService(NodeHttpClient.make, NodeHttpClient.HttpAgent, {
        ...agents,
        [NodeHttpClient.HttpAgentTypeId]: NodeHttpClient.HttpAgentTypeId
      })
    )
  )

/** Yields to the event loop once, so that the connection of the previous response returns to the pool. */
const yieldToLoop = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const agentFor = (
  proxy: Option.Option<Proxy.Proxy>,
  { options }: Certificates.Certificates
): Effect.Effect<NodeHttps.Agent> =>
  Option.match(proxy, {
    onNone: () => Effect.sync(() => new NodeHttps.Agent({ ...options, keepAlive: true })),
    onSome: (proxy) => Effect.map(Effect.promise(() => import("./Tunnel.ts")), (Tunnel) => Tunnel.make(proxy, options))
  })

const keyOf = (proxy: Option.Option<Proxy.Proxy>): string =>
  Option.match(proxy, {
    onNone: () => "",
    onSome: ({ authorization, url }) =>
      `${url.origin} ${
        Option.match(authorization, { onNone: () => "", onSome: (_) => fingerprint(Redacted.value(_)) })
      }`
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  HttpClient.HttpClient,
  never,
  Environment | FileSystem.FileSystem | Scope.Scope
> = Effect.gen(function*() {
  const environment = yield* Environment
  const files = Files.make(yield* FileSystem.FileSystem)
  const scope = yield* Effect.scope
  const routes = new Map<string, Route>()
  const plain: Route = { client: yield* clientOf(new NodeHttps.Agent()), note: Option.none() }
  let certificates: Certificates.Certificates | undefined

  const routeTo = (url: URL): Effect.Effect<Route, Failure.ProxyFailure> =>
    Effect.gen(function*() {
      if (url.protocol === "http:") return plain
      const proxy = yield* Proxy.find(environment, url)
      const key = keyOf(proxy)
      const cached = routes.get(key)
      if (cached !== undefined) return cached
      certificates ??= yield* Certificates.load(environment, files)
      const { note } = certificates
      const agent = yield* agentFor(proxy, certificates)
      const route = { client: yield* Effect.provideService(clientOf(agent), Scope.Scope, scope), note }
      routes.set(key, route)
      return route
    })

  const execute = (request: HttpClientRequest.HttpClientRequest) => {
    const failed = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Transport", cause })
    return Effect.gen(function*() {
      const { client, note } = yield* Effect.mapError(routeTo(new URL(request.url)), failed)
      yield* yieldToLoop
      return yield* Effect.mapError(
        client.execute(request),
        (error) =>
          Option.isSome(note) && Failure.isCertificateError(error)
            ? failed(new Failure.CertificateFailure({ note: note.value, cause: error.cause }))
            : error
      )
    })
  }

  return HttpClient.makeWith(
    (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) => Effect.flatMap(request, execute),
    Effect.succeed
  )
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient, never, Environment | FileSystem.FileSystem> = Layer.scoped(
  HttpClient.HttpClient,
  make
)
