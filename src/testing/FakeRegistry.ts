/**
 * A fake container registry: a description of its behavior, served in memory or on a loopback port.
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
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as FakeHttp from "./FakeHttp.ts"
import * as LoopbackServer from "./LoopbackServer.ts"
import * as Content from "./registry/Content.ts"
import type { Description, Endpoint, Quirk } from "./registry/Description.ts"
import * as Tokens from "./registry/Tokens.ts"

export { make as image } from "./FakeImage.ts"
export * from "./registry/Description.ts"
/**
 * A token with claims of the test's choice, such as an expired one. To be stored as `registrytoken`.
 *
 * @since 0.1.0
 * @category encoding
 */
export { write as token } from "./registry/Tokens.ts"

/**
 * A request, and the endpoint it was for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received extends FakeHttp.Request {
  readonly endpoint: Endpoint
}

/**
 * A running registry.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running {
  /** Its root URL: `https://registry.example.com/`, `http://127.0.0.1:40001/`. */
  readonly origin: URL
  /** All requests so far, in order. */
  readonly requests: Effect.Effect<ReadonlyArray<Received>>
  /** The number of requests to an endpoint so far. */
  readonly count: (endpoint: Endpoint) => Effect.Effect<number>
  /** Changes its behavior for all requests that follow. */
  readonly change: (f: (description: Description) => Description) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category context
 */
export class FakeRegistry extends Context.Tag("CredentialHelper/testing/FakeRegistry")<FakeRegistry, Running>() {}

const fill = (origin: URL) => (text: string): string =>
  text.replaceAll("{origin}", origin.origin).replaceAll("{host}", origin.host)

const realmOf = ({ auth }: Description, origin: URL): URL | undefined =>
  auth._tag === "Bearer" ? new URL(fill(origin)(auth.realm), origin) : undefined

const isRealm = (realm: URL | undefined, origin: URL, url: URL): boolean =>
  realm !== undefined && url.pathname === realm.pathname && (realm.host === origin.host || realm.host === url.host)

const applies = (quirk: Quirk, { endpoint, method }: Received): boolean =>
  (quirk.at === "any" || quirk.at === endpoint) && (quirk.method ?? method) === method

const changed = (answer: FakeHttp.Response, { answer: change }: Quirk): FakeHttp.Response =>
  change.status === undefined && change.body === undefined
    ? { ...answer, ...change, headers: { ...answer.headers, ...change.headers } }
    : { ...FakeHttp.response(200), ...change }

/**
 * The response to a request. A pure function: it depends on its arguments alone.
 *
 * @since 0.1.0
 * @category combinators
 */
export const respond = (options: {
  readonly description: Description
  readonly origin: URL
  readonly request: FakeHttp.Request
  /** Earlier requests. */
  readonly requests: ReadonlyArray<Received>
  /** Milliseconds since the epoch. */
  readonly now: number
}): readonly [Received, FakeHttp.Response] => {
  const { description, now, origin, request, requests } = options
  const filled = fill(origin)
  const target = Content.targetOf(request.url)
  const { auth } = description
  const isToken = isRealm(realmOf(description, origin), origin, request.url)
  const received: Received = { ...request, endpoint: isToken ? "token" : target.endpoint }
  const usual = isToken && auth._tag === "Bearer"
    ? Tokens.respond(description, auth, request, now, requests.length)
    : Content.respond(description, request, target, now)
  const answer = description.quirks
    .filter((quirk) => applies(quirk, received))
    .filter((quirk) => requests.filter((earlier) => applies(quirk, earlier)).length < (quirk.times ?? Infinity))
    .reduce(changed, usual)
  const headers = Object.entries(answer.headers).map(([name, value]) =>
    [name, typeof value === "string" ? filled(value) : value.map(filled)] as const
  )
  return [received, { ...answer, headers: Object.fromEntries(headers) }]
}

const run = (
  start: Description
): Effect.Effect<{ readonly handler: (origin: URL) => FakeHttp.Handler; readonly running: (origin: URL) => Running }> =>
  Effect.gen(function*() {
    const description = yield* Ref.make(start)
    const requests = yield* Ref.make<ReadonlyArray<Received>>([])
    return {
      handler: (origin) => (request) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const current = yield* Ref.get(description)
          return yield* Ref.modify(requests, (before) => {
            const [received, answer] = respond({ description: current, origin, request, requests: before, now })
            return [answer, [...before, received]]
          })
        }),
      running: (origin) => ({
        origin,
        requests: Ref.get(requests),
        count: (endpoint) => Effect.map(Ref.get(requests), (all) => all.filter((_) => _.endpoint === endpoint).length),
        change: (f) => Ref.update(description, f)
      })
    }
  })

const knows = (description: Description, origin: URL, { host }: URL): boolean =>
  host === origin.host || host === realmOf(description, origin)?.host

/**
 * In memory, under its own host name and that of its realm. Other hosts are unreachable unless `elsewhere` serves them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  description: Description,
  options: { readonly elsewhere?: FakeHttp.Handler } = {}
): Layer.Layer<FakeRegistry | HttpClient.HttpClient> =>
  Layer.unwrapEffect(
    Effect.map(run(description), ({ handler, running }) => {
      const { elsewhere = () => Effect.succeed(FakeHttp.unreachable) } = options
      const origin = new URL(`https://${description.host}/`)
      return Layer.merge(
        Layer.succeed(FakeRegistry, running(origin)),
        FakeHttp.layer((request) => (knows(description, origin, request.url) ? handler(origin) : elsewhere)(request))
      )
    })
  )

/**
 * Serves on a free loopback port until the scope closes, for programs that are started as processes.
 *
 * @since 0.1.0
 * @category running
 */
export const serve = (
  description: Description,
  options: { readonly tls?: LoopbackServer.Tls } = {}
): Effect.Effect<Running, ServeError, Scope.Scope> =>
  Effect.flatMap(
    run(description),
    ({ handler, running }) => Effect.map(LoopbackServer.serve(handler, options), running)
  )

/**
 * On a free loopback port; see `serve`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (
  description: Description,
  options: { readonly tls?: LoopbackServer.Tls } = {}
): Layer.Layer<FakeRegistry, ServeError> => Layer.scoped(FakeRegistry, serve(description, options))
