import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Command from "@effect/platform/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"
import * as Vectors from "./Vectors.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

const encode = Schema.encodeSync(Schema.parseJson(Schema.Unknown))
const file = (sections: object) => encode({ format: "registry-vectors/1", ...sections })

/** A case of each section, with a right and a wrong expectation. */
const cases = {
  docker_config: [
    { env: { HOME: "/h" }, files: {}, registry: "a.io", repository: null },
    { expect: { type: "none" } },
    { expect: { type: "credential", username: "u", password: "p" } }
  ],
  challenges: [
    { headers: ["Bearer realm=\"https://a.io/t\""] },
    { selected: { scheme: "bearer", realm: "https://a.io/t" } },
    { selected: { scheme: "basic" } }
  ],
  token_responses: [
    { now: "2026-01-01T00:00:00Z", status: 429, headers: { "Retry-After": "30" }, body: "" },
    { expect: { type: "error", tag: "RateLimited", retryable: true, retry_after_ms: 30000 } },
    { expect: { type: "error", tag: "RateLimited", retryable: true, retry_after_ms: 1 } }
  ],
  uris: [
    { uri: "https://a.io/v2/b/tags/list" },
    { expect: { type: "oci", registry: "a.io", repository: "b", scope: "repository:b:pull" } },
    { expect: { type: "ignored", reason: "base" } }
  ],
  realm_policy: [
    { registry_url: "https://a.example.com", realm: "https://evil.example.net/t", has_credentials: true },
    { expect: { decision: "deny", tag: "RealmNotTrusted" } },
    { expect: { decision: "allow-anonymous" } }
  ],
  exchange: [
    { token_exchange_method: "auto", credential: { username: "u", password: "p" } },
    { requests: [{ request: "GET", auth: "basic", answer: 401, result: "Unauthorized" }] },
    {
      requests: [
        { request: "GET", auth: "basic", answer: 401, result: "next" },
        { request: "POST", grant_type: "password", answer: 200, result: "bearer" }
      ]
    }
  ]
}

describe("Vectors", () => {
  for (const [name, [input, right, wrong]] of Object.entries(cases)) {
    it.effect(`${name}: a right expectation passes and a wrong one fails`, () =>
      Effect.gen(function*() {
        const list = [{ id: "right", ...input, ...right }, { id: "wrong", ...input, ...wrong }]
        const results = yield* Vectors.run(file({ [name]: list }))
        assert.deepStrictEqual(results.map(({ id, passed }) => [id, passed]), [["right", true], ["wrong", false]])
        const [line, count] = Vectors.report(results)
        assert.match(line ?? "", /^wrong got=\{.*\} want=\{.*\}$/)
        assert.strictEqual(count, "1 passed, 1 failed")
      }))
  }

  it.effect("an invalid case fails, and the others still run", () =>
    Effect.gen(function*() {
      const list = [{ id: "broken", uri: 7 }, null, {
        id: "right",
        uri: "not a uri",
        expect: { type: "error" },
        more: "fields"
      }]
      const results = yield* Vectors.run(file({ uris: list, exchange: "no list", unknown: [1] }))
      assert.deepStrictEqual(results.map(({ id, passed }) => [id, passed]), [
        ["broken", false],
        ["(no id)", false],
        ["right", true],
        ["(no id)", false]
      ])
    }))

  it.effect("a file of another format is rejected", () =>
    Effect.gen(function*() {
      for (const text of ["", "[]", "{}", `{"format":"registry-vectors/2"}`]) {
        assert.strictEqual((yield* Effect.flip(Vectors.run(text)))._tag, "NotVectors")
      }
    }))
})

/** `npm run vectors -- …` */
const runner = (...args: ReadonlyArray<string>) =>
  Effect.scoped(Effect.gen(function*() {
    const process = yield* Command.start(
      Command.make(`${root}node_modules/.bin/vite-node`, `${root}scripts/vectors.ts`, ...args)
    )
    const text = <E>(stream: Stream.Stream<Uint8Array, E>) => Stream.mkString(Stream.decodeText(stream))
    const [exit, stdout, stderr] = yield* Effect.all(
      [process.exitCode, text(process.stdout), text(process.stderr)],
      { concurrency: "unbounded" }
    )
    return { exit: Number(exit), stdout, stderr }
  }))

layer(NodeContext.layer, { excludeTestServices: true })("npm run vectors", (it) => {
  const temporaryFile = (content: string) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempFileScoped({ suffix: ".json" })
      yield* fs.writeFileString(path, content)
      return path
    })

  it.scoped(
    "prints the cases that fail and their number, or what is wrong with the file",
    () =>
      Effect.gen(function*() {
        const right = { id: "UR-Y", uri: "https://a.io/x", expect: { type: "ignored", reason: "not-v2" } }
        const wrong = { id: "UR-X", uri: "not a uri", expect: { type: "oci" } }
        const passing = yield* temporaryFile(file({ uris: [right] }))
        const failing = yield* temporaryFile(file({ uris: [wrong] }))
        const noVectors = yield* temporaryFile("")
        const [passed, failed, none, missing, other] = yield* Effect.all(
          [runner(passing), runner(failing), runner(), runner("/nowhere.json"), runner(noVectors)],
          { concurrency: 2 }
        )
        assert.strictEqual(passed.stdout, "1 passed, 0 failed\n")
        assert.strictEqual(passed.exit, 0)
        assert.strictEqual(failed.exit, 1)
        assert.strictEqual(failed.stdout, `UR-X got={"type":"error"} want={"type":"oci"}\n0 passed, 1 failed\n`)
        assert.deepStrictEqual([none.exit, missing.exit, other.exit], [2, 2, 2])
        for (const { stderr } of [none, missing, other]) assert.match(stderr, /^vectors: [^\n]+\n$/)
      }),
    60_000
  )
})
