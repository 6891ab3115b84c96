/** A network that answers from a list, and what was sent to it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Http from "../../src/http/Http.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"

export const { response, unreachable } = FakeHttp

export const token = (value = "t", more: string = "") => response(200, {}, `{"token":"${value}"${more}}`)

/** One line for a request: method, URL, who asks, form. */
export const line = ({ authorization, body, method, url }: FakeHttp.Request): string => {
  const header = Option.match(authorization, { onNone: () => "", onSome: Redacted.value })
  const who = header.startsWith("Basic ") ? Buffer.from(header.slice(6), "base64").toString("utf8") : header
  return [method, url.href, who, Redacted.value(body)].filter((part) => part !== "").join(" ")
}

export interface Network {
  readonly sent: Array<string>
  readonly layer: Layer.Layer<Http.Http>
}

/** The handler sees how many requests were sent before. */
export const make = (
  handler: (request: FakeHttp.Request, count: number) => FakeHttp.Response,
  options: Http.Options = { timeout: "5 seconds", retries: 0 }
): Network => {
  const sent: Array<string> = []
  const client = FakeHttp.layer((request) => Effect.sync(() => handler(request, sent.push(line(request)) - 1)))
  return { sent, layer: Layer.provide(Layer.effect(Http.Http, Http.make(options)), client) }
}

/** Answers one after another; the last one is repeated. */
export const answers = (...list: ReadonlyArray<FakeHttp.Response>): Network =>
  make((_, count) => list[Math.min(count, list.length - 1)] ?? response(500))
