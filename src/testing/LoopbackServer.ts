/**
 * A real HTTP server on the loopback address, for programs that are started as processes.
 *
 * Uses `node:http` because cutting off a body and repeating a header need access to the socket.
 *
 * @since 0.1.0
 */
import { ServeError } from "@effect/platform/HttpServerError"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import * as Url from "../domain/Url.ts"
import * as FakeHttp from "./FakeHttp.ts"

/**
 * A private key and its certificate, both in PEM.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  readonly key: string
  readonly cert: string
  /** The certificate of the CA that signed it, for clients. */
  readonly ca?: string
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The address or name to listen on; `127.0.0.1` by default. */
  readonly host?: string
  /** The port; a free one by default. */
  readonly port?: number
  /** Serves https. */
  readonly tls?: Tls
}

/**
 * A server that listens. Requests are answered from `serve` on.
 *
 * @since 0.2.0
 * @category models
 */
export interface Listening {
  readonly origin: URL
  readonly serve: (handler: FakeHttp.Handler) => Effect.Effect<void, never, Scope.Scope>
}

const bind = (server: NodeHttp.Server, host: string, port: number): Effect.Effect<number, ServeError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<number, ServeError>((resume) => {
      server.on("error", (cause) => resume(Effect.fail(new ServeError({ cause }))))
      server.listen(port, host, () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

/** The host of a URL by which this machine reaches a server that listens on an address. */
const reachable = (host: string): string =>
  host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host

/** The target is a path, or a whole URL in a request to a proxy. A path may begin with two slashes. */
const urlOf = ({ headers, url: target = "/" }: NodeHttp.IncomingMessage, origin: URL): Option.Option<URL> =>
  Url.parse(/^[a-z]+:\/\//i.test(target) ? target : `${origin.protocol}//${headers.host ?? origin.host}${target}`)

const received = (incoming: NodeHttp.IncomingMessage, url: URL): Effect.Effect<FakeHttp.Request> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).flatMap(([name, value]) => value === undefined ? [] : [[name, `${value}`]])
      )
      const body = Buffer.concat(chunks).toString("utf8")
      resume(Effect.succeed(FakeHttp.request(incoming.method ?? "GET", url, headers, body)))
    })
  })

const send = (response: FakeHttp.Response, outgoing: NodeHttp.ServerResponse): void => {
  const { body, fault, headers, status } = response
  if (fault?._tag === "Unreachable") return void outgoing.destroy()
  const bytes = Buffer.from(body)
  for (const [name, value] of Object.entries(headers)) {
    outgoing.setHeader(name, typeof value === "string" ? value : [...value])
  }
  if (!FakeHttp.isWithoutContent(status)) outgoing.setHeader("content-length", bytes.length)
  outgoing.writeHead(status)
  if (fault?._tag === "CutOff") outgoing.write(bytes.subarray(0, fault.after), () => outgoing.destroy())
  else outgoing.end(bytes)
}

/**
 * Listens until the scope closes, which also closes all connections.
 *
 * Fails if the port is in use, may not be used, or the host is not of this machine.
 *
 * @since 0.2.0
 * @category running
 */
export const listen = (options: Options = {}): Effect.Effect<Listening, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const { host = "127.0.0.1", port = 0, tls } = options
    const server = tls === undefined
      ? NodeHttp.createServer()
      : NodeHttps.createServer({ key: tls.key, cert: tls.cert })
    const bound = yield* bind(server, host, port)
    const origin = new URL(`${tls === undefined ? "http" : "https"}://${reachable(host)}:${bound}/`)
    return {
      origin,
      serve: (handler) =>
        Effect.map(FiberSet.makeRuntime<never>(), (run) => {
          server.on("request", (incoming, outgoing) => {
            const response = Option.match(urlOf(incoming, origin), {
              onNone: () => Effect.succeed(FakeHttp.response(400, {}, "400 Bad Request")),
              onSome: (url) => Effect.flatMap(received(incoming, url), handler)
            })
            const fiber = run(
              Effect.flatMap(response, FakeHttp.delayed).pipe(
                Effect.map((response) => send(response, outgoing)),
                Effect.onError(() => Effect.sync(() => outgoing.destroy()))
              )
            )
            outgoing.on("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
          })
        })
    }
  })

/**
 * Serves until the scope closes, and returns the URL of the server.
 *
 * @since 0.1.0
 * @category running
 */
export const serve = (
  handler: (origin: URL) => FakeHttp.Handler,
  options: Options = {}
): Effect.Effect<URL, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const { origin, serve } = yield* listen(options)
    yield* serve(handler(origin))
    return origin
  })
