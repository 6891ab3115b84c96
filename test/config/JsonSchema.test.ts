import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { readdirSync, readFileSync } from "node:fs"
import * as Jsonc from "../../src/config/Jsonc.ts"
import * as JsonSchema from "./JsonSchema.ts"
import { strict } from "./schemas.ts"

const root = new URL("../../", import.meta.url)

const parse = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), "utf8"))

const schema = JsonSchema.check(parse("docs/config.schema.json"))

const loads = (file: unknown): boolean =>
  Either.isRight(Effect.runSync(Effect.either(strict("f", JSON.stringify(file)))))

/** Whether a file is valid; the schema and the program must agree. */
const agree = (file: unknown): boolean => {
  const valid = JsonSchema.validate(schema, file)
  assert.strictEqual(valid, loads(file), `the schema returns ${valid}: ${JSON.stringify(file)}`)
  return valid
}

const chain = (helper: string, ...lookup_chain: ReadonlyArray<unknown>) => ({
  urls: [{ helper, config: { lookup_chain } }]
})

const wrong: Readonly<Record<string, unknown>> = {
  "a list": [],
  "an unknown key": { url: [] },
  "builtins that is not a boolean": { builtins: "false" },
  "urls that is not a list": { urls: {} },
  "an entry without a helper": { urls: [{ host: "a" }] },
  "an unknown helper": { urls: [{ helper: "ocii" }] },
  "an unknown key of an entry": { urls: [{ helper: "oci", hots: "a" }] },
  "a host with a path": { urls: [{ host: "a/b", helper: "oci" }] },
  "a host with a scheme": { urls: [{ host: "https://a", helper: "oci" }] },
  "a host with a port that is none": { urls: [{ host: "a:b", helper: "oci" }] },
  "an IPv6 address without brackets": { urls: [{ host: "::1", helper: "oci" }] },
  "a path without its slash": { urls: [{ path: "v2/*", helper: "oci" }] },
  "a path with a query": { urls: [{ path: "/a?b", helper: "oci" }] },
  "a scheme with a colon": { urls: [{ scheme: "https:", helper: "oci" }] },
  "a setting of another helper": { urls: [{ helper: "github", config: { parse_docker_config: true } }] },
  "an unknown exchange": { urls: [{ helper: "oci", config: { token_exchange_method: "oauth" } }] },
  "an empty realm": { urls: [{ helper: "oci", config: { trusted_realms: [""] } }] },
  "a realm with a wildcard": { urls: [{ helper: "oci", config: { trusted_realms: ["*.example.com"] } }] },
  "a source of other versions": chain("github", { source: "google" }),
  "a source without its name": chain("github", { source: "env" }),
  "a source with two names": chain("github", { source: "keyring", service: "a", name: "b" }),
  "a name with a line break": chain("github", { source: "env", name: "a\n" }),
  "a registry's secret without a binding": chain("oci", { source: "env", name: "A" }),
  "a binding of another helper": chain("github", { source: "env", name: "A", binding: "password" })
}

/** Usually a valid value, so that enough whole files are valid. */
const mostly = (good: FastCheck.Arbitrary<unknown>): FastCheck.Arbitrary<unknown> =>
  FastCheck.oneof(
    { weight: 40, arbitrary: good },
    { weight: 1, arbitrary: FastCheck.constantFrom<unknown>("", "*", "a b", "a/b", "a\n", 5, true, null, [], {}, "x") }
  )

const some = (keys: Readonly<Record<string, FastCheck.Arbitrary<unknown>>>, ...requiredKeys: ReadonlyArray<string>) =>
  FastCheck.record(keys, { requiredKeys: [...requiredKeys] })

const one = (...words: ReadonlyArray<unknown>) => mostly(FastCheck.constantFrom(...words))

const flag = one(true, false)

const source = (binding: FastCheck.Arbitrary<unknown>, ...required: ReadonlyArray<string>) =>
  mostly(FastCheck.oneof(
    some({ source: one("env"), name: one("A", "b c"), binding }, "source", "name", ...required),
    some({ source: one("keyring"), service: one("s"), binding }, "source", "service", ...required),
    some({ source: one("keyring"), name: one("s"), service: one("t"), binding }, "source", ...required),
    some({ source: one("static"), value: one("v", ""), name: one("v"), binding }, "source", ...required)
  ))

const list = (item: FastCheck.Arbitrary<unknown>) => mostly(FastCheck.array(item, { maxLength: 2 }))

const configs: Readonly<Record<string, FastCheck.Arbitrary<unknown>>> = {
  oci: some({
    parse_docker_config: flag,
    token_exchange_method: one("auto", "oauth2", "basic"),
    trusted_realms: list(
      one("auth.example.com", "auth.example.com:8443", "https://auth.example.com/token", "[::1]:5001")
    ),
    lookup_chain: list(source(one("username", "password", "auth", "identitytoken", "registrytoken"), "binding"))
  }),
  github: some({ read_config_file: flag, lookup_chain: list(source(one("default"))) }),
  s3: FastCheck.constant({ region: "eu-north-1" })
}

const entry = FastCheck.constantFrom("oci", "github", "null", "s3").chain((helper) =>
  some({
    scheme: one("https", "", "*", null),
    host: one("a.example.com", "*.example.com:*", "", "localhost:5000", "[::1]:*", null),
    path: one("/v2/*", "", "*.zip", null),
    required: flag,
    helper: one(helper),
    config: mostly(configs[helper] ?? FastCheck.constant({}))
  }, "helper")
)

const file = mostly(some({ $schema: one("./config.schema.json"), builtins: flag, urls: list(mostly(entry)) }))

describe("docs/config.schema.json", () => {
  it("accepts every configuration of the documentation, and that of this repository", () => {
    const pages = ["README.md", ...readdirSync(new URL("docs", root)).map((name) => `docs/${name}`)]
    const blocks = pages.filter((page) => page.endsWith(".md")).flatMap((page) =>
      [...readFileSync(new URL(page, root), "utf8").matchAll(/```json\n([^]*?)```/g)].map(([, block = ""]) => block)
    )
    const files = blocks.map((block): unknown => JSON.parse(block)).filter((value) =>
      `${JSON.stringify(value)}`.includes("urls")
    )
    assert.isAbove(files.length, 3)
    for (const file of [...files, parse(".tweag-credential-helper.json")]) assert.isTrue(agree(file))
  })

  it.effect("accepts the documented configuration with comments and trailing commas", () =>
    Effect.gen(function*() {
      const page = readFileSync(new URL("docs/configuration.md", root), "utf8")
      const block = /```jsonc\n([^]*?)```/.exec(page)?.[1] ?? ""
      assert.match(block, /\/\/ [^]*,\s*}/)
      assert.isTrue(agree(yield* Jsonc.parse(block)))
      yield* strict("f", block)
    }))

  for (const [name, file] of Object.entries(wrong)) {
    it(`rejects ${name}`, () => assert.isFalse(agree(file)))
  }

  it("agrees with the program on any file", () => {
    const counts = { valid: 0, invalid: 0 }
    FastCheck.assert(
      FastCheck.property(file, (file) => {
        counts[agree(file) ? "valid" : "invalid"]++
      }),
      { numRuns: 1000 }
    )
    // Otherwise the generator proves nothing.
    assert.isAbove(Math.min(counts.valid, counts.invalid), 50, JSON.stringify(counts))
  })
})
