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
const path = `${root}test/vectors/registry-vectors.json`

const encode = Schema.encodeSync(Schema.parseJson(Schema.Unknown))
const file = (sections: object) => encode({ format: "registry-vectors/1", ...sections })

/** A case of each section, with an expectation that is right, and one that is not. */
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
    it.effect(`${name}: what is right passes, what is wrong does not`, () =>
      Effect.gen(function*() {
        const list = [{ id: "right", ...input, ...right }, { id: "wrong", ...input, ...wrong }]
        const results = yield* Vectors.run(file({ [name]: list }))
        assert.deepStrictEqual(results.map(({ id, passed }) => [id, passed]), [["right", true], ["wrong", false]])
        const [line, count] = Vectors.report(results)
        assert.match(line ?? "", /^wrong got=\{.*\} want=\{.*\}$/)
        assert.strictEqual(count, "1 passed, 1 failed")
      }))
  }

  it.effect("a case that makes no sense fails, and the others go on", () =>
    Effect.gen(function*() {
      const list = [{ id: "broken", uri: 7 }, null, {
        id: "right",
        uri: "x",
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

  it.effect("another file is not taken for one of vectors", () =>
    Effect.gen(function*() {
      for (const text of ["", "[]", "{}", `{"format":"registry-vectors/2"}`]) {
        assert.strictEqual((yield* Effect.flip(Vectors.run(text)))._tag, "NotVectors")
      }
    }))
})

/** `npm run vectors -- …`, as a person runs it. */
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
  it.effect("all cases of the project pass", () =>
    Effect.gen(function*() {
      const { exit, stdout } = yield* runner(path)
      assert.match(stdout, /^\d{3} passed, 0 failed\n$/)
      assert.strictEqual(exit, 0)
    }))

  it.scoped("says which case failed, or what is wrong with the file", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const failing = yield* fs.makeTempFileScoped({ suffix: ".json" })
      yield* fs.writeFileString(failing, file({ uris: [{ id: "UR-X", uri: "x", expect: { type: "oci" } }] }))
      const noVectors = yield* fs.makeTempFileScoped({ suffix: ".json" })
      const [failed, none, missing, other] = yield* Effect.all(
        [runner(failing), runner(), runner("/nowhere.json"), runner(noVectors)],
        { concurrency: 2 }
      )
      assert.strictEqual(failed.exit, 1)
      assert.strictEqual(failed.stdout, `UR-X got={"type":"error"} want={"type":"oci"}\n0 passed, 1 failed\n`)
      assert.deepStrictEqual([none.exit, missing.exit, other.exit], [2, 2, 2])
      for (const { stderr } of [none, missing, other]) assert.match(stderr, /^vectors: [^\n]+\n$/)
    }))
})
