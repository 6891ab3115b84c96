import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ConfigFile from "../../src/config/ConfigFile.ts"
import * as UrlMatch from "../../src/config/UrlMatch.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Files from "../../src/platform/Files.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { options } from "./schemas.ts"

const decodeText = ConfigFile.decoder(options)

const decode = (file: unknown) => decodeText("/home/u/project/c.json", JSON.stringify(file))

const load = (
  variables: Record<string, string>,
  files: Parameters<typeof MemoryFileSystem.layer>[0],
  machine: Parameters<typeof TestEnvironment.layer>[1] = {}
) =>
  Effect.flatMap(
    Files.Files,
    (files) => ConfigFile.load(TestEnvironment.make(variables, machine), files, options)
  ).pipe(Effect.provide(Layer.provide(Files.layer, MemoryFileSystem.layer(files))))

const find = (file: unknown, uri: string, bareHost = false) =>
  Effect.flatMap(decode(file), ({ rules }) => ConfigFile.find(rules, { url: new URL(uri), bareHost })).pipe(
    Effect.map(Option.map(({ index }) => index)),
    Effect.map(Option.getOrUndefined)
  )

/** Every kind of file in the documentation of tweag/credential-helper, for the helpers that this version has. */
const documented: Readonly<Record<string, unknown>> = {
  "README: several services": {
    urls: [
      {
        scheme: "https",
        host: "github.com",
        path: "/my-team/*",
        helper: "github",
        config: { read_config_file: false }
      },
      { scheme: "https", host: "downloads.my.corp", path: "*.zip", helper: "s3", config: { region: "eu-north-1" } },
      { host: "*.registry.my.corp", helper: "oci" },
      {
        host: "cache.my.corp",
        helper: "remoteapis",
        config: {
          auth_method: "basic_auth",
          lookup_chain: [{ source: "env", name: "CACHE_SECRET" }, { source: "keyring", service: "my:cache" }]
        }
      }
    ]
  },
  "providers/github: the default chain in full, with name instead of service": {
    urls: [{
      host: "github.com",
      helper: "github",
      config: {
        lookup_chain: [
          { source: "env", name: "GH_TOKEN", binding: "default" },
          { source: "env", name: "GITHUB_TOKEN", binding: "default" },
          { source: "keyring", name: "gh:github.com", binding: "default" }
        ]
      }
    }]
  },
  "lookup_chain: every source, with and without a binding": {
    urls: [{
      helper: "github",
      config: {
        lookup_chain: [
          { source: "env", name: "GITHUB_TOKEN", binding: "default" },
          { source: "keyring", service: "my-pat", binding: "default" },
          { source: "static", name: "a-value-in-the-file", binding: "default" },
          { source: "env", name: "GITHUB_TOKEN" }
        ]
      }
    }]
  },
  "providers/oci: every setting": {
    urls: [{
      host: "registry.my.corp",
      helper: "oci",
      config: {
        parse_docker_config: false,
        token_exchange_method: "oauth2",
        lookup_chain: [
          { source: "env", name: "REGISTRY_USER", binding: "username" },
          { source: "keyring", service: "my:registry", binding: "password" },
          { source: "env", name: "REGISTRY_AUTH", binding: "auth" },
          { source: "env", name: "REGISTRY_REFRESH", binding: "identitytoken" },
          { source: "env", name: "REGISTRY_TOKEN", binding: "registrytoken" }
        ]
      }
    }]
  },
  "providers/remoteapis: a header, with a Google token": {
    urls: [{
      host: "builds.my.corp",
      helper: "remoteapis",
      config: {
        auth_method: "header",
        header_name: "Authorization",
        lookup_chain: [{ source: "env", name: "API_KEY" }, { source: "google", token_type: "jwt" }]
      }
    }]
  },
  "null": { urls: [{ host: "*.public.example", helper: "null" }, { helper: "null", config: {} }] },
  "no entries": { urls: [] },
  "nothing": {}
}

