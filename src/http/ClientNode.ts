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
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import * as Provenance from "../domain/Provenance.ts"
import { Environment, fingerprint } from "../platform/Environment.ts"
import { codeOf } from "../platform/SystemError.ts"
import * as Certificates from "./Certificates.ts"
import * as Failure from "./Failure.ts"
import { lookup } from "./HostLookup.ts"
import * as Proxy from "./Proxy.ts"

const clientOf = (agent: NodeHttps.Agent): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.acquireRelease(
    // Idle connections save a handshake for the next request to the host, and do not keep the process alive.
    Effect.sync(() => ({ http: new NodeHttp.Agent({ keepAlive: true, lookup }), https: agent })),
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
  options: Certificates.TlsOptions
): Effect.Effect<NodeHttps.Agent> =>
  Option.match(proxy, {
    onNone: () => Effect.sync(() => new NodeHttps.Agent({ ...options, keepAlive: true, lookup })),
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

/** Warns once for each lookup. */
const warn = (warnings: ReadonlySet<string>): Effect.Effect<void> =>
  warnings.size === 0 ? Effect.void : Effect.flatMap(Provenance.current, (record) => {
    const steps = Option.match(record, { onNone: () => [], onSome: ({ steps }) => steps })
    const warned = steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])
    return Effect.forEach([...warnings].filter((text) => !warned.includes(text)), Provenance.warn, { discard: true })
  })

const diagnosis = Effect.promise(() => import("./Diagnosis.ts"))

interface Trusted {
  readonly options: Certificates.TlsOptions
  /** How many of `Certificates.more` are part of it. */
  readonly step: number
}

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
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  const plain = yield* clientOf(new NodeHttps.Agent())
  const routes = new Map<string, HttpClient.HttpClient>()
  const load = Certificates.once(Certificates.make(environment, fs))
  /** What the servers so far have needed. */
  let trusted: Trusted | undefined

  const routeTo = (url: URL, { options, step }: Trusted) =>
    Effect.gen(function*() {
      const proxy = yield* Proxy.find(environment, url)
      const key = `${step} ${keyOf(proxy)}`
      const cached = routes.get(key)
      if (cached !== undefined) return cached
      const agent = yield* agentFor(proxy, options)
      const route = yield* Effect.provideService(clientOf(agent), Scope.Scope, scope)
      routes.set(key, route)
      return route
    })

  const send = (request: HttpClientRequest.HttpClientRequest, trust: Trusted) =>
    routeTo(new URL(request.url), trust).pipe(
      Effect.catchAll((cause) => Failure.fail(request, cause)),
      Effect.tap(yieldToLoop),
      Effect.flatMap((client) => client.execute(request)),
      Effect.tap(() => {
        if (trusted === undefined || trusted.step < trust.step) trusted = trust
      }),
      Effect.either
    )

  const sendSecurely = (request: HttpClientRequest.HttpClientRequest) =>
    Effect.gen(function*() {
      const { more, usual, warnings } = yield* load
      let { options, step } = trusted ?? { options: usual, step: 0 }
      let outcome = yield* send(request, { options, step })
      // A request has not been sent if its server was not verified, so it may be sent again.
      while (step < more.length && Either.isLeft(outcome) && Failure.isUnknownAuthority(outcome.left)) {
        const added = yield* more[step] ?? Effect.succeedNone
        step += 1
        if (Option.isSome(added)) outcome = yield* send(request, { options: added.value, step })
      }
      yield* warn(warnings)
      if (Either.isLeft(outcome) && Failure.isTlsError(outcome.left) && !Failure.isProxyError(outcome.left)) {
        const url = new URL(request.url)
        const proxy = yield* Effect.orElseSucceed(Proxy.find(environment, url), Option.none)
        const { tlsFault } = yield* diagnosis
        const fault = yield* tlsFault(environment, url, codeOf(outcome.left) ?? "", proxy, options)
        return yield* Failure.fail(request, new Failure.TlsFailure({ fault }))
      }
      return yield* outcome
    })

  return HttpClient.makeWith(
    (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) =>
      Effect.flatMap(request, (request) =>
        new URL(request.url).protocol === "https:"
          ? sendSecurely(request)
          : Effect.catchAll(
            Effect.zipRight(yieldToLoop, plain.execute(request)),
            (error) => Effect.flatMap(diagnosis, ({ explainHttp }) => explainHttp(request, error))
          )),
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
