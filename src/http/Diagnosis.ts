/**
 * Finds out why a server could not be talked to. Loaded only after a failure.
 *
 * @since 0.2.0
 */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeHttps from "node:https"
import type { Environment } from "../platform/Environment.ts"
import { codeOf } from "../platform/SystemError.ts"
import * as Address from "./Address.ts"
import type { TlsOptions } from "./Certificates.ts"
import * as Failure from "./Failure.ts"
import * as Inspection from "./Inspection.ts"
import type { Proxy } from "./Proxy.ts"
import * as TlsFault from "./TlsFault.ts"

/** Only the server is not verified; a proxy that gets our password is. */
const unverifiedAgent = (proxy: Option.Option<Proxy>, options: TlsOptions): Effect.Effect<NodeHttps.Agent> =>
  Option.match(proxy, {
    onNone: () => Effect.sync(() => new NodeHttps.Agent(Inspection.unverified)),
    onSome: (proxy) =>
      Effect.map(
        Effect.promise(() => import("./Tunnel.ts")),
        (Tunnel) => Tunnel.make(proxy, options, Inspection.unverified)
      )
  })

/**
 * The fault behind an error code of TLS.
 *
 * @since 0.2.0
 * @category constructors
 */
export const tlsFault = (
  environment: Environment["Type"],
  url: URL,
  code: string,
  proxy: Option.Option<Proxy>,
  options: TlsOptions
): Effect.Effect<TlsFault.TlsFault> =>
  Effect.gen(function*() {
    const inspection = TlsFault.isWithoutTls(code)
      ? Option.isNone(proxy) ? yield* Inspection.http(url) : Option.none()
      : yield* Inspection.https(url, yield* unverifiedAgent(proxy, options))
    const extra = yield* environment.get("NODE_EXTRA_CA_CERTS")
    return TlsFault.make({ code, hostname: url.hostname, inspection, extra })
  })

/** There is no server, so there is none to look at. */
const unreached = /^(?:EAI_|ECONNREFUSED|EHOST|ENET|ENOTFOUND|ETIMEDOUT|ConnectionRefused)/

/**
 * Fails with the error of a request over plain http, or says that the server speaks https.
 *
 * @since 0.2.0
 * @category combinators
 */
export const explainHttp = (
  request: HttpClientRequest,
  error: HttpClientError
): Effect.Effect<never, HttpClientError> => {
  const url = new URL(request.url)
  if (unreached.test(codeOf(error) ?? "") || !Address.isLoopback(url.hostname)) return Effect.fail(error)
  return Effect.flatMap(
    Inspection.https(url, new NodeHttps.Agent(Inspection.unverified)),
    (inspection) =>
      Option.exists(inspection, ({ chain }) => chain.length > 0)
        ? Failure.fail(request, new Failure.TlsFailure({ fault: TlsFault.httpsExpected(url.host) }))
        : Effect.fail(error)
  )
}
