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

  it.effect("follows http from this machine to this machine only", () =>
    Effect.gen(function*() {
      const request = { ...get, url: new URL("http://localhost:5000/v2/") }
      for (const location of ["http://127.0.0.1:5001/", "http://[::1]/", "https://registry.localhost/"]) {
        assert.strictEqual((yield* follow([location, undefined], { request })).status, 200, location)
      }
      assert.strictEqual((yield* follow(["http://b.example/"], { request })).status, 307)
      assert.lengthOf((yield* follow(["https://b.example/", "http://localhost:5000/"], { request })).urls, 2)
    }))

  it.effect("never goes from https to http", () =>
    Effect.gen(function*() {
      for (const host of ["127.0.0.1:5000", "[::1]", "localhost", "a.example", "b.example"]) {
        for (const from of ["https://a.example/", "https://localhost/"]) {
          const { status } = yield* follow([`http://${host}/`], { request: { ...get, url: new URL(from) } })
          assert.strictEqual(status, 307, `${from} ${host}`)
        }
      }
    }))

  it.effect("goes to no address of the local network, except the host of the request", () =>
    Effect.gen(function*() {
      const local = [
        ...["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.100.100.200"],
        ...["[fd00:ec2::254]", "[fe80::1]", "[::ffff:10.0.0.1]", "[2002:7f00:1::]", "metadata.google.internal"],
        ...["metadata", "metadata.", "0x7f000001", "[::]", "0.0.0.0"]
      ]
      for (const host of local) {
        const location = `https://${host}/latest/meta-data/`
        assert.strictEqual((yield* follow([location])).status, 307, host)
        assert.strictEqual((yield* follow(["https://b.example/", location])).status, 307, host)
        const itself = { ...get, url: new URL(`https://${host}/v2/`) }
        assert.strictEqual((yield* follow([location, undefined], { request: itself })).status, 200, host)
        assert.strictEqual((yield* follow([`https://${host}:8443/`, undefined], { request: itself })).status, 200)
      }
      const registry = { ...get, url: new URL("https://10.0.0.2/v2/") }
      assert.strictEqual((yield* follow(["https://10.0.0.1/"], { request: registry })).status, 307)
      assert.strictEqual((yield* follow(["https://8.8.8.8/", undefined])).status, 200)
      assert.strictEqual((yield* follow(["https://[2606:4700::1111]/", undefined])).status, 200)
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