describe("ConfigFile.decode", () => {
  for (const [name, file] of Object.entries(documented)) {
    it.effect(`loads a documented file of tweag/credential-helper: ${name}`, () => decode(file))
  }

  it.effect("applies the defaults", () =>
    Effect.gen(function*() {
      const { builtins, path, rules } = yield* decode({ urls: [{ host: "H.example", helper: "oci" }] })
      assert.isTrue(builtins)
      assert.deepStrictEqual(path, Option.some("/home/u/project/c.json"))
      assert.lengthOf(rules, 1)
      assert.deepInclude(rules[0], {
        index: 0,
        scheme: Option.none(),
        host: Option.some("h.example"),
        path: Option.none(),
        helper: "oci",
        required: false
      })
      assert.isTrue(rules.every(({ bound }) => Either.isRight(bound)))
    }))

  it.effect("allows $schema", () => decode({ $schema: "https://example.com/schema.json" }))

  it.effect("keeps the built-in helpers unless the file turns them off", () =>
    Effect.gen(function*() {
      assert.isTrue((yield* decode({ urls: [] })).builtins)
      assert.isFalse((yield* decode({ builtins: false })).builtins)
    }))

  it.effect("a keyring entry may say name instead of service, a static one instead of value", () =>
    decode({
      urls: [{
        helper: "github",
        config: {
          lookup_chain: [
            { source: "keyring", name: "a" },
            { source: "keyring", service: "b" },
            { source: "static", value: "c" },
            { source: "static", name: "d" }
          ]
        }
      }]
    }))

  it.effect("ignores the config of helpers that only other versions have", () =>
    Effect.gen(function*() {
      const urls = ["s3", "gcs", "gar", "r2", "azstorage", "remoteapis"].map((helper) => ({
        helper,
        config: { x: [1] }
      }))
      const { rules } = yield* decode({ urls })
      for (const { bound, helper } of rules) {
        const { message } = yield* Effect.flip(bound)
        assert.include(message, `the helper "${helper}", which tweag-credential-helper has and this version does not`)
      }
    }))

  it.effect("a helper of an application is known, whatever its name", () =>
    Effect.gen(function*() {
      const own = new Map<string, (fragment: unknown) => Effect.Effect<unknown>>([["s3", Effect.succeed]])
      const file = JSON.stringify({ urls: [{ helper: "s3", config: { region: "r" } }] })
      const { rules } = yield* ConfigFile.decoder<unknown>({ ...options, binders: own })("/c.json", file)
      assert.deepInclude(rules[0], { bound: Either.right({ region: "r" }) })
    }))
})

describe("ConfigFile.find", () => {
  const file = {
    urls: [
      { host: "github.com", path: "/a/*", helper: "github" },
      { host: "github.com", helper: "null" },
      { scheme: "https", host: "*.example.com", helper: "oci" },
      { host: "*.example.com", helper: "null" }
    ]
  }

  it.effect("returns the first match", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* find(file, "https://github.com/a/b"), 0)
      assert.strictEqual(yield* find(file, "https://github.com/b"), 1)
      assert.strictEqual(yield* find(file, "https://r.example.com/v2/"), 2)
      assert.strictEqual(yield* find(file, "http://r.example.com/v2/"), 3)
      assert.strictEqual(yield* find(file, "https://r.example.com/", true), 3)
      assert.strictEqual(yield* find(file, "https://example.com/"), undefined)
    }))

  const compared = (index: number, provider: string, mismatch?: Omit<Provenance.Mismatch, "hint">) =>
    Provenance.Step.RuleCompared({
      index,
      provider,
      mismatch: Option.map(Option.fromNullable(mismatch), (_) => ({ ..._, hint: Option.none() }))
    })

  it.effect("records every entry that was compared, with the part that differs", () =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        yield* find(file, "https://github.com/b")
        yield* find(file, "https://example.com/")
        yield* find({}, "https://example.com/")
        assert.deepStrictEqual((yield* sofar).steps, [
          compared(0, "github", { part: "path", pattern: "/a/*" }),
          compared(1, "null"),
          compared(0, "github", { part: "host", pattern: "github.com" }),
          compared(1, "null", { part: "host", pattern: "github.com" }),
          compared(2, "oci", { part: "host", pattern: "*.example.com" }),
          compared(3, "null", { part: "host", pattern: "*.example.com" })
        ])
      })
    ))
})

