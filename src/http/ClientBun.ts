/**
 * bun's own client, in the executable. It is there when the process starts, where loading that of Node.js takes a fifth of
 * the time of a `get` by itself. It would read proxies and authorities in its own way, so it is for processes without.
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

/** Beside the standard ones: nothing is unpacked, and no variable switches the check of certificates off. */
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
