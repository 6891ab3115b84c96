import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { type Credential, userPassword } from "../../src/domain/Credential.ts"
import * as Challenges from "../../src/registry/Challenges.ts"
import * as Probe from "../../src/registry/Probe.ts"
import type { NotARegistry } from "../../src/registry/RegistryError.ts"
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

const { Closed, Demand, Open } = Probe.Verdict
const open = Open()
const base = Demand({ challenge, foreign: Option.none() })
const own = Demand({ ...base, scope: challenge.scope })

const notFound = Closed({
  reason:
    "it responded with 404 to /v2/ and with 404 to what was asked for, as no registry does. Check the name of the registry."
})
const negotiate = Closed({
  reason:
    "the registry asks for negotiate, and only Basic and Bearer are supported. Use an address of the registry that offers one of them."
})
const page = (status: number) => Network.response(status, { "content-type": "text/html; charset=utf-8" }, "<html>")

describe("Challenges", () => {
  const cases: ReadonlyArray<
    readonly [
      name: string,
      table: Readonly<Record<string, FakeHttp.Response>>,
      verdict: Probe.Verdict,
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
    ["401 with an unknown challenge", { [ping]: unauthorized("Negotiate"), [head]: bearer }, own, [
      ping,
      head
    ]],
    ["no /v2/ at all", { [head]: bearer }, own, [ping, head]],
    ["nothing anywhere", {}, notFound, [ping, head]],
    ["a challenge that no program knows, and no such image", { [ping]: unauthorized("Negotiate") }, negotiate, [
      ping,
      head
    ]],
    [
      "a challenge that comes with another status",
      { [ping]: { ...bearer, status: 403 }, [head]: Network.response(403) },
      Closed({
        reason:
          "the registry responded with 403 and does not say how to authenticate. Check that it may be used from this network."
      }),
      [ping, head]
    ],
    ["an image that is served without /v2/", { [head]: Network.response(200) }, open, [ping, head]],
    [
      "an image that redirects to its storage, without /v2/",
      {
        [head]: Network.response(307, { location: "https://cdn.example/x" })
      },
      open,
      [ping, head]
    ],
    ["a directory listing in place of /v2/, and an image", { [ping]: page(200), [head]: Network.response(200) }, open, [
      ping,
      head
    ]],
    [
      "a registry that says its name in a page",
      {
        [ping]: {
          ...page(200),
          headers: { "content-type": "text/html", "docker-distribution-api-version": "registry/2.0" }
        }
      },
      open,
      [ping, head]
    ],
    ["a server error at /v2/ alone", { [ping]: Network.response(503), [head]: Network.response(200) }, open, [
      ping,
      head
    ]],
    ["a challenge of the image behind a server error at /v2/", { [ping]: Network.response(500), [head]: bearer }, own, [
      ping,
      head
    ]],
    [
      "Bearer and Basic on two lines",
      {
        [ping]: unauthorized("Basic realm=\"Gitea\"", `Bearer realm="${realm}"`)
      },
      Demand({ challenge: { scheme: "bearer", realm }, foreign: Option.none() }),
      [ping]
    ],
    [
      "Basic alone, as private ECR has it",
      { [ping]: unauthorized("Basic realm=\"https://r.example/\"") },
      Demand({ challenge: { scheme: "basic" }, foreign: Option.none() }),
      [ping]
    ],
    [
      "a redirect of /v2/ to another port of the registry",
      {
        [ping]: Network.response(307, { location: "https://r.example:8443/v2/" }),
        "GET https://r.example:8443/v2/": bearer
      },
      base,
      [ping, "GET https://r.example:8443/v2/"]
    ],
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
      Demand({ challenge, foreign: Option.some("other.example") }),
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
  for (const [name, table, verdict, sent] of cases) {
    it.effect(name, () => {
      const network = routes(table)
      return Effect.gen(function*() {
        assert.deepStrictEqual(yield* get(), verdict)
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
        const verdict = yield* get()
        assert.strictEqual(verdict._tag, "Closed")
        assert.deepStrictEqual(network.sent, [ping, head])
      }).pipe(Effect.provide(layer(network)))
    })
  }

  it.effect("redirects are followed five times", () => {
    const network = routes({ [ping]: redirect("/v2/") })
    return Effect.gen(function*() {
      assert.strictEqual((yield* get())._tag, "Closed")
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

  it.effect("a registry with a problem is an error for everybody, and is asked again at once", () => {
    const network = routes({ [ping]: Network.response(503) })
    return Effect.gen(function*() {
      for (const hasCredentials of [true, false]) {
        const error = yield* Effect.flip(get({ hasCredentials }))
        assert.deepInclude(error, { _tag: "HostUnreachable", reason: "ServerError", detail: "503" })
      }
      assert.deepStrictEqual(network.sent, [ping, head, ping])
    }).pipe(Effect.provide(layer(network)))
  })

  const others: ReadonlyArray<readonly [what: string, FakeHttp.Response, reason: NotARegistry["reason"]]> = [
    ["a web page", page(200), "WebPage"],
    ["a web page without a type", Network.response(200, {}, "\n<!DOCTYPE html><title>Sign in</title>"), "WebPage"],
    ["400", Network.response(400, {}, "{}"), "BadRequest"]
  ]
  for (const [what, response, reason] of others) {
    it.effect(`${what} is no registry, with and without a credential`, () => {
      const network = routes({ [ping]: response })
      return Effect.gen(function*() {
        for (const hasCredentials of [true, false]) {
          const error = yield* Effect.flip(get({ hasCredentials }))
          assert.deepInclude(error, { _tag: "NotARegistry", reason, host: "r.example" })
        }
      }).pipe(Effect.provide(layer(network)))
    })
  }

  const wantsHttps = [
    "Client sent an HTTP request to an HTTPS server.\n",
    "<html><title>400 The plain HTTP request was sent to HTTPS port</title>",
    "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />"
  ]
  for (const body of wantsHttps) {
    it.effect(`https is advised where http is answered with ${body.slice(0, 30)}`, () => {
      const network = Network.answers(Network.response(400, {}, body))
      return Effect.gen(function*() {
        const error = yield* Effect.flip(get({ url: new URL("http://localhost:5000/v2/a/b/tags/list") }))
        assert.strictEqual(
          error.message,
          "localhost:5000 expects https, and was asked over http. Use https://localhost:5000."
        )
      }).pipe(Effect.provide(layer(network)))
    })
  }

  it.effect("a failed question is not kept", () => {
    const network = Network.make((_, count) => count === 0 ? Network.unreachable : bearer)
    return Effect.gen(function*() {
      assert.deepInclude(yield* Effect.flip(get()), { _tag: "HostUnreachable", reason: "Connect" })
      assert.deepStrictEqual(yield* get(), base)
    }).pipe(Effect.provide(layer(network)))
  })

  const credential: Credential = {
    origin: "docker config c.json",
    userPassword: userPassword("me", Redacted.make("canary"))
  }
  const authorization = Redacted.make(`Basic ${Buffer.from("me:canary").toString("base64")}`)
  const login = Effect.flatMap(Challenges.Challenges, ({ verify }) => verify({ url, credential, authorization }))
  const tried = "GET https://r.example/v2/ me:canary"

  it.effect("a login that the registry refuses is an error with the registry's words, without the secret", () => {
    const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "no user me with canary" }] })
    const network = Network.make((request) => Network.response(Network.line(request) === tried ? 401 : 404, {}, body))
    return Effect.gen(function*() {
      const error = yield* Effect.flip(login)
      assert.deepInclude(error, { _tag: "TokenRefused", reason: "Unauthorized", status: 401, registry: "r.example" })
      assert.strictEqual(error.origin, "docker config c.json")
      assert.strictEqual(error.detail, "UNAUTHORIZED: no user me with ***")
    }).pipe(Effect.provide(layer(network)))
  })

  it.effect("a login is verified once, again after five minutes or when it is invalidated", () => {
    const network = Network.answers(Network.response(200))
    return Effect.gen(function*() {
      yield* Effect.all([login, login, login], { concurrency: "unbounded" })
      assert.deepStrictEqual(network.sent, [tried])
      yield* TestClock.adjust("6 minutes")
      yield* login
      assert.deepStrictEqual(network.sent, [tried, tried])
      yield* (yield* Challenges.Challenges).invalidate("r.example")
      yield* login
      assert.deepStrictEqual(network.sent, [tried, tried, tried])
    }).pipe(Effect.provide(layer(network)))
  })

  const undecided: Readonly<Record<string, FakeHttp.Response>> = {
    "403, as for an account of one repository": Network.response(403),
    "a server error": Network.response(503),
    "a redirect to another host": Network.response(302, { location: "https://other.example/" }),
    "no response": { ...Network.response(200), fault: { _tag: "Hang" } },
    "no connection": Network.unreachable
  }
  for (const [what, response] of Object.entries(undecided)) {
    it.effect(`${what} does not refuse a login`, () => {
      const network = Network.answers(response)
      return Effect.gen(function*() {
        const fiber = yield* Effect.fork(login)
        yield* TestClock.adjust("4 seconds")
        yield* fiber
        assert.deepStrictEqual(network.sent, [tried])
      }).pipe(Effect.provide(layer(network)))
    })
  }

  it.effect("docker.io is asked where its API is", () => {
    const network = Network.answers(bearer)
    return Effect.gen(function*() {
      yield* get({ url: new URL("https://docker.io/v2/library/busybox/manifests/latest") })
      assert.deepStrictEqual(network.sent, ["GET https://registry-1.docker.io/v2/"])
    }).pipe(Effect.provide(layer(network)))
  })
})
