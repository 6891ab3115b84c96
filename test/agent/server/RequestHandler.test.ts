import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as RequestHandler from "../../../src/agent/server/RequestHandler.ts"
import * as AnswerCache from "../../../src/cache/AnswerCache.ts"
import { build } from "../../../src/domain/Version.ts"
import * as FakeProcess from "../../../src/testing/FakeProcess.ts"
import * as FakeRegistry from "../../../src/testing/FakeRegistry.ts"
import * as World from "../world.ts"

const host = "registry.example.com"
const repositories = [0, 1, 2, 3].map((n) => `org/app${n}`)
const description = {
  host,
  users: { me: { password: "pw" } },
  images: Object.fromEntries(repositories.map((name) => [name, FakeRegistry.image()]))
}
const registry = FakeRegistry.bearer(description)
/** Its token service refuses anonymous requests. */
const denying = FakeRegistry.bearer({ ...description, denies: "token" })
const auth = (user: string) => ({ auth: Buffer.from(`${user}:pw`).toString("base64") })
const config = { "/home/u/.tweag-credential-helper.json": JSON.stringify({ urls: [{ host, helper: "oci" }] }) }
const env = { CREDENTIAL_HELPER_CONFIG_FILE: "/home/u/.tweag-credential-helper.json" }
const files = { ...config, "/home/u/.docker/config.json": JSON.stringify({ auths: { [host]: auth("me") } }) }
const viaHelper = { ...config, "/home/u/.docker/config.json": JSON.stringify({ credHelpers: { [host]: "x" } }) }

const manifest = (n: number, repository = repositories[n % 4]) => `https://${host}/v2/${repository}/manifests/${n}`
const handle = (line: string) =>
  Effect.flatMap(RequestHandler.RequestHandler, ({ handle }) => handle(Redacted.make(line), Effect.void))
const count = (endpoint: "base" | "token") => Effect.flatMap(FakeRegistry.FakeRegistry, (_) => _.count(endpoint))

describe("failures in an agent", () => {
  const crowd = (length: number) =>
    Effect.all(Array.from({ length }, (_, n) => World.get(manifest(n), env)), { concurrency: "unbounded" })

  it.effect("are shared by 100 requests to the same registry for 2 s, one attempt for each repository", () =>
    Effect.gen(function*() {
      for (const reply of yield* crowd(100)) assert.match(reply, /^5 credential-helper: /)
      assert.deepStrictEqual([yield* count("base"), yield* count("token")], [1, 4])
      yield* TestClock.adjust("2 seconds")
      yield* World.get(manifest(0), env)
      assert.strictEqual(yield* count("token"), 5)
      yield* TestClock.adjust("1999 millis")
      yield* World.get(manifest(4), env)
      assert.strictEqual(yield* count("token"), 5)
      assert.strictEqual(yield* count("base"), 1)
    }).pipe(Effect.provide(World.layer({ registry: registry.pipe(FakeRegistry.fail("token", 403)), files }))))

  it.effect("are reported for no longer than 2 s after the attempt", () =>
    Effect.gen(function*() {
      yield* World.get(manifest(0), env)
      const attempts = yield* count("token")
      yield* TestClock.adjust("1900 millis")
      yield* World.get(manifest(4), env)
      assert.strictEqual(yield* count("token"), attempts)
      yield* Effect.flatMap(FakeRegistry.FakeRegistry, (_) => _.change(() => registry))
      yield* TestClock.adjust("100 millis")
      assert.match(yield* World.get(manifest(4), env), /^0 /)
    }).pipe(Effect.provide(World.layer({ registry: registry.pipe(FakeRegistry.fail("token", 403)), files }))))

  for (
    const [title, reply] of [
      ["finds no credentials", FakeProcess.notFound],
      ["times out", { delay: "1 minute" }]
    ] as const
  ) {
    it.effect(`of a helper program that ${title} are kept for 2 s`, () => {
      const programs = { "docker-credential-x": { responses: { "*": reply } } }
      return Effect.gen(function*() {
        const started = Effect.flatMap(
          FakeProcess.Started,
          (started) => Effect.map(Ref.get(started), (_) => _.length)
        )
        // In steps, because the clock does not wait for fibers that are not suspended.
        const all = yield* Effect.fork(crowd(20))
        yield* Effect.repeat(TestClock.adjust("100 millis"), { until: () => all.unsafePoll() !== null })
        assert.strictEqual(yield* started, 1)
        yield* TestClock.adjust("2 seconds")
        const again = yield* Effect.fork(World.get(manifest(0), env))
        yield* Effect.repeat(TestClock.adjust("100 millis"), { until: () => again.unsafePoll() !== null })
        assert.strictEqual(yield* started, 2)
      }).pipe(Effect.provide(World.layer({ registry: denying, files: viaHelper, programs })))
    })
  }
})

