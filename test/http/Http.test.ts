import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
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

/** Sends the request to a server that gives these answers in turn, and lets time go on until there is a result. */
const send = (request: Http.Request, answers: ReadonlyArray<FakeHttp.Response>, budget = Number.POSITIVE_INFINITY) =>
  Effect.gen(function*() {
    const sent = yield* Ref.make<ReadonlyArray<readonly [number, FakeHttp.Request]>>([])
    const start = yield* Clock.currentTimeMillis
    const client = FakeHttp.make((received) =>
      Effect.gen(function*() {
        const before = (yield* Ref.get(sent)).length
        const at = (yield* Clock.currentTimeMillis) - start
        yield* Ref.update(sent, (all) => [...all, [at, received] as const])
        return answers[Math.min(before, answers.length - 1)] ?? ok
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
const told = (...args: Parameters<typeof send>) =>
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

/** Refused connections are worth another attempt; FakeHttp's unreachable host does not exist at all. */
const unreachable = FakeHttp.unreachable

describe("Http", () => {
  it.effect("an answer is an answer, whatever its status", () =>
    Effect.gen(function*() {
      for (const status of [200, 204, 301, 400, 401, 403, 404]) {
        assert.deepStrictEqual(yield* told(get, [response(status)]), { outcome: status, times: [0] })
      }
    }))

  it.effect("408, 429 and 5xx are asked again, twice, after a pause that grows", () =>
    Effect.gen(function*() {
      for (const status of [408, 429, 500, 502, 503, 504]) {
        const { outcome, times } = yield* told(get, [response(status), response(status), ok])
        assert.strictEqual(outcome, 200)
        const [first = -1, second = -1, third = -1] = times
        assert.strictEqual(first, 0)
        assert.isTrue(second >= 187 && second <= 313, `${second}`)
        assert.isTrue(third - second >= 375 && third - second <= 625, `${third - second}`)
      }
      assert.deepInclude(yield* told(get, [response(503)]), { outcome: 503 })
      assert.lengthOf((yield* told(get, [response(503)])).times, 3)
      assert.deepInclude(yield* told(get, [response(429)]), { outcome: "RateLimited undefined" })
    }))

  it.effect("Retry-After is honoured when there is time for it, and told when there is not", () =>
    Effect.gen(function*() {
      const wait = (value: string, status = 429) => response(status, { "retry-after": value })
      assert.deepStrictEqual(yield* told(get, [wait("3"), ok], 8000), { outcome: 200, times: [0, 3000] })
      assert.deepStrictEqual(yield* told(get, [wait("3", 503), ok], 8000), { outcome: 200, times: [0, 3000] })
      assert.deepStrictEqual(yield* told(get, [wait("0"), ok], 8000), { outcome: 200, times: [0, 0] })
      assert.deepStrictEqual(yield* told(get, [wait("8"), ok], 8000), { outcome: "RateLimited 8000", times: [0] })
      assert.deepStrictEqual(yield* told(get, [wait("30", 503), ok], 8000), { outcome: 503, times: [0] })
      assert.deepStrictEqual(yield* told(get, [wait("3600"), ok]), { outcome: "RateLimited 3600000", times: [0] })
      assert.deepStrictEqual(yield* told(get, [wait("3"), wait("6"), ok], 8000), {
        outcome: "RateLimited 6000",
        times: [0, 3000]
      })
    }))

  it.effect("a date is honoured like seconds", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      const wait = response(429, { "retry-after": "Thu, 01 Jan 2026 00:00:05 GMT" })
      assert.deepStrictEqual(yield* told(get, [wait, ok], 8000), { outcome: 200, times: [0, 5000] })
    }))

  it.effect("a password is not sent again once the server has answered, whatever it answered", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* told(once, [response(503), ok]), { outcome: 503, times: [0] })
      assert.deepStrictEqual(yield* told(once, [response(429, { "retry-after": "1" }), ok]), {
        outcome: "RateLimited 1000",
        times: [0]
      })
      assert.deepStrictEqual(yield* told(once, [cutOff, ok]), { outcome: "Aborted", times: [0] })
    }))

  it.effect("an answer that breaks off is asked for again", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* told(get, [cutOff, ok]), { outcome: 200 })
      assert.lengthOf((yield* told(get, [cutOff])).times, 3)
    }))

  it.effect("a host that does not exist is asked once", () =>
    Effect.map(told(get, [unreachable]), (got) => assert.deepStrictEqual(got, { outcome: "Connect", times: [0] })))

  it.effect("reference defect 28, F.7: no answer within 5 s is none", () =>
    Effect.gen(function*() {
      const { result, sent } = yield* send(get, [hang])
      assert.deepInclude(result._tag === "Left" ? result.left : {}, {
        _tag: "HostUnreachable",
        host: "auth.example.com",
        reason: "Timeout"
      })
      assert.lengthOf(sent, 1)
    }))

  it.effect("F.7: 128 KiB are read, and not one more", () =>
    Effect.gen(function*() {
      const limit = 128 * 1024
      assert.deepInclude(yield* told(get, [response(200, {}, "x".repeat(limit))]), { outcome: 200 })
      assert.deepStrictEqual(yield* told(get, [response(200, {}, "x".repeat(limit + 1))]), {
        outcome: "BodyTooLarge",
        times: [0]
      })
    }))

  it.effect("HEAD has no body to wait for", () =>
    Effect.map(told({ ...get, method: "HEAD" }, [ok]), ({ outcome }) => assert.strictEqual(outcome, 200)))

  it.effect("what is sent: the query to the letter, a form, and no word about tracing", () =>
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

  it.effect("nothing secret is recorded, told or traced", () =>
    Effect.gen(function*() {
      const spans: Array<unknown> = []
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
          attribute: (name, value) => spans.push([name, value]),
          event: () => undefined,
          addLinks: () => undefined
        }),
        context: (run) => run()
      })
      const authorization = Redacted.make("Basic canary-a")
      const all = yield* Provenance.recording((sofar) =>
        Effect.gen(function*() {
          const results = yield* Effect.forEach(
            [[cutOff], [unreachable], [hang], [response(503)], [response(429)]],
            (answers) => send({ ...once, authorization, repeatable: true }, answers)
          )
          return {
            errors: results.map(({ result }) => `${result._tag === "Left" ? result.left : ""}`),
            ...(yield* sofar)
          }
        })
      ).pipe(Effect.withTracer(tracer))
      assert.isAbove(all.steps.length, 5)
      assert.deepInclude(all.steps[0], { kind: "request", subject: "POST auth.example.com/token" })
      assert.isAbove(spans.length, 0)
      const text = [all.errors, all.steps.map((step) => Object.values(step)), spans].flat(3).join(" ")
      assert.notInclude(text, "canary")
    }))
})

