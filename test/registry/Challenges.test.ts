import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Challenges from "../../src/registry/Challenges.ts"
import type * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as Network from "./network.ts"

const url = new URL("https://r.example/v2/a/b/manifests/latest")
const repository = Option.some("a/b")
const head = `HEAD ${url.href}`
const ping = "GET https://r.example/v2/"

const unauthorized = (...lines: ReadonlyArray<string>) => Network.response(401, { "www-authenticate": lines })
const realm = "https://r.example/token"
const bearer = unauthorized(`Bearer realm="${realm}",service="s",scope="repository:a/b:pull"`)
const challenge = { scheme: "bearer", realm, service: "s", scope: "repository:a/b:pull" } as const

/** By method and URL; whatever else is asked is not found. */
const routes = (table: Readonly<Record<string, FakeHttp.Response>>) =>
  Network.make(({ method, url }) => table[`${method} ${url.href}`] ?? Network.response(404))

const get = (request: Partial<Challenges.ChallengeRequest> = {}) =>
  Effect.flatMap(
    Challenges.Challenges,
    (challenges) => challenges.get({ url, repository, hasCredentials: true, ...request })
  )

const layer = ({ layer }: Network.Network) => Layer.provide(Challenges.layer, layer)

const open: Challenges.ChallengeResponse = { challenge: Option.none(), foreign: false }
const base: Challenges.ChallengeResponse = { challenge: Option.some(challenge), foreign: false }
const own: Challenges.ChallengeResponse = { ...base, scope: challenge.scope }