describe("a slip in an entry", () => {
  const messageOf = (file: unknown) => Effect.map(Effect.flip(decode(file)), ({ message }) => message)
  const prefix = "/home/u/project/c.json: $.urls[0]"

  const patterns: ReadonlyArray<readonly [pattern: Record<string, string>, message: string]> = [
    [{ host: "http://localhost:5804" }, `host: "http://localhost:5804"; .* Did you mean "localhost:5804"?`],
    [{ host: "ghcr.io/org" }, `host: "ghcr.io/org"; .* Did you mean "ghcr.io"?`],
    [{ host: "https://*.corp.example/v2/" }, `host: .* Did you mean "*.corp.example"?`],
    [{ host: "user:canary@ghcr.io" }, `host: a string; .* Did you mean "ghcr.io"?`],
    [{ host: "::1" }, `host: "::1"; allowed: an IPv6 address in brackets. Did you mean "[::1]"?`],
    [{ host: ":5000" }, `host: ":5000"; .* Did you mean "*:5000"?`],
    [{ host: "localhost:http" }, `host: "localhost:http"; allowed: a port from 0 to 65535, or "*".`],
    [{ host: "localhost:99999" }, `host: "localhost:99999"; allowed: a port from 0 to 65535, or "*".`],
    [{ path: "v2/team/*" }, `path: "v2/team/*"; .* Did you mean "/v2/team/*"?`],
    [{ path: "/a?b=*" }, `path: "/a?b=*"; .* Did you mean "/a*"?`],
    [{ scheme: "https://" }, `scheme: "https://"; .* Did you mean "https"?`]
  ]
  for (const [pattern, expected] of patterns) {
    it.effect(`${JSON.stringify(pattern)} can match nothing, and is an error of the file`, () =>
      Effect.gen(function*() {
        const message = yield* messageOf({ urls: [{ ...pattern, helper: "oci" }] })
        assert.notInclude(message, "canary")
        const [start = "", end = ""] = expected.split(" .* ")
        assert.isTrue(message.startsWith(`${prefix}.${start.split(" .* ")[0]}`), message)
        assert.isTrue(message.endsWith(end), message)
      }))
  }

  it.effect("is an error of its own host, and a warning for others", () =>
    Effect.gen(function*() {
      const broken: ReadonlyArray<unknown> = [
        { helper: "docker" },
        { helper: "oci", lookup_chain: [] },
        { helper: "oci", required: "true" },
        { helper: "oci", config: { lookup_chain: [{ source: "vault", name: "x", binding: "password" }] } },
        {}
      ]
      for (const entry of broken) {
        const file = { urls: [{ host: "a.example", ...Object(entry) }, { host: "b.example", helper: "null" }] }
        const { rules } = yield* decode(file)
        const error = yield* Effect.flip(rules[0]?.bound ?? Either.right(undefined))
        assert.include(String(error.message), "$.urls[0]")
        const warned = (host: string) =>
          Provenance.recording((sofar) =>
            Effect.gen(function*() {
              yield* ConfigFile.find(rules, { url: new URL(`https://${host}/`), bareHost: false })
              return (yield* sofar).steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])
            })
          )
        assert.deepStrictEqual(yield* warned("b.example"), [error.message])
        assert.deepStrictEqual(yield* warned("a.example"), [])
      }
    }))

  it.effect("in the name of a helper or the place of a key has a suggestion", () =>
    Effect.gen(function*() {
      const suggested = (entry: Readonly<Record<string, unknown>>) =>
        Effect.flatMap(decode({ urls: [entry] }), ({ rules }) =>
          Effect.map(Effect.flip(rules[0]?.bound ?? Either.right(undefined)), (error) =>
            String(error.message).replace(/^.* Did you mean /, "")))
      assert.strictEqual(yield* suggested({ helper: "docker" }), `"oci"?`)
      assert.strictEqual(yield* suggested({ helper: "OCI" }), `"oci"?`)
      assert.strictEqual(yield* suggested({ helper: "gh" }), `"github"?`)
      assert.strictEqual(yield* suggested({ helper: "oci", lookup_chain: [] }), `"config.lookup_chain"?`)
      assert.strictEqual(yield* suggested({ helper: "oci", requird: true }), `"required"?`)
    }))

  it.effect("that hides an entry is a warning, and equal entries after others are not", () =>
    Effect.gen(function*() {
      const hidden = (urls: ReadonlyArray<unknown>) =>
        Effect.map(decode({ urls }), ({ rules }) =>
          rules.flatMap(({ hiddenBy, index }) => Option.toArray(hiddenBy).map((by) => [index, by])))
      const oci = { helper: "oci" }
      assert.deepStrictEqual(yield* hidden([{ host: "*", helper: "null" }, { host: "a.example", ...oci }]), [[1, 0]])
      assert.deepStrictEqual(
        yield* hidden([{ host: "*.example", ...oci }, { host: "a.example", path: "/x", ...oci }]),
        [[1, 0]]
      )
      assert.deepStrictEqual(
        yield* hidden([{ host: "a.example", path: "/x", ...oci }, { host: "a.example", ...oci }]),
        []
      )
      assert.deepStrictEqual(yield* hidden([{ scheme: "http", ...oci }, { scheme: "https", ...oci }, oci, oci]), [[
        3,
        2
      ]])
    }))

  it.effect("such as null counts as absent", () =>
    Effect.gen(function*() {
      const entry = { scheme: null, host: null, path: null, required: null, config: null, helper: "oci" }
      const { rules } = yield* decode({ urls: [entry] })
      assert.deepInclude(rules[0], { scheme: Option.none(), host: Option.none(), path: Option.none(), required: false })
      assert.isTrue(rules.every(({ bound }) => Either.isRight(bound)))
    }))

  it.effect("that only just misses a URI is named, with the pattern that matches", () =>
    Effect.gen(function*() {
      const hintOf = (pattern: Readonly<Record<string, string>>, uri: string) =>
        Option.flatMap(
          UrlMatch.mismatch(UrlMatch.make(pattern), { url: new URL(uri), bareHost: false }),
          ({ hint }) => hint
        )
      const advised = (pattern: Readonly<Record<string, string>>, part: "host" | "path", uri: string) => {
        const [, text = "\"\""] = / Write (".*")$/.exec(Option.getOrElse(hintOf(pattern, uri), () => "")) ?? []
        const mended = { ...pattern, [part]: JSON.parse(text) }
        assert.isTrue(UrlMatch.matches(UrlMatch.make(mended), { url: new URL(uri), bareHost: false }), text)
      }
      advised({ host: "localhost" }, "host", "http://localhost:5804/v2/")
      advised({ host: "*.example" }, "host", "https://a.example:8443/")
      advised({ host: "[::1]" }, "host", "http://[::1]:5000/")
      advised({ path: "/v2/team" }, "path", "https://a.example/v2/team/app/manifests/1")
      advised({ path: "/v2/team/" }, "path", "https://a.example/v2/team/app/manifests/1")
      assert.isTrue(Option.isSome(hintOf({ path: "/Org/*" }, "https://a.example/org/x")))
      assert.isTrue(Option.isNone(hintOf({ host: "b.example" }, "https://a.example:8443/")))
      assert.isTrue(Option.isNone(hintOf({ host: "a.example:5000" }, "https://a.example:8443/")))
      yield* Effect.void
    }))
})

