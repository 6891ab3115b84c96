import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Http from "../../src/http/Http.ts"
import * as Deadline from "../../src/platform/Deadline.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"

const url = new URL("https://auth.example.com/token?secret=canary-q")
const get: Http.Request = { method: "GET", url, repeatable: true }
const once: Http.Request = { method: "POST", url, form: [["password", Redacted.make("canary-p")]], repeatable: false }

const ok = FakeHttp.response(200, {}, "body")
const response = FakeHttp.response

/** Sends the request to a server with these responses, in order, and advances the clock until there is a result. */
const send = (request: Http.Request, responses: ReadonlyArray<FakeHttp.Response>, budget = Number.POSITIVE_INFINITY) =>
  Effect.gen(function*() {
    const sent = yield* Ref.make<ReadonlyArray<readonly [number, FakeHttp.Request]>>([])
    const start = yield* Clock.currentTimeMillis
    const client = FakeHttp.make((received) =>
      Effect.gen(function*() {
        const before = (yield* Ref.get(sent)).length
        const at = (yield* Clock.currentTimeMillis) - start
        yield* Ref.update(sent, (all) => [...all, [at, received] as const])
        return responses[Math.min(before, responses.length - 1)] ?? ok
      })
    )
    const http = yield* Http.Http.pipe(
      Effect.provide(Layer.provide(Http.layer, Layer.succeed(HttpClient.HttpClient, client)))
    )
    const fiber = yield* http.request(request).pipe(
      Effect.zip(Clock.currentTimeMillis),
      Effect.either,
      Effect.provideService(Deadline.Deadline, start + budget),
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    const result = yield* Fiber.join(fiber)
    return { result, sent: yield* Ref.get(sent) }
  })

/** The status or the error's reason, and when each request was sent. */
const outcomeOf = (...args: Parameters<typeof send>) =>
  Effect.map(send(...args), ({ result, sent }) => {
    const outcome = result._tag === "Right"
      ? result.right[0].status
      : result.left._tag === "RateLimited"
      ? `RateLimited ${result.left.retryAfterMillis}`
      : result.left.reason
    return { outcome, times: sent.map(([at]) => at) }
  })

const cutOff = { ...ok, fault: { _tag: "CutOff", after: 2 } } as const
const hang = { ...ok, fault: { _tag: "Hang" } } as const

/** A host whose name does not resolve. */
const unreachable = FakeHttp.unreachable

/** A tracer that collects the attributes of all spans. */
const recordingTracer = () => {
  const attributes: Array<readonly [string, unknown]> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => ({
      _tag: "Span",
      spanId: "1",
      traceId: "1",
      sampled: true,
      status: { _tag: "Started", startTime },
      attributes: new Map(),
      ...{ name, parent, context, links, kind },
      end: () => undefined,
      attribute: (name, value) => attributes.push([name, value]),
      event: () => undefined,
      addLinks: () => undefined
    }),
    context: (run) => run()
  })
  return { attributes, tracer }
}

