import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Http from "../../src/http/Http.ts"
import * as Redirect from "../../src/http/Redirect.ts"

const start = new URL("https://a.example/one")
const get: Http.Request = { method: "GET", url: start, repeatable: true }
const any: Redirect.Options = { limit: 5, statuses: [302, 307], sameOrigin: false }

/** The URLs and the forms that were sent, and the status and the URL of the response. */
const follow = (
  locations: ReadonlyArray<string | undefined>,
  { request = get, status = 307, ...options }: Partial<Redirect.Options> & {
    readonly request?: Http.Request
    readonly status?: number
  } = {}
) =>
  Effect.gen(function*() {
    const sent: Array<Http.Request> = []
    const http = Http.Http.of({
      request: (request) =>
        Effect.sync(() => {
          const location = locations[Math.min(sent.length, locations.length - 1)]
          sent.push(request)
          return {
            status: location === undefined ? 200 : status,
            headers: location === undefined ? {} : { location },
            body: Redacted.make(""),
            sentAt: 0
          }
        })
    })
    const { response, url } = yield* Redirect.follow(http, request, { ...any, ...options })
    return { sent, urls: sent.map(({ url }) => url.href), status: response.status, url: url.href }
  })

describe("Redirect", () => {
  it.effect("follows absolute and relative locations, and sends the same request", () =>
    Effect.gen(function*() {
      const post = { method: "POST", form: [["a", "b"]] } as const
      const { sent, status, url, urls } = yield* follow(["/two?q=1", "https://b.example/three", undefined], {
        request: { ...get, ...post }
      })
      assert.deepStrictEqual(urls, [start.href, "https://a.example/two?q=1", "https://b.example/three"])
      assert.deepInclude({ status, url }, { status: 200, url: "https://b.example/three" })
      for (const one of sent) assert.deepInclude(one, post)
    }))

  it.effect("follows http to this machine only", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* follow(["http://127.0.0.1:5000/", undefined])).status, 200)
      assert.strictEqual((yield* follow(["http://[::1]/", undefined])).status, 200)
      assert.strictEqual((yield* follow(["http://b.example/", undefined])).status, 307)
    }))

  it.effect("returns a redirect that it does not follow", () =>
    Effect.gen(function*() {
      const refused = [
        "https://u@b.example/",
        "https://:p@b.example/",
        "ftp://b.example/",
        "https://",
        "http://10.0.0.1/"
      ]
      for (const location of refused) {
        const { status, url, urls } = yield* follow([location])
        assert.deepStrictEqual({ status, url, urls }, { status: 307, url: start.href, urls: [start.href] }, location)
      }
      assert.lengthOf((yield* follow(["/two"], { status: 303 })).urls, 1)
    }))

  it.effect("stays on the origin if it must", () =>
    Effect.gen(function*() {
      const foreign = ["https://b.example/", "https://a.example:8443/", "http://a.example/", "//b.example/one"]
      for (const location of foreign) {
        assert.lengthOf((yield* follow([location], { sameOrigin: true })).urls, 1, location)
      }
      const { urls } = yield* follow(["/two", "https://a.example:443/three", undefined], { sameOrigin: true })
      assert.deepStrictEqual(urls, [start.href, "https://a.example/two", "https://a.example/three"])
    }))

  it.effect("stops at the limit", () =>
    Effect.gen(function*() {
      for (const limit of [0, 1, 5]) {
        const { status, urls } = yield* follow(["/one"], { limit })
        assert.deepStrictEqual([urls.length, status], [limit + 1, 307])
      }
    }))
})
