import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as GetCredentials from "../../src/domain/GetCredentials.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Resource from "../../src/domain/Resource.ts"
import * as Files from "../../src/platform/Files.ts"
import * as Provider from "../../src/provider/Provider.ts"
import type { Fault } from "../../src/provider/ProviderError.ts"
import * as Providers from "../../src/provider/Providers.ts"
import * as Router from "../../src/provider/Router.ts"
import * as World from "./world.ts"

const file = "/home/u/project/.tweag-credential-helper.json"

const headers = Provider.Outcome.Headers({ response: GetCredentials.make({ X: Redacted.make("y") }) })

const notMine = Provider.Outcome.NotMine({ reason: "not a request for content" })

interface Fake {
  readonly name: string
  readonly outcome?: Effect.Effect<Provider.Outcome, Fault>
  readonly claims?: string
}

/** Providers that count how often their bodies are loaded. */
const fakes = (rows: ReadonlyArray<Fake>) => {
  const loads: Array<string> = []
  const providers = rows.map(({ claims, name, outcome = Effect.succeed(headers) }): Provider.Provider => {
    const provider = Provider.make({
      name,
      Config: Schema.Struct({}),
      claims: ({ host }) => host === claims,
      get: () => outcome
    })
    return { ...provider, load: Effect.zipRight(Effect.sync(() => loads.push(name)), provider.load) }
  })
  return { loads, layer: Layer.succeed(Providers.Providers, providers) }
}

const route = (uri: string, rows: Layer.Layer<Providers.Providers>, setup: World.Setup = {}) =>
  Provenance.recording((sofar) =>
    Effect.gen(function*() {
      const router = yield* Router.Router
      const result = yield* Effect.either(router.get(yield* Resource.parse(uri)))
      return { result, steps: (yield* sofar).steps.map(Provenance.render), inputs: (yield* sofar).inputs }
    })
  ).pipe(
    Effect.provide(
      Layer.provide(Router.layer, [rows, Files.layer]).pipe(Layer.provide(World.platform(setup)))
    )
  )

const names = (result: Either.Either<GetCredentials.GetCredentialsResponse, unknown>) =>
  Either.match(result, { onLeft: () => "an error", onRight: ({ headers }) => [...headers.keys()].join() })

