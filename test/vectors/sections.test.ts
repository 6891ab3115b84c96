import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Vectors from "./Vectors.ts"

const Json = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const path = fileURLToPath(new URL("./registry-vectors.json", import.meta.url))
const file = Schema.decodeSync(Json)(readFileSync(path, "utf8"))

/** How many cases the file has at least. */
const sections = { docker_config: 82, challenges: 34, token_responses: 30, uris: 50, realm_policy: 16, exchange: 12 }

describe("registry vectors", () => {
  for (const [name, least] of Object.entries(sections)) {
    it.effect(`${name}: every case`, () =>
      Effect.gen(function*() {
        const results = yield* Vectors.run(Schema.encodeSync(Json)({ format: file["format"], [name]: file[name] }))
        assert.deepStrictEqual(results.filter(({ passed }) => !passed), [])
        assert.isAtLeast(results.length, least)
      }))
  }
})