describe("RequestHandler", () => {
  it.effect("replies to a malformed request with what clients do not take for an answer", () =>
    Effect.gen(function*() {
      const lines = [
        "",
        "hello",
        "{",
        "[]",
        "{}",
        `{"build":"b"}`,
        JSON.stringify({ build, input: 1, cwd: "/", env: {} })
      ]
      for (const line of lines) {
        assert.notMatch(yield* handle(line), /^ *\d{1,3} /)
      }
    }).pipe(Effect.provide(World.layer({ registry }))))

  it.effect("removes the output of helper programs on invalidate", () =>
    Effect.gen(function*() {
      const started = Effect.map(Effect.flatMap(FakeProcess.Started, Ref.get), (_) => _.length)
      const invalidate = JSON.stringify({ command: "invalidate", uri: manifest(0) })
      yield* World.get(manifest(0), env)
      yield* World.get(manifest(1), env)
      assert.strictEqual(yield* started, 1)
      assert.strictEqual(yield* handle(invalidate), "0 removed 1 cached answer\n")
      yield* World.get(manifest(0), env)
      assert.strictEqual(yield* started, 2)
    }).pipe(Effect.provide(World.layer({
      registry,
      files: viaHelper,
      programs: { "docker-credential-x": FakeProcess.holding({ [host]: { username: "me", secret: "pw" } }) }
    }))))

  it.effect("shows URIs in the status without their query", () =>
    Effect.gen(function*() {
      for (const uri of ["localhost:5000", "https://h.example/a?sig=canary", manifest(0)]) yield* World.get(uri, env)
      const status = yield* handle(JSON.stringify({ command: "status" }))
      for (const label of ["localhost:5000", "h.example/a", `${host}/v2/org/app0/manifests/0`]) {
        assert.include(status, `"uri":"${label}"`)
      }
      assert.notInclude(status, "canary")
    }).pipe(Effect.provide(World.layer({ registry, files }))))

  it.effect("replies with the steps of the caller's own lookup, also for a cached answer", () =>
    Effect.gen(function*() {
      const notes = (logging: string) =>
        Effect.map(
          World.get(manifest(0), { ...env, CREDENTIAL_HELPER_LOGGING: logging }),
          (reply) => reply.trimEnd().split("\x1e").slice(1).map((note) => note.replace("credential-helper: ", ""))
        )
      const steps = yield* notes("debug")
      assert.include(steps, "file: /home/u/.docker/config.json: read")
      assert.match(steps.at(-1) ?? "", / 3 headers$/)
      yield* TestClock.adjust("40 seconds")
      assert.deepStrictEqual(yield* notes("debug"), [...steps.slice(0, -1), `${steps.at(-1)}, cached 40 s ago`])
      assert.deepStrictEqual(yield* notes("basic"), [`${steps.at(-1)}, cached 40 s ago`])
      assert.deepStrictEqual(yield* notes("off"), [])
    }).pipe(Effect.provide(World.layer({ registry, files }))))

  it.effect("stops instead of answering if its certificate files have changed", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* World.get(manifest(0), env), "other build\n")
      yield* (yield* RequestHandler.RequestHandler).shutdown
    }).pipe(Effect.provide(World.layer({ registry, files, isOutdated: Effect.succeed(true) }))))

  it.effect("returns an expiry before that of the token", () =>
    Effect.gen(function*() {
      const reply = yield* World.get(manifest(0), env)
      // The token expires after 300 s; the answer ends a tenth of that earlier.
      assert.include(reply, `"expires":"1970-01-01T00:04:30Z"`)
    }).pipe(
      Effect.provide(World.layer({
        registry: FakeRegistry.bearer({ ...description, lifetime: "300 seconds" }),
        files
      }))
    ))

  it.effect("answers with the same exit code if the cache fails", () => {
    const wrong = JSON.stringify({ auths: { [host]: auth("unknown") } })
    const broken = Layer.succeed(AnswerCache.AnswerCache, {
      get: () => Effect.dieMessage("a bug"),
      prune: Effect.succeed(0),
      invalidate: () => Effect.succeed(0),
      entries: Effect.succeed([]),
      counts: Effect.succeed({ hits: 0, misses: 0, shared: 0, refreshes: 0, failures: 0 })
    })
    return Effect.gen(function*() {
      assert.match(yield* World.get(manifest(0), env), /^0 \{.*"Authorization":\["Bearer /)
      assert.match(yield* World.get(manifest(0), { ...env, DOCKER_CONFIG: "/home/u/wrong" }), /^5 /)
    }).pipe(
      Effect.provide(
        World.layer({ registry, files: { ...files, "/home/u/wrong/config.json": wrong }, answers: broken })
      )
    )
  })

  it.effect("shares challenges and tokens between the workspaces of a user", () =>
    Effect.gen(function*() {
      const replies = yield* Effect.forEach(["/w/a", "/w/b", "/w/c"], (cwd) => World.get(manifest(0), env, cwd))
      assert.lengthOf([...new Set(replies)], 1)
      assert.match(replies[0] ?? "", /^0 /)
      assert.deepStrictEqual([yield* count("base"), yield* count("token")], [1, 1])
    }).pipe(Effect.provide(World.layer({ registry, files }))))
})
