/** The real credential helper over a registry, files, programs and variables in memory. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as CredentialHelper from "../../src/CredentialHelper.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

export interface Setup {
  readonly variables?: Readonly<Record<string, string>>
  /** `urls` of the configuration file; no file without them. */
  readonly urls?: ReadonlyArray<unknown>
  readonly files?: Readonly<Record<string, MemoryFileSystem.Entry>>
  readonly network?: Layer.Layer<HttpClient.HttpClient>
}

const offline = FakeHttp.layer(() => Effect.succeed(FakeHttp.unreachable))

export const platform = ({ files = {}, network = offline, urls, variables = {} }: Setup) =>
  Layer.mergeAll(
    TestEnvironment.layer({ HOME: "/home/u", ...variables }),
    MemoryFileSystem.layer({
      ...(urls === undefined ? {} : { "/home/u/project/.tweag-credential-helper.json": JSON.stringify({ urls }) }),
      ...files
    }),
    FakeProcess.layer(),
    network
  )

/** The headers as `name: values`, or the tag of the error; with the steps as lines. */
export const explain = (uri: string, setup: Setup, layer = CredentialHelper.layer) =>
  Effect.gen(function*() {
    const { provenance, result } = yield* (yield* CredentialHelper.CredentialHelper).explain({ uri })
    return {
      answer: Either.match(result, {
        onLeft: ({ _tag, message }) => [_tag, message],
        onRight: ({ headers }) => [...headers].map(([name, values]) => `${name}: ${values.map(Redacted.value).join()}`)
      }),
      steps: Provenance.flatten(provenance.steps).map(Provenance.render)
    }
  }).pipe(Effect.provide(Layer.provide(layer, platform(setup))))

export const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
