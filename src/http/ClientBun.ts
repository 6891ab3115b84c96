/**
 * Bun's built-in `fetch`, for the executable. Loading `node:https` would take a fifth of the time of a `get`. Bun handles
 * proxies and CA certificates in its own way, so this client is only used where none are configured.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** Bun's extensions: no decompression, and certificates are verified even with `NODE_TLS_REJECT_UNAUTHORIZED=0`. */
interface Init extends RequestInit {
  readonly decompress: boolean
  readonly tls: { readonly rejectUnauthorized: boolean }
}

const init: Init = { redirect: "manual", decompress: false, tls: { rejectUnauthorized: true } }

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> = Effect.map(
  Layer.build(FetchHttpClient.layer),
  (context) =>
    Context.get(context, HttpClient.HttpClient).pipe(
      HttpClient.mapRequest(HttpClientRequest.setHeader("accept-encoding", "identity")),
      HttpClient.transform((response) => Effect.provideService(response, FetchHttpClient.RequestInit, init))
    )
)