describe("Router", () => {
  it.effect("asks the provider of the first entry that matches, and records why the others do not", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a" }, { name: "b" }])
      const urls = [
        { host: "*.example.org", helper: "b" },
        { host: "h.example.com", path: "/x/*", helper: "b" },
        { host: "*.example.com", helper: "a" },
        { helper: "b" }
      ]
      const { result, steps } = yield* route("https://h.example.com/f", layer, { urls })
      assert.strictEqual(names(result), "X")
      assert.deepStrictEqual(steps.filter((step) => step.startsWith("rule")), [
        "rule: urls[0]: no match: host is not *.example.org",
        "rule: urls[1]: no match: path is not /x/*",
        "rule: urls[2]: a"
      ])
    }))

  it.effect("asks the first provider that claims the host when no entry matches", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a" }, { name: "b", claims: "h.example.com" }])
      const { result, steps } = yield* route("https://h.example.com/f", layer)
      assert.strictEqual(names(result), "X")
      assert.include(steps, "rule: built-in: b")
      const off = { files: { [file]: `{"builtins":false}` } }
      assert.strictEqual(names((yield* route("https://h.example.com/f", layer, off)).result), "")
    }))

  it.effect("loads a provider that is named or claims the host, once, and no other", () =>
    Effect.gen(function*() {
      const { layer, loads } = fakes([{ name: "a" }, { name: "b", claims: "h.example.com" }, { name: "c" }])
      const urls = [{ host: "x.example", helper: "c" }, { host: "y.example", helper: "c" }]
      yield* route("https://h.example.com/f", layer, { urls })
      assert.deepStrictEqual(loads, ["c", "b"])
    }))

  const cases: ReadonlyArray<readonly [string, Provider.Outcome, free: string, required: string]> = [
    ["headers", headers, "X", "X"],
    ["a URI that is not the provider's", notMine, "", "CredentialRequired"],
    [
      "no credential",
      Provider.Outcome.NoCredential({
        reason: "none",
        setup: ["run login", "set TOKEN"],
        anonymous: Effect.succeed(GetCredentials.make({ Accept: ["*/*"] }))
      }),
      "Accept",
      "CredentialRequired"
    ]
  ]
  for (const [name, outcome, free, required] of cases) {
    it.effect(`answers ${name} with ${free || "no header"}, and where it is required with ${required}`, () =>
      Effect.gen(function*() {
        const { layer } = fakes([{ name: "a", outcome: Effect.succeed(outcome) }])
        const ask = (required: boolean) => route("https://h.example/f", layer, { urls: [{ helper: "a", required }] })
        assert.strictEqual(names((yield* ask(false)).result), free)
        const { result } = yield* ask(true)
        assert.strictEqual(Either.isLeft(result) ? result.left._tag : names(result), required)
      }))
  }

  it.effect("names the sources that were asked and the setup hints when a required credential is missing", () =>
    Effect.gen(function*() {
      let asked = 0
      const outcome = Effect.as(
        Provenance.step(
          Provenance.Step.SourceAsked({ source: "env T", outcome: Provenance.SourceOutcome.NothingFound() })
        ),
        Provider.Outcome.NoCredential({
          reason: "none",
          setup: ["run login", "set T"],
          anonymous: Effect.sync(() => {
            asked++
            return GetCredentials.empty
          })
        })
      )
      const { layer } = fakes([{ name: "a", outcome }])
      const { result } = yield* route("https://h.example/f", layer, { urls: [{ helper: "a", required: true }] })
      const error = yield* Effect.flip(result)
      assert.strictEqual(
        error.message,
        "no credential for h.example, which the configuration requires (asked: env T: nothing found). Run login, or set T."
      )
      assert.strictEqual(asked, 0)
    }))

  for (const uri of ["https://h.example/f?X-Amz-Signature=s", "https://u:p@h.example/f"]) {
    it.effect(`answers ${uri.replace(/=.*|u:p/, "…")} without a header, and does not read the configuration`, () =>
      Effect.gen(function*() {
        const { layer } = fakes([{ name: "a", claims: "h.example" }])
        const { inputs, result } = yield* route(uri, layer, { files: { [file]: "{" } })
        assert.strictEqual(names(result), "")
        assert.lengthOf(inputs, 0)
      }))
  }

  it.effect("asks for a URI that names a user as for any other", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a", claims: "h.example" }])
      assert.strictEqual(names((yield* route("https://bob@h.example/f", layer)).result), "X")
      const urls = [{ helper: "b", required: true }]
      const missing = fakes([{ name: "b", outcome: Effect.succeed(notMine) }])
      const { result } = yield* route("https://bob@h.example/f", missing.layer, { urls })
      assert.strictEqual((yield* Effect.flip(result))._tag, "CredentialRequired")
    }))

  it.effect("says why there is no header, once, and what to do", () =>
    Effect.gen(function*() {
      const none = Provider.Outcome.NoCredential({
        reason: "no login",
        setup: ["run login"],
        anonymous: Effect.succeed(GetCredentials.empty)
      })
      const reasons = (outcome: Provider.Outcome, uri = "https://h.example/f") =>
        Effect.map(
          route(uri, fakes([{ name: "a", claims: "h.example", outcome: Effect.succeed(outcome) }]).layer),
          ({ steps }) => steps.filter((step) => step.startsWith("no header"))
        )
      assert.deepStrictEqual(yield* reasons(none), ["no header for h.example: no login. Run login."])
      assert.deepStrictEqual(yield* reasons(notMine), ["no header for h.example: the URI is not a request for content"])
      assert.deepStrictEqual(yield* reasons(headers), [])
      assert.deepStrictEqual(yield* reasons(headers, "https://other.example/"), [
        "no header for other.example: no entry of the configuration and no built-in helper is for this host"
      ])
    }))

  it.effect("advises an entry that mends a requirement which the helper cannot meet", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a", outcome: Effect.succeed(notMine) }, {
        name: "null",
        outcome: Effect.succeed(notMine)
      }])
      const uri = "https://h.example/some/file.tgz"
      const urls = [{ helper: "a", required: true }]
      const { result } = yield* route(uri, layer, { urls })
      const { message } = yield* Effect.flip(result)
      const [, advised = ""] = /Put an entry for it above urls\[0\]: (\{.*\})$/.exec(message) ?? assert.fail(message)
      assert.strictEqual(names((yield* route(uri, layer, { urls: [JSON.parse(advised), ...urls] })).result), "")
    }))

  it.effect("refuses a host outside ASCII, and names its ASCII form", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a" }])
      const { result } = yield* route("https://ｇｈｃｒ.io/f", layer, { urls: [{ helper: "a" }] })
      assert.deepInclude(yield* Effect.flip(result), { _tag: "UriRejected", reason: "HostNotAscii", detail: "ghcr.io" })
    }))

  it.effect("fails for a planned helper only when its entry matches", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a" }])
      const urls = [{ host: "bucket.example", helper: "s3", config: { region: "r" } }]
      const { result } = yield* route("https://bucket.example/f", layer, { urls })
      assert.deepInclude(yield* Effect.flip(result), { _tag: "ConfigInvalid", at: "$.urls[0].helper" })
      assert.strictEqual(names((yield* route("https://h.example/f", layer, { urls })).result), "")
    }))

  class Sealed extends Data.TaggedError("Sealed")<{ readonly exitCode?: number }> {
    override get message(): string {
      return "sealed"
    }
  }

  it.effect("passes on the error of a custom provider, with its message and exit code", () =>
    Effect.gen(function*() {
      const codes: ReadonlyArray<readonly [Sealed, number]> = [[new Sealed({}), 4], [new Sealed({ exitCode: 5 }), 5]]
      for (const [error, exitCode] of codes) {
        const { layer } = fakes([{ name: "a", claims: "h.example", outcome: Effect.fail(error) }])
        const { result } = yield* route("https://h.example/f", layer)
        const failure = yield* Effect.flip(result)
        assert.strictEqual(failure._tag, "ProviderFailed")
        assert.deepStrictEqual([failure.exitCode, failure.message], [exitCode, "sealed"])
        assert.strictEqual(failure._tag === "ProviderFailed" && failure.error._tag, "Sealed")
      }
    }))

  it.effect("uses the first of two providers with one name", () =>
    Effect.gen(function*() {
      const { layer } = fakes([{ name: "a" }, { name: "a", outcome: Effect.succeed(notMine) }])
      assert.strictEqual(names((yield* route("https://h.example/f", layer, { urls: [{ helper: "a" }] })).result), "X")
    }))
})

