import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"

const post = HttpClientRequest.post("https://example.com/")

/** A server that responds with what it receives. */
const echo = FakeHttp.layer(({ body, headers }) =>
  Effect.succeed(FakeHttp.response(200, { "content-type": headers["content-type"] ?? "none" }, Redacted.value(body)))
)

describe("FakeHttp", () => {
  it.effect("receives bodies of every kind", () =>
    Effect.gen(function*() {
      const received = (request: HttpClientRequest.HttpClientRequest) =>
        Effect.flatMap(HttpClient.execute(request), (response) => response.text)
      assert.strictEqual(yield* received(post), "")
      assert.strictEqual(yield* received(HttpClientRequest.bodyText(post, "text")), "text")
      const stream = Stream.make("a", "ü").pipe(Stream.encodeText)
      assert.strictEqual(yield* received(HttpClientRequest.bodyStream(post, stream)), "aü")
      const form = new FormData()
      form.append("name", "value")
      const response = yield* HttpClient.execute(HttpClientRequest.bodyFormData(post, form))
      assert.match(response.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/)
      assert.include(yield* response.text, `name="name"\r\n\r\nvalue`)
    }).pipe(Effect.provide(echo)))

  it.effect("fails with the error of a stream that fails", () =>
    Effect.gen(function*() {
      const request = HttpClientRequest.bodyStream(post, Stream.fail("broken"))
      const error = yield* Effect.flip(HttpClient.execute(request))
      assert.deepStrictEqual([error._tag, error.reason, error.cause], ["RequestError", "Encode", "broken"])
    }).pipe(Effect.provide(echo)))

  it.effect("sends the length of a body, and none with statuses that have no body", () =>
    Effect.gen(function*() {
      const lengthOf = (request: HttpClientRequest.HttpClientRequest, status: number) =>
        Effect.map(
          HttpClient.execute(request),
          ({ headers }) => headers["content-length"]
        ).pipe(Effect.provide(FakeHttp.layer(() => Effect.succeed(FakeHttp.response(status, {}, "body")))))
      assert.strictEqual(yield* lengthOf(post, 200), "4")
      assert.strictEqual(yield* lengthOf(HttpClientRequest.head("https://example.com/"), 200), "4")
      for (const status of [204, 304]) assert.isUndefined(yield* lengthOf(post, status))
      assert.strictEqual(yield* lengthOf(post, 205), "0")
    }))
})
