/**
 * A fake container registry: a description of its behavior, served in memory or on a loopback port.
 *
 * It can be pulled from. What it does not have, such as a push, it refuses as a registry does: with 405 `UNSUPPORTED`.
 *
 * ```ts
 * const registry = FakeRegistry.bearer({
 *   users: { me: { password: "p" } },
 *   images: { "org/app": FakeRegistry.image() }
 * }).pipe(FakeRegistry.limit("token", "1", 2))
 *
 * it.effect("retries until it gets a token", () =>
 *   Effect.gen(function*() {
 *     // … the code under test, which needs `HttpClient` …
 *     const { count } = yield* FakeRegistry.FakeRegistry
 *     assert.strictEqual(yield* count("token"), 3)
 *   }).pipe(Effect.provide(FakeRegistry.layer(registry))))
 * ```
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type { ServeError } from "@effect/platform/HttpServerError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as FakeHttp from "./FakeHttp.ts"
import * as LoopbackServer from "./LoopbackServer.ts"
import type { Description, Endpoint, Quirk } from "./registry/Description.ts"
import * as Record from "./registry/Record.ts"
import * as Respond from "./registry/Respond.ts"
import * as SelfSigned from "./SelfSigned.ts"

export { make as image } from "./FakeImage.ts"
export * from "./registry/Description.ts"
export { make as token, read as claims } from "./registry/Jwt.ts"
export * from "./registry/Quirks.ts"
export type { Received } from "./registry/Record.ts"
export type { Origins } from "./registry/Respond.ts"

/**
 * A running registry.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running {
  /** Its root URL: `https://registry.example.com/`, `http://127.0.0.1:40001/`. */
  readonly origin: URL
  /** The root URLs of all its hosts. */
  readonly origins: Respond.Origins
  /** The certificate of the CA that signed its own, in PEM, for a client to trust; `None` without TLS. */
  readonly ca: Option.Option<string>
  /** The last requests, in order, without secrets. How many is an option. */
  readonly requests: Effect.Effect<ReadonlyArray<Record.Received>>
  /** The number of older requests, which are not among `requests`. */
  readonly dropped: Effect.Effect<number>
  /** The number of requests to an endpoint so far, dropped ones included. */
  readonly count: (endpoint: Endpoint) => Effect.Effect<number>
  /** Changes its behavior for all requests that follow. */
  readonly change: (f: (description: Description) => Description) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category context
 */
export class FakeRegistry extends Context.Tag("CredentialHelper/testing/FakeRegistry")<FakeRegistry, Running>() {}

/**
 * @since 0.2.0
 * @category models
 */
export interface RecordOptions {
  /** How many requests are recorded; 1000 by default. */
  readonly record?: number
}

/**
 * @since 0.2.0
 * @category models
 */
export interface ServeOptions extends RecordOptions {
  /** The port of the registry; a free one by default. Its further hosts always have free ones. */
  readonly port?: number
  /** The address or name to listen on; `127.0.0.1` by default. `0.0.0.0` and `::` are reachable from other machines. */
  readonly host?: string
  /** Serves https: with this key and certificate, or with new ones, which `ca` of the running registry verifies. */
  readonly tls?: LoopbackServer.Tls | "self-signed"
}

interface Core {
  readonly handler: (origins: Respond.Origins, listener?: keyof Respond.Origins) => FakeHttp.Handler
  readonly running: (origins: Respond.Origins, ca: Option.Option<string>) => Running
}

const run = (start: Description, { record: capacity = 1000 }: RecordOptions): Effect.Effect<Core> =>
  Effect.map(Ref.make(start), (description) => {
    const record = Record.make(capacity)
    const uses = new WeakMap<Quirk, number>()
    const applies = (quirk: Quirk): boolean => {
      const before = uses.get(quirk) ?? 0
      uses.set(quirk, before + 1)
      return before < (quirk.times ?? Infinity)
    }
    return {
      handler: (origins, listener) => (request) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const current = yield* Ref.get(description)
          return yield* Effect.sync(() => {
            const at = {
              origins,
              request,
              now,
              serial: record.total(),
              ...(listener === undefined ? {} : { listener })
            }
            const [endpoint, response] = Respond.respond(current, { ...at, applies })
            const isSent = response.fault?._tag !== "Unreachable" && response.fault?._tag !== "Hang"
            record.add({ ...request, endpoint, status: isSent ? response.status : 0 })
            return response
          })
        }),
      running: (origins, ca) => ({
        origin: origins.registry,
        origins,
        ca,
        requests: Effect.sync(record.all),
        dropped: Effect.sync(() => record.total() - record.all().length),
        count: (endpoint) => Effect.sync(() => record.count(endpoint)),
        change: (f) => Ref.update(description, f)
      })
    }
  })

/**
 * In memory, under its own host name and that of its realm. Other hosts are unreachable unless `elsewhere` serves them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  description: Description,
  options: RecordOptions & { readonly elsewhere?: FakeHttp.Handler } = {}
): Layer.Layer<FakeRegistry | HttpClient.HttpClient> =>
  Layer.unwrapEffect(
    Effect.map(run(description, options), ({ handler, running }) => {
      const { elsewhere = () => Effect.succeed(FakeHttp.unreachable) } = options
      const origins = {
        registry: new URL(`https://${description.host}/`),
        auth: new URL(`https://auth.${description.host}/`),
        cdn: new URL("https://cdn.example.net/")
      }
      const handle = handler(origins)
      return Layer.merge(
        Layer.succeed(FakeRegistry, running(origins, Option.none())),
        FakeHttp.layer((request) => (Respond.serves(description, origins, request.url) ? handle : elsewhere)(request))
      )
    })
  )

/**
 * Serves on a loopback port until the scope closes, for programs that are started as processes. Its further hosts, for
 * `{auth}` and `{cdn}`, are ports of the same address.
 *
 * Fails if it cannot listen, such as on a port that is in use.
 *
 * @since 0.1.0
 * @category running
 */
export const serve = (
  description: Description,
  options: ServeOptions = {}
): Effect.Effect<Running, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const { handler, running } = yield* run(description, options)
    const { host = "127.0.0.1", port = 0 } = options
    const tls = options.tls === "self-signed" ? yield* SelfSigned.make([host]) : options.tls
    const secure = tls === undefined ? {} : { tls }
    // Servers first: their ports are part of the responses.
    const listen = (port: number) => LoopbackServer.listen({ host, port, ...secure })
    const servers = { registry: yield* listen(port), auth: yield* listen(0), cdn: yield* listen(0) }
    const origins = { registry: servers.registry.origin, auth: servers.auth.origin, cdn: servers.cdn.origin }
    yield* servers.registry.serve(handler(origins, "registry"))
    yield* servers.auth.serve(handler(origins, "auth"))
    yield* servers.cdn.serve(handler(origins, "cdn"))
    return running(origins, Option.fromNullable(tls?.ca))
  })

/**
 * On a loopback port; see `serve`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (
  description: Description,
  options: ServeOptions = {}
): Layer.Layer<FakeRegistry, ServeError> => Layer.scoped(FakeRegistry, serve(description, options))
