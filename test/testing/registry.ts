/** Requests to the fake registry of a test. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"

export type Headers = Readonly<Record<string, string>>

export const basic = (user: string, password: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
})
export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

export const send = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function*() {
    const { origin } = yield* FakeRegistry.FakeRegistry
    const response = yield* HttpClient.execute(HttpClientRequest.prependUrl(request, origin.origin))
    const body = Buffer.from(yield* response.arrayBuffer)
    return { status: response.status, headers: response.headers, body, text: body.toString("utf8") }
  })
export const get = (path: string, headers: Headers = {}) => send(HttpClientRequest.get(path, { headers }))
export const post = (path: string, form: Readonly<Record<string, string>>) =>
  send(HttpClientRequest.post(path).pipe(HttpClientRequest.bodyUrlParams(form)))

const Answer = Schema.parseJson(Schema.Struct({
  token: Schema.optional(Schema.String),
  access_token: Schema.optional(Schema.String),
  expires_in: Schema.optional(Schema.Number),
  issued_at: Schema.optional(Schema.String),
  refresh_token: Schema.optional(Schema.String),
  scope: Schema.optional(Schema.String)
}))
export const answerOf = ({ text }: { readonly text: string }) => Schema.decode(Answer)(text)
export const tokenOf = (answer: { readonly text: string }) => Effect.map(answerOf(answer), ({ token }) => token ?? "")