describe("Http.retryAfter", () => {
  it.prop("seconds are seconds, and never forever", [FastCheck.bigInt({ min: 0n, max: 10n ** 30n })], ([seconds]) => {
    const millis = Option.getOrThrow(Http.retryAfter(` ${seconds} `, 0))
    assert.strictEqual(millis, Math.min(Number(seconds), 1e9) * 1000)
    assert.isTrue(Number.isSafeInteger(millis))
  })

  it.prop("a date is the time until then; the past is nothing", [
    FastCheck.integer({ min: -1_000_000, max: 1_000_000 }),
    FastCheck.integer({ min: 946_684_800, max: 4_102_444_800 })
  ], ([offset, seconds]) => {
    const date = DateTime.toDateUtc(DateTime.unsafeMake(seconds * 1000)).toUTCString()
    const told = Http.retryAfter(date, seconds * 1000 - offset)
    assert.deepStrictEqual(told, offset > 0 ? Option.some(offset) : Option.none())
  })

  it.prop("anything else says nothing, or something finite", [FastCheck.string()], ([text]) => {
    const told = Http.retryAfter(text, 0)
    if (Option.isSome(told)) assert.isTrue(Number.isFinite(told.value) && told.value >= 0)
  })

  it("garbage says nothing", () => {
    for (
      const text of [
        undefined,
        "",
        "-1",
        "1.5",
        "0x10",
        "1e3",
        "soon",
        "2026-01-01T00:00:00Z",
        "Thu, 01 Foo 2026 00:00:05 GMT"
      ]
    ) {
      assert.deepStrictEqual(Http.retryAfter(text, 0), Option.none())
    }
  })
})
