import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { inspect } from "node:util"
import * as DockerConfig from "../../src/docker/DockerConfig.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import { entry, failure, home, lookup, user } from "./fixture.ts"

const file = { path: "/c.json", format: "config", tool: "docker", variable: Option.none() } as const

/** A place that a variable names has to be usable. */
const named = { env: { DOCKER_CONFIG: "/home/u/.docker" } }

describe("DockerConfig", () => {
  it.effect("reads blank content as an empty config, with or without a byte order mark", () =>
    Effect.gen(function*() {
      for (const config of ["", " \n\t\r\n", "\uFEFF", "\uFEFF \n", "{}", " {} ", "null"]) {
        assert.strictEqual(yield* user({ config }, "a.io"), "none", config)
      }
      assert.strictEqual(yield* user({ config: `\uFEFF{"auths":{"a.io":{"auth":"dTpw"}}}` }, "a.io"), "u")
    }))

  it.effect("ignores what follows the config, as docker does, with a warning", () =>
    Effect.gen(function*() {
      const old = `{"auths":{"a.io":{"auth":"dTpw"}}}`
      for (const rest of ["}", `\n  "hunter2"\n}`, old]) {
        const { outcome, provenance } = yield* lookup({ config: `${old}${rest}` }, "a.io")
        assert.propertyVal(outcome, "username", "u")
        const [warning, ...more] = provenance.steps.filter(({ _tag }) => _tag === "Warned").map(Provenance.render)
        assert.match(
          warning ?? "",
          /^warning: \/home\/u\/\.docker\/config\.json: line \d, column \d+: something follows/
        )
        assert.lengthOf(more, 0)
        assert.notInclude(JSON.stringify(provenance), "hunter2")
      }
    }))

  it.effect("rejects anything but a JSON object, without quoting it", () =>
    Effect.gen(function*() {
      const texts = ["{", "}{", "hunter2", "[]", "42", `"hunter2"`, "true", `{"auths":hunter2}`, `{"auths":{},}`, "\0"]
      for (const config of texts) {
        const error = yield* failure({ ...named, config }, "a.io")
        assert.strictEqual(error._tag, "DockerConfigMalformed", config)
        assert.notInclude(inspect(error, { depth: 9 }), "hunter2")
      }
      assert.strictEqual(
        (yield* failure({ ...named, config: `{\n  "auths": {},\n}` }, "a.io")).message,
        `${home}: $: it is not valid JSON (line 3, column 1). Fix the file, or delete it and run docker login again.`
      )
    }))

  it.effect("rejects sections of another type, and ignores null", () =>
    Effect.gen(function*() {
      for (const auths of ["x", 1, [], true]) {
        const error = yield* failure({ ...named, config: { auths, credHelpers: { "a.io": "h" } } }, "a.io")
        assert.deepInclude({ ...error }, { _tag: "DockerConfigMalformed", at: "$.auths" })
      }
      for (const credHelpers of ["x", 1, []]) {
        const error = yield* failure({ ...named, config: { credHelpers } }, "a.io")
        assert.deepInclude({ ...error }, { _tag: "DockerConfigMalformed", at: "$.credHelpers" })
      }
      for (const credsStore of [42, {}, [], false]) {
        const error = yield* failure({ ...named, config: { credsStore } }, "a.io")
        assert.deepInclude({ ...error }, { _tag: "DockerConfigMalformed", at: "$.credsStore" })
      }
      const nothing = { auths: null, credHelpers: null, credsStore: null }
      assert.strictEqual(yield* user({ config: nothing }, "a.io"), "none")
    }))

  it.effect("ignores unknown sections and broken entries of other registries", () =>
    Effect.gen(function*() {
      const config = {
        auths: { "bad.io": { auth: "user:password" }, "worse.io": 42, "a.io": entry("u") },
        credHelpers: { "other.io": 42 },
        HttpHeaders: [],
        psFormat: 1
      }
      assert.strictEqual(yield* user({ config }, "a.io"), "u")
    }))

  it.effect("matches member names in any case, and merges equal ones", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* user({ config: { AUTHS: { "a.io": { AUTH: "dTpw" } } } }, "a.io"), "u")
      assert.strictEqual(
        yield* user({ config: { Auths: { "a.io": entry("other") }, auths: { "a.io": entry("exact") } } }, "a.io"),
        "exact"
      )
      assert.strictEqual(yield* user({ config: { CredHelpers: { "a.io": "none" } } }, "a.io"), "HelperNotFound")
      assert.strictEqual(yield* user({ ...named, config: { CREDSSTORE: 42 } }, "a.io"), "DockerConfigMalformed")
      const config = { auths: { "a.io": { UserName: "u", PASSWORD: "p", RegistryToken: "r", IdentityToken: "i" } } }
      assert.deepInclude((yield* lookup({ config }, "a.io")).outcome, {
        username: "u",
        password: "p",
        identitytoken: "i",
        registrytoken: "r"
      })
    }))

  it.effect("finds no entry that objects inherit, unless the file has it", () =>
    Effect.gen(function*() {
      const config = { auths: {}, credHelpers: {} }
      for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
        assert.strictEqual(yield* user({ config }, name), "none")
        assert.strictEqual(yield* user({ config: `{"auths":{"${name}":{"auth":"dTpw"}}}` }, name), "u")
        assert.strictEqual(yield* user({ config: { auths: { "a.io": {} } } }, "a.io", name), "none")
      }
      assert.strictEqual(yield* user({ config: `{"__proto__":{"auths":{"a.io":{"auth":"dTpw"}}}}` }, "a.io"), "none")
    }))

  it("does not show secrets when printed", () => {
    const config = DockerConfig.parse(file, JSON.stringify({ auths: { "a.io": { password: "hunter2" } } }))
    assert.notInclude(inspect(config, { depth: 9 }), "hunter2")
    assert.notInclude(JSON.stringify(config), "hunter2")
  })

  it.prop(
    "parses any string to a config or a typed error",
    [FastCheck.oneof(FastCheck.string(), FastCheck.json())],
    ([text]) => {
      const config = DockerConfig.parse(file, text)
      if (Either.isLeft(config)) assert.strictEqual(config.left._tag, "DockerConfigMalformed")
    }
  )

  it.effect.prop(
    "looks up a registry in any JSON without a defect",
    [FastCheck.record({ auths: FastCheck.dictionary(FastCheck.constantFrom("a.io", "b"), FastCheck.jsonValue()) })],
    ([config]) => Effect.asVoid(user({ config }, "a.io")),
    { fastCheck: { numRuns: 50 } }
  )
})