describe("Http", () => {
  it.effect("returns a response with any other status", () =>
    Effect.gen(function*() {
      for (const status of [200, 204, 301, 400, 401, 403, 404]) {
        assert.deepStrictEqual(yield* outcomeOf(get, [response(status)]), { outcome: status, times: [0] })
      }
    }))

  it.effect("retries 408, 429 and 5xx twice, with growing pauses", () =>
    Effect.gen(function*() {
      for (const status of [408, 429, 500, 502, 503, 504]) {
        const { outcome, times } = yield* outcomeOf(get, [response(status), response(status), ok])
        assert.strictEqual(outcome, 200)
        const [first = -1, second = -1, third = -1] = times
        assert.strictEqual(first, 0)
        assert.isTrue(second >= 187 && second <= 313, `${second}`)
        assert.isTrue(third - second >= 375 && third - second <= 625, `${third - second}`)
      }
      assert.deepInclude(yield* outcomeOf(get, [response(503)]), { outcome: 503 })
      assert.lengthOf((yield* outcomeOf(get, [response(503)])).times, 3)
      assert.deepInclude(yield* outcomeOf(get, [response(429)]), { outcome: "RateLimited undefined" })
    }))

  it.effect("waits as long as Retry-After says if there is time, and reports it otherwise", () =>
    Effect.gen(function*() {
      const wait = (value: string, status = 429) => response(status, { "retry-after": value })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("3"), ok], 8000), { outcome: 200, times: [0, 3000] })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("3", 503), ok], 8000), { outcome: 200, times: [0, 3000] })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("0"), ok], 8000), { outcome: 200, times: [0, 0] })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("8"), ok], 8000), { outcome: "RateLimited 8000", times: [0] })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("30", 503), ok], 8000), { outcome: 503, times: [0] })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("3600"), ok]), { outcome: "RateLimited 3600000", times: [0] })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait("3"), wait("6"), ok], 8000), {
        outcome: "RateLimited 6000",
        times: [0, 3000]
      })
    }))

  it.effect("accepts a date in Retry-After", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      const wait = response(429, { "retry-after": "Thu, 01 Jan 2026 00:00:05 GMT" })
      assert.deepStrictEqual(yield* outcomeOf(get, [wait, ok], 8000), { outcome: 200, times: [0, 5000] })
    }))

  it.effect("does not send a password again after the server has responded", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* outcomeOf(once, [response(503), ok]), { outcome: 503, times: [0] })
      assert.deepStrictEqual(yield* outcomeOf(once, [response(429, { "retry-after": "1" }), ok]), {
        outcome: "RateLimited 1000",
        times: [0]
      })
      assert.deepStrictEqual(yield* outcomeOf(once, [cutOff, ok]), { outcome: "Aborted", times: [0] })
    }))

  it.effect("retries a response that is cut off", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* outcomeOf(get, [cutOff, ok]), { outcome: 200 })
      assert.lengthOf((yield* outcomeOf(get, [cutOff])).times, 3)
    }))

  it.effect("does not retry a host whose name does not resolve", () =>
    Effect.map(outcomeOf(get, [unreachable]), (got) => assert.deepStrictEqual(got, { outcome: "Connect", times: [0] })))

  it.effect("times out after 5 s, and does not retry", () =>
    Effect.gen(function*() {
      const { result, sent } = yield* send(get, [hang])
      assert.deepInclude(result._tag === "Left" ? result.left : {}, {
        _tag: "HostUnreachable",
        host: "auth.example.com",
        reason: "Timeout"
      })
      assert.lengthOf(sent, 1)
    }))

  it.effect("accepts a body of 128 KiB, and no byte more", () =>
    Effect.gen(function*() {
      const limit = 128 * 1024
      assert.deepInclude(yield* outcomeOf(get, [response(200, {}, "x".repeat(limit))]), { outcome: 200 })
      assert.deepStrictEqual(yield* outcomeOf(get, [response(200, {}, "x".repeat(limit + 1))]), {
        outcome: "BodyTooLarge",
        times: [0]
      })
    }))

  it.effect("does not wait for a body of HEAD", () =>
    Effect.map(outcomeOf({ ...get, method: "HEAD" }, [ok]), ({ outcome }) => assert.strictEqual(outcome, 200)))

  it.effect("sends the query unchanged, the form, and no trace headers", () =>
    Effect.gen(function*() {
      const odd = new URL("https://auth.example.com/t?a=%41%20b&c=~!*'()")
      const { sent } = yield* Effect.withSpan(
        send({ ...once, url: odd, accept: "application/json", authorization: Redacted.make("Basic x") }, [ok]),
        "outer"
      )
      const [[, request] = []] = sent
      assert.strictEqual(request?.url.href, odd.href)
      assert.strictEqual(Redacted.value(request?.body ?? Redacted.make("")), "password=canary-p")
      assert.strictEqual(Option.getOrThrow(request?.authorization ?? Option.none()).pipe(Redacted.value), "Basic x")
      assert.deepStrictEqual(Object.keys(request?.headers ?? {}).sort(), [
        "accept",
        "content-length",
        "content-type",
        "user-agent"
      ])
    }))

  it.effect("keeps secrets out of steps, errors and spans", () =>
    Effect.gen(function*() {
      const { attributes, tracer } = recordingTracer()
      const authorization = Redacted.make("Basic canary-a")
      const all = yield* Provenance.recording((sofar) =>
        Effect.gen(function*() {
          const results = yield* Effect.forEach(
            [[cutOff], [unreachable], [hang], [response(503)], [response(429)]],
            (responses) => send({ ...once, authorization, repeatable: true }, responses)
          )
          return {
            errors: results.map(({ result }) => `${result._tag === "Left" ? result.left : ""}`),
            ...(yield* sofar)
          }
        })
      ).pipe(Effect.withTracer(tracer))
      assert.isAbove(all.steps.length, 5)
      assert.deepInclude(all.steps[0], { _tag: "RequestSent", method: "POST", url: "auth.example.com/token" })
      assert.isAbove(attributes.length, 0)
      const text = [all.errors, all.steps.map((step) => Object.values(step)), attributes].flat(3).join(" ")
      assert.notInclude(text, "canary")
    }))

  it.effect("names span attributes as OpenTelemetry does", () =>
    Effect.gen(function*() {
      const attributesOf = (url: string, response: FakeHttp.Response) => {
        const { attributes, tracer } = recordingTracer()
        const own = () => Object.fromEntries(attributes.filter(([name]) => !name.startsWith("code.")))
        return Effect.map(Effect.withTracer(send({ ...get, url: new URL(url) }, [response]), tracer), own)
      }
      const expected = { "http.request.method": "GET", "server.address": "a.example" }
      assert.deepStrictEqual(yield* attributesOf("https://a.example/t", response(404)), {
        ...expected,
        "server.port": 443,
        "http.response.status_code": 404
      })
      assert.deepStrictEqual(yield* attributesOf("https://a.example:5000/t", response(429)), {
        ...expected,
        "server.port": 5000,
        "http.response.status_code": 429,
        "error.type": "429"
      })
      assert.deepStrictEqual(yield* attributesOf("http://a.example/t", unreachable), {
        ...expected,
        "server.port": 80,
        "error.type": "Connect"
      })
    }))
})
