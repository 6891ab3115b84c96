/**
 * The HTTP client of runtimes whose fetch finds proxies and certificates by itself, such as Bun.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Address from "./Address.ts"

/** Bun's fetch knows one more option. */
interface Init extends RequestInit {
  readonly proxy?: false
}

const initOf = ({ url }: HttpClientRequest.HttpClientRequest): Init => {
  const loopback = URL.canParse(url) && Address.isLoopback(new URL(url).hostname)
  return { redirect: "manual", ...(loopback ? { proxy: false } : {}) }
}

/**
 * Redirects are answers, and this machine is never reached through a proxy.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    HttpClient.transform((response, request) =>
      Effect.provideService(response, FetchHttpClient.RequestInit, initOf(request))
    )
  )
).pipe(Layer.provide(FetchHttpClient.layer))
