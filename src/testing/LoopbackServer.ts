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
import type * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
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
}

const listen = (server: NodeHttp.Server): Effect.Effect<number, ServeError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<number, ServeError>((resume) => {
      server.on("error", (cause) => resume(Effect.fail(new ServeError({ cause }))))
      // Port 0: the system chooses a free one.
      server.listen(0, "127.0.0.1", () => {
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

const received = (incoming: NodeHttp.IncomingMessage, scheme: string): Effect.Effect<FakeHttp.Request> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).flatMap(([name, value]) => value === undefined ? [] : [[name, `${value}`]])
      )
      const url = new URL(incoming.url ?? "/", `${scheme}://${incoming.headers.host ?? "localhost"}`)
      resume(
        Effect.succeed(FakeHttp.request(incoming.method ?? "GET", url, headers, Buffer.concat(chunks).toString("utf8")))
      )
    })
  })

const send = (response: FakeHttp.Response, outgoing: NodeHttp.ServerResponse): void => {
  const { body, fault, headers, status } = response
  if (fault?._tag === "Unreachable") return void outgoing.destroy()
  const bytes = Buffer.from(body)
  for (const [name, value] of Object.entries(headers)) {
    outgoing.setHeader(name, typeof value === "string" ? value : [...value])
  }
  outgoing.setHeader("content-length", bytes.length)
  outgoing.writeHead(status)
  if (fault?._tag === "CutOff") outgoing.write(bytes.subarray(0, fault.after), () => outgoing.destroy())
  else outgoing.end(bytes)
}

/**
 * Serves until the scope closes, and returns the URL of the server.
 *
 * @since 0.1.0
 * @category running
 */
export const serve = (
  handler: (origin: URL) => FakeHttp.Handler,
  options: { readonly tls?: Tls } = {}
): Effect.Effect<URL, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const server = options.tls === undefined ? NodeHttp.createServer() : NodeHttps.createServer(options.tls)
    const run = yield* FiberSet.makeRuntime<never>()
    const port = yield* listen(server)
    const scheme = options.tls === undefined ? "http" : "https"
    const origin = new URL(`${scheme}://127.0.0.1:${port}/`)
    const handle = handler(origin)
    server.on("request", (incoming, outgoing) => {
      const fiber = run(
        received(incoming, scheme).pipe(
          Effect.flatMap(handle),
          Effect.flatMap(FakeHttp.delayed),
          Effect.map((response) => send(response, outgoing)),
          Effect.onError(() => Effect.sync(() => outgoing.destroy()))
        )
      )
      outgoing.on("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
    })
    return origin
  })