describe("Challenges", () => {
  const cases: ReadonlyArray<
    readonly [
      name: string,
      table: Readonly<Record<string, FakeHttp.Response>>,
      demand: Challenges.ChallengeResponse,
      sent: ReadonlyArray<string>
    ]
  > = [
    ["a challenge at /v2/, whose scope is an example", { [ping]: bearer }, base, [ping]],
    [
      "an open registry that wants a login for this URI",
      {
        [ping]: Network.response(200),
        [head]: bearer
      },
      own,
      [ping, head]
    ],
    ["an open registry", { [ping]: Network.response(200), [head]: Network.response(200) }, open, [ping, head]],
    ["401 without a challenge at /v2/", { [ping]: Network.response(401), [head]: bearer }, own, [ping, head]],
    ["401 with a challenge that nobody knows", { [ping]: unauthorized("Negotiate"), [head]: bearer }, own, [
      ping,
      head
    ]],
    ["no /v2/ at all", { [head]: bearer }, own, [ping, head]],
    ["nothing anywhere", {}, open, [ping, head]],
    ["a challenge that comes with another status", { [ping]: { ...bearer, status: 403 } }, open, [ping, head]],
    [
      "Bearer and Basic on two lines",
      {
        [ping]: unauthorized("Basic realm=\"Gitea\"", `Bearer realm="${realm}"`)
      },
      { challenge: Option.some({ scheme: "bearer", realm }), foreign: false },
      [ping]
    ],
    ["Basic alone, as private ECR has it", { [ping]: unauthorized("Basic realm=\"https://r.example/\"") }, {
      challenge: Option.some({ scheme: "basic" }),
      foreign: false
    }, [ping]],
    [
      "a redirect of /v2/ within the registry",
      {
        [ping]: Network.response(302, { location: "/api/v2/" }),
        "GET https://r.example/api/v2/": bearer
      },
      base,
      [ping, "GET https://r.example/api/v2/"]
    ],
    [
      "a redirect of /v2/ to another host makes the demand a foreign one",
      {
        [ping]: Network.response(307, { location: "https://other.example/v2/" }),
        "GET https://other.example/v2/": bearer
      },
      { ...base, foreign: true },
      [ping, "GET https://other.example/v2/"]
    ],
    [
      "a redirect of the content is not followed to another host",
      {
        [ping]: Network.response(200),
        [head]: Network.response(307, { location: "https://cdn.example/x?sig=1" })
      },
      open,
      [ping, head]
    ]
  ]
  for (const [name, table, demand, sent] of cases) {
    it.effect(name, () => {
      const network = routes(table)
      return Effect.gen(function*() {
        assert.deepStrictEqual(yield* get(), demand)
        assert.deepStrictEqual(network.sent, sent)
      }).pipe(Effect.provide(layer(network)))
    })
  }

  it.effect("an open registry is not asked again when there is no credential to give", () => {
    const network = routes({ [ping]: Network.response(200), [head]: bearer })
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* get({ hasCredentials: false }), open)
      assert.deepStrictEqual(network.sent, [ping])
    }).pipe(Effect.provide(layer(network)))
  })

  const redirect = (location: string) => Network.response(302, { location })

  for (const location of ["http://r.example/v2/", "http://10.0.0.1/", "https://u:p@r.example/v2/", "https://"]) {
    it.effect(`a redirect to ${location} is not followed`, () => {
      const network = routes({ [ping]: redirect(location) })
      return Effect.gen(function*() {
        assert.deepStrictEqual(yield* get(), open)
        assert.deepStrictEqual(network.sent, [ping, head])
      }).pipe(Effect.provide(layer(network)))
    })
  }

  it.effect("redirects are followed five times", () => {
    const network = routes({ [ping]: redirect("/v2/") })
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* get(), open)
      assert.deepStrictEqual(network.sent, [ping, ping, ping, ping, ping, ping, head])
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("one probe for a registry, again after five minutes", () => {
    const network = routes({ [ping]: bearer })
    const other = new URL("https://r.example/v2/other/blobs/sha256:00")
    return Effect.gen(function*() {
      yield* Effect.all([get(), get({ url: other, repository: Option.some("other") }), get()], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(network.sent, [ping])
      yield* TestClock.adjust("6 minutes")
      yield* get()
      assert.deepStrictEqual(network.sent, [ping, ping])
      const challenges = yield* Challenges.Challenges
      yield* challenges.invalidate("other.example")
      yield* get()
      yield* challenges.invalidate("r.example")
      yield* get()
      assert.deepStrictEqual(network.sent, [ping, ping, ping])
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a registry that is out of order is asked again after the TTL of a failure", () => {
    const network = routes({ [ping]: Network.response(503), [head]: Network.response(503) })
    const failures = Challenges.layerWith({ failureTtl: "2 seconds" })
    return Effect.gen(function*() {
      for (const [wait, requests] of [["0 seconds", 2], ["1900 millis", 2], ["100 millis", 4]] as const) {
        yield* TestClock.adjust(wait)
        assert.strictEqual((yield* Effect.flip(get()))._tag, "HostUnreachable")
        assert.lengthOf(network.sent, requests)
      }
    }).pipe(Effect.provide(Layer.provide(failures, network.layer)))
  })

  it.effect("one question for the contents of a repository, and its scope stays there", () => {
    const blob = "https://r.example/v2/c/blobs/sha256:00"
    const network = routes({ [ping]: Network.response(200), [head]: bearer, [`HEAD ${blob}`]: Network.response(200) })
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* get(), own)
      assert.deepStrictEqual(yield* get({ url: new URL("https://r.example/v2/a/b/blobs/sha256:00") }), own)
      assert.deepStrictEqual(yield* get({ url: new URL(blob), repository: Option.some("c") }), open)
      assert.deepStrictEqual(network.sent, [ping, head, `HEAD ${blob}`])
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a registry with a problem is an error for who has a credential, and is asked again at once", () => {
    const network = routes({ [ping]: Network.response(503), [head]: Network.response(500) })
    return Effect.gen(function*() {
      const error = yield* Effect.flip(get())
      assert.deepInclude(error, { _tag: "HostUnreachable", reason: "ServerError" })
      assert.deepStrictEqual(yield* get({ hasCredentials: false }), open)
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a failed question is not kept", () => {
    const network = Network.make((_, count) => count === 0 ? Network.unreachable : bearer)
    return Effect.gen(function*() {
      assert.deepInclude(yield* Effect.flip(get()), { _tag: "HostUnreachable", reason: "Connect" })
      assert.deepStrictEqual(yield* get(), base)
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("docker.io is asked where its API is", () => {
    const network = Network.answers(bearer)
    return Effect.gen(function*() {
      yield* get({ url: new URL("https://docker.io/v2/library/busybox/manifests/latest") })
      assert.deepStrictEqual(network.sent, ["GET https://registry-1.docker.io/v2/"])
    }).pipe(Effect.provide(layer(network)))
  })
})