describe("ConfigFile.load", () => {
  const text = JSON.stringify({ urls: [{ helper: "null" }] })
  const pathOf = Effect.map(({ path }: ConfigFile.ConfigFile<unknown>) => Option.getOrUndefined(path))

  it.effect("reads the file in the workspace", () =>
    Effect.gen(function*() {
      const name = ".tweag-credential-helper.json"
      assert.strictEqual(yield* pathOf(load({}, { [`/home/u/project/${name}`]: text })), `/home/u/project/${name}`)
      assert.strictEqual(
        yield* pathOf(
          load({ BUILD_WORKSPACE_DIRECTORY: "/ws" }, { [`/ws/${name}`]: text, [`/home/u/project/${name}`]: "{" })
        ),
        `/ws/${name}`
      )
    }))

  it.effect("uses the built-in helpers if there is no file", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* load({}, {}), { path: Option.none(), builtins: true, rules: [] })
    }))

  it.effect("reads the file that the variable names, relative to the caller and with prefixes", () =>
    Effect.gen(function*() {
      const named = (path: string) => ({ CREDENTIAL_HELPER_CONFIG_FILE: path, HOME: "/home/u" })
      const files = {
        "/home/u/c.json": text,
        "/home/u/project/sub/c.json": text,
        "/home/u/project/.tweag-credential-helper.json": "{"
      }
      assert.strictEqual(yield* pathOf(load(named("~/c.json"), files)), "/home/u/c.json")
      assert.strictEqual(yield* pathOf(load(named("%workspace%/sub/c.json"), files)), "/home/u/project/sub/c.json")
      assert.strictEqual(yield* pathOf(load(named("sub/c.json"), files)), "/home/u/project/sub/c.json")
    }))

  it.effect("treats an empty variable as unset", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* load({ CREDENTIAL_HELPER_CONFIG_FILE: "" }, {}), {
        path: Option.none(),
        builtins: true,
        rules: []
      })
    }))

  describe("of a workspace", () => {
    const path = "/home/u/project/.tweag-credential-helper.json"
    const valid = { text: `{"urls":[]}`, mode: 0o644 }

    /** Loads the file, which this user owns. */
    const owned = (owner: number, variables: Record<string, string> = {}, uid = 1000) =>
      Effect.gen(function*() {
        const fs = MemoryFileSystem.make({ [path]: valid })
        const files = Files.make({
          ...fs,
          stat: (path) => Effect.map(fs.stat(path), (info) => ({ ...info, uid: Option.some(owner) }))
        })
        return yield* ConfigFile.load(TestEnvironment.make(variables, { uid: Option.some(uid) }), files, options)
      })

    it.effect("is used if the caller or root owns it", () =>
      Effect.gen(function*() {
        for (const owner of [0, 1000]) assert.deepStrictEqual((yield* owned(owner)).path, Option.some(path))
        assert.deepStrictEqual((yield* owned(1000, { SUDO_UID: "1000" }, 0)).path, Option.some(path))
      }))

    it.effect("is refused if another user owns it or any user may write to it, unless a variable names it", () =>
      Effect.gen(function*() {
        for (const [owner, uid] of [[1001, 1000], [1000, 0]] as const) {
          const error = yield* Effect.flip(owned(owner, {}, uid))
          assert.strictEqual(
            error.message,
            `${path} is not used: it belongs to another user, whose ID is ${owner}. If its content is yours, ` +
              `run sudo chown ${uid} ${path}, or name it in CREDENTIAL_HELPER_CONFIG_FILE.`
          )
        }
        const writable = { [path]: { ...valid, mode: 0o666 } }
        assert.include((yield* Effect.flip(load({}, writable))).message, `run chmod o-w ${path}`)
        const named = { CREDENTIAL_HELPER_CONFIG_FILE: path }
        assert.deepStrictEqual((yield* load(named, writable)).path, Option.some(path))
        assert.deepStrictEqual((yield* owned(1001, named)).path, Option.some(path))
        assert.deepStrictEqual((yield* load({}, writable, { platform: "win32" })).path, Option.some(path))
        assert.deepStrictEqual(
          (yield* load({}, { [path]: { ...valid, mode: 0o664 } })).path,
          Option.some(path),
          "the umask of many systems lets a group write that has one member"
        )
      }))
  })

  it.effect("fails if the named file does not exist", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(load({ CREDENTIAL_HELPER_CONFIG_FILE: "/gone.json" }, {}))
      assert.strictEqual(error._tag, "FileUnreadable")
      assert.match(
        error.message,
        /^\/gone\.json cannot be read \(no such file\). Correct or unset CREDENTIAL_HELPER_CONFIG_FILE/
      )
    }))

  it.effect("fails if the prefix names a directory that does not exist", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(load({ CREDENTIAL_HELPER_CONFIG_FILE: "~/c.json" }, {}))
      assert.strictEqual(error._tag, "FileUnreadable")
    }))

  it.effect("fails if the file is not readable", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(load({}, { "/home/u/project/.tweag-credential-helper.json": { text, mode: 0 } }))
      assert.deepInclude(error, { _tag: "FileUnreadable", reason: "permission denied" })
    }))

  it.effect("accepts a byte order mark", () =>
    load({}, { "/home/u/project/.tweag-credential-helper.json": `\uFEFF${text}` }))
})
