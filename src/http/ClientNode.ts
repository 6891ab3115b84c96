/**
 * The HTTP client of Node.js, with the proxies and certificate authorities that the environment names.
 *
 * `node:https` is used rather than fetch: it starts faster, and it takes an agent for a proxy. `node:tls` has the
 * certificates that an extra one is added to.
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
import * as SystemError from "../platform/SystemError.ts"
import * as Certificates from "./Certificates.ts"
import * as HttpFailure from "./HttpFailure.ts"
import * as Proxy from "./Proxy.ts"

/** How to get to a host: the agent, and what to say when a certificate is refused. */
interface Way {
  readonly client: HttpClient.HttpClient
  readonly note: Option.Option<string>
}

const clientOf = (agent: NodeHttps.Agent): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.acquireRelease(
    // Kept connections save a handshake between /v2/ and a token service on the same host; they hold no process up.
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

/** The client takes the connection of the last response back when it gets to it, and the next request may use it then. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** Loaded for the first request through a proxy. */
const tunnel = (proxy: Proxy.Proxy, certificates: Certificates.Certificates) =>
  Effect.map(
    Effect.promise(() => import("./Tunnel.ts")),
    (ProxyAgent) => ProxyAgent.make(proxy, certificates.options)
  )

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
  const ways = new Map<string, Way>()
  const plain: Way = { client: yield* clientOf(new NodeHttps.Agent()), note: Option.none() }
  let certificates: Certificates.Certificates | undefined

  const wayTo = (url: URL): Effect.Effect<Way, HttpFailure.ProxyFailure> =>
    Effect.gen(function*() {
      if (url.protocol === "http:") return plain
      const proxy = yield* Proxy.find(environment, url)
      const known = ways.get(keyOf(proxy))
      if (known !== undefined) return known
      certificates ??= yield* Certificates.load(environment, files)
      const { note, options } = certificates
      const agent = Option.isSome(proxy)
        ? yield* tunnel(proxy.value, certificates)
        : new NodeHttps.Agent({ ...options, keepAlive: true })
      const way: Way = { client: yield* clientOf(agent).pipe(Effect.provideService(Scope.Scope, scope)), note }
      ways.set(keyOf(proxy), way)
      return way
    })

  const execute = (request: HttpClientRequest.HttpClientRequest) => {
    const failed = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Transport", cause })
    return Effect.gen(function*() {
      const { client, note } = yield* Effect.mapError(wayTo(new URL(request.url)), failed)
      yield* turn
      return yield* Effect.mapError(
        client.execute(request),
        (error) =>
          Option.isSome(note) && HttpFailure.isCertificateProblem(SystemError.codeOf(error))
            ? failed(new HttpFailure.NotedFailure({ note: note.value, cause: error.cause }))
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