describe("the host of a URI that is answered with a credential", () => {
  const piece = FastCheck.constantFrom(
    "\\",
    "/",
    "@",
    "\t",
    "\n",
    "%2f",
    "%63",
    "。",
    "ｇ",
    ":",
    "?",
    "#",
    "x.example",
    "0x7f.1"
  )
  const uri = FastCheck.tuple(
    FastCheck.constantFrom("https://github.com/o/r/x.tgz", "https://api.github.com/o", "ghcr.io"),
    FastCheck.array(FastCheck.tuple(FastCheck.nat(24), piece), { maxLength: 2 })
  ).map(([text, edits]) => edits.reduce((text, [at, piece]) => text.slice(0, at) + piece + text.slice(at), text))

  /** RFC 3986, appendix B and section 3.2, for a host that is a name; a user may stand before it. */
  const strictHost = (text: string) =>
    /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^@/?#\\]*@)?([A-Za-z0-9._~!$&'()*+,;=-]*)(?::[0-9]*)?(?:[/?#]|$)/.exec(text)?.[1]
      ?.toLowerCase()

  it.effect.prop(
    "is the same for WHATWG URL and for RFC 3986",
    [uri],
    ([text]) =>
      Effect.map(World.explain(text, { variables: { GH_TOKEN: "t", GHCR_TOKEN: "t" } }), ({ answer }) => {
        if (!answer.some((line) => line.startsWith("Authorization"))) return
        const url = text.includes("://") ? text : `https://${text}/`
        assert.strictEqual(new URL(url).hostname, strictHost(url), JSON.stringify(text))
      }),
    { fastCheck: { numRuns: 300 } }
  )
})
