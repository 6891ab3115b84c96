import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { readFileSync } from "node:fs"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as fixture from "./fixture.ts"

const File = Schema.Union(
  Schema.String,
  Schema.Struct({ base64: Schema.Uint8ArrayFromBase64 }),
  Schema.Struct({ dir: Schema.Literal(true) }),
  Schema.Struct({ mode: Schema.String, text: Schema.String }),
  Schema.Struct({ json: Schema.Unknown })
)

const Reply = Schema.Struct({
  stdout: Schema.optionalWith(Schema.String, { default: () => "" }),
  stderr: Schema.optionalWith(Schema.String, { default: () => "" }),
  exit: Schema.optionalWith(Schema.Number, { default: () => 0 }),
  delay_ms: Schema.optionalWith(Schema.Number, { default: () => 0 })
})

const record = <A, I>(value: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.Record({ key: Schema.String, value }), { default: () => ({}) })

const Vector = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  env: record(Schema.String),
  files: record(File),
  helpers: record(
    Schema.Struct({
      responses: record(Reply),
      exact_stdin: Schema.optionalWith(Schema.Boolean, { default: () => false })
    })
  ),
  registry: Schema.String,
  repository: Schema.NullOr(Schema.String),
  options: Schema.optional(Schema.Struct({ helper_timeout_ms: Schema.Number })),
  expect: Schema.Record({ key: Schema.String, value: Schema.String }),
  warnings: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] })
})

const { docker_config } = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Struct({ docker_config: Schema.Array(Vector) }))
)(readFileSync(new URL("../vectors/registry-vectors.json", import.meta.url), "utf8"))

const entryOf = (file: typeof File.Type): MemoryFileSystem.Entry => {
  if (typeof file === "string") return file
  if ("json" in file) return JSON.stringify(file.json)
  if ("base64" in file) return file.base64
  if ("dir" in file) return MemoryFileSystem.directory
  return { text: file.text, mode: Number.parseInt(file.mode, 8) }
}

const mapValues = <A, B>(object: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, f(value)]))

const setupOf = (vector: typeof Vector.Type): fixture.Setup => ({
  // No home but the vector's own.
  env: { HOME: "", ...vector.env },
  files: mapValues(vector.files, entryOf),
  helpers: mapValues(vector.helpers, ({ exact_stdin, responses }) => ({
    exactStdin: exact_stdin,
    responses: mapValues(responses, ({ delay_ms, ...reply }) => ({ ...reply, delay: delay_ms }))
  })),
  ...(vector.options === undefined ? {} : { timeout: vector.options.helper_timeout_ms })
})

const tags: Readonly<Record<string, string>> = { DockerConfigMalformed: "ConfigMalformed" }

/** What the vectors call an outcome. */
const toldOf = ({ outcome }: fixture.Answer): Record<string, string | undefined> => {
  if (outcome === "none") return { type: "none" }
  if ("_tag" in outcome) return { type: "error", tag: tags[outcome._tag] ?? outcome._tag }
  return { type: "credential", ...outcome, basic_base64: outcome.basic }
}

/** Time passes while a helper is waited for. */
const withClock = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.fork(effect).pipe(Effect.tap(TestClock.adjust("1 minute")), Effect.flatMap(Fiber.join))

const secretsOf = (told: Readonly<Record<string, string | undefined>>) => ({
  username: told.username,
  password: told.password,
  identitytoken: told.identitytoken,
  registrytoken: told.registrytoken
})

describe("docker_config vectors", () => {
  for (const vector of docker_config) {
    it.effect(`${vector.id}: ${vector.name}`, () =>
      Effect.gen(function*() {
        const lookup = fixture.lookup(setupOf(vector), vector.registry, vector.repository ?? undefined)
        const answer = yield* vector.options === undefined ? lookup : withClock(lookup)
        const told = toldOf(answer)
        assert.deepInclude(told, vector.expect)
        assert.deepEqual(answer.warnings, vector.warnings)
        // What is not expected is not there either; octets are told instead of texts.
        if (!("basic_base64" in vector.expect)) assert.deepEqual(secretsOf(vector.expect), secretsOf(told))
      }))
  }

  it("are all there", () => assert.strictEqual(docker_config.length, 82))
})
