import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Provenance from "../../src/domain/Provenance.ts"
import { answering, basic, entry, home, lookup, text, user } from "../docker/fixture.ts"

const variable = "$DOCKER_AUTH_CONFIG"

const inVariable = (value: unknown) => ({
  env: { DOCKER_AUTH_CONFIG: text(value) },
  config: { auths: { "a.io": entry("file") } }
})

describe("DOCKER_AUTH_CONFIG", () => {
  it.effect("beats every file", () =>
    Effect.gen(function*() {
      const setup = inVariable({ auths: { "a.io": entry("variable") } })
      const { outcome, provenance, warnings } = yield* lookup(setup, "a.io")
      assert.deepInclude(outcome, {
        username: "variable",
        path: variable,
        from: "auths",
        origin: `docker config ${variable}, $.auths["a.io"]`
      })
      assert.lengthOf(warnings, 0)
      assert.deepEqual(provenance.inputs.map((input) => input._tag), ["Variable"])
      assert.notInclude(JSON.stringify(provenance), basic("variable", "p"))
    }))

  it.effect("has the whole syntax: keys, helpers, stores", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* user(inVariable({ Auths: { "https://A.io/v1/": entry("variable") } }), "a.io"),
        "variable"
      )
      assert.strictEqual(yield* user(inVariable(`\uFEFF{"auths":{"a.io":{"auth":"dTpw"}}}`), "a.io"), "u")
      const helpers = { "docker-credential-h": answering({ Username: "helper", Secret: "p" }) }
      for (const value of [{ credHelpers: { "a.io": "h" } }, { credsStore: "h" }]) {
        const { outcome } = yield* lookup({ ...inVariable(value), helpers }, "a.io")
        assert.deepInclude(outcome, { username: "helper", path: variable })
      }
    }))

  it.effect("a helper that it names and that is missing or broken is not passed over", () =>
    Effect.gen(function*() {
      const { outcome, warnings } = yield* lookup(inVariable({ credHelpers: { "a.io": "missing" } }), "a.io")
      assert.deepInclude({ ...Object(outcome) }, { _tag: "HelperNotFound", path: variable })
      assert.lengthOf(warnings, 0)
    }))

  it.effect("without an entry, or blank, it gives way without a word", () =>
    Effect.gen(function*() {
      for (const value of ["", " \n", "{}", "null", { auths: { "b.io": entry("b") } }, { auths: { "a.io": {} } }]) {
        const { outcome, warnings } = yield* lookup(inVariable(value), "a.io")
        assert.propertyVal(outcome, "username", "file")
        assert.lengthOf(warnings, 0)
      }
      assert.strictEqual(
        yield* user(inVariable({ auths: { "bad.io": { auth: "!" }, "a.io": entry("v") } }), "a.io"),
        "v"
      )
    }))

  it.effect("is an error when it is broken, and is not repeated", () =>
    Effect.gen(function*() {
      const advice = "Set the variable to the JSON of a docker config, or unset it."
      const config = `{"auths":{"a.io":{"auth":"hunter2"}}}`
      const broken: ReadonlyArray<readonly [value: unknown, message: string]> = [
        [`{"auths":`, `$: it is not valid JSON (line 1, column 10). ${advice}`],
        ["hunter2", `$: it is not valid JSON (line 1, column 1). ${advice}`],
        ["[]", `$: it is not an object. ${advice}`],
        [Buffer.from(config).toString("base64"), `$: it is base64, and has to be the JSON itself. ${advice}`],
        [
          Buffer.from(config).toString("base64").replace(/.{20}/g, "$&\n"),
          `$: it is base64, and has to be the JSON itself. ${advice}`
        ],
        [`'${config}'`, `$: it is in quotes, and has to be the JSON itself. ${advice}`],
        [JSON.stringify(config), `$: it is in quotes, and has to be the JSON itself. ${advice}`],
        ["/tmp/hunter2.json", `$: it is a path, and has to be the JSON itself. ${advice}`],
        [{ auths: "hunter2" }, `$.auths: it is not an object. ${advice}`],
        [{ credsStore: 42 }, `$.credsStore: it is not a string. ${advice}`],
        [
          { auths: { "a.io": { auth: "hunter2!" } } },
          `$.auths["a.io"].auth: it is not base64. To replace it, put another login into DOCKER_AUTH_CONFIG, or unset it and run docker login a.io.`
        ]
      ]
      for (const [value, message] of broken) {
        const { outcome, provenance } = yield* lookup(inVariable(value), "a.io")
        assert.propertyVal(outcome, "message", `${variable}: ${message}`)
        assert.propertyVal(outcome, "exitCode", 3)
        assert.notInclude(JSON.stringify([outcome, provenance]), "hunter2")
      }
      assert.strictEqual(yield* user(inVariable({ credHelpers: { "a.io": "../evil" } }), "a.io"), "HelperNameInvalid")
    }))

  it.effect("is read as docker reads a file: what follows the config is ignored", () =>
    Effect.gen(function*() {
      const value = `{"auths":{"a.io":{"auth":"dTpw"}}}}`
      assert.strictEqual(yield* user({ env: { DOCKER_AUTH_CONFIG: value } }, "a.io"), "u")
    }))
})

describe("DockerLogin", () => {
  it.effect("tells each step, and no secret", () =>
    Effect.gen(function*() {
      const { provenance } = yield* lookup({
        env: { REGISTRY_AUTH_FILE: "/x/auth.json" },
        files: { "/x/auth.json": text({ auths: { "b.io": {}, "a.io": {} } }) },
        config: { auths: { "a.io": { ...entry("u", "hunter2"), registrytoken: "hunter2" } } }
      }, "a.io")
      assert.deepEqual(provenance.steps.map(Provenance.render), [
        "file: /x/auth.json: read",
        "file: /x/auth.json: only an empty entry for a.io",
        `file: ${home}: read`,
        `file: ${home}: $.auths["a.io"] holds a credential`
      ])
      assert.notInclude(JSON.stringify(provenance), "hunter2")
      assert.notInclude(JSON.stringify(provenance), basic("u", "hunter2"))
    }))
})
