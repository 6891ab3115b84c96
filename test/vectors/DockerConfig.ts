/**
 * `docker_config`: which credential docker's files and helpers hold for a registry.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Found } from "../../src/docker/DockerConfigLookup.ts"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import type { DockerConfigError } from "../../src/docker/DockerError.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Files from "../../src/platform/Files.ts"
import * as DockerLogin from "../../src/source/DockerLogin.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { warningsOf } from "../warnings.ts"
import * as Case from "./Case.ts"

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/** A text, bytes, or a directory; each becomes an entry of the file system. */
const File = Schema.Union(
  Schema.String,
  Schema.Struct({ dir: Schema.Literal(true) }),
  Schema.Struct({
    json: Schema.optional(Schema.Unknown),
    text: Schema.optional(Schema.String),
    base64: Schema.optional(Schema.Uint8ArrayFromBase64),
    mode: Schema.optional(Schema.Union(Schema.String, Schema.Number))
  })
)

const entryOf = (file: typeof File.Type): MemoryFileSystem.Entry => {
  if (typeof file === "string") return file
  if ("dir" in file) return MemoryFileSystem.directory
  const { base64, json, mode = "644", text = "json" in file ? encodeJson(json) : "" } = file
  return { text: base64 ?? text, mode: Number.parseInt(`${mode}`, 8) }
}

const record = <A, I>(value: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.Record({ key: Schema.String, value }), { default: () => ({}) })

const Helper = Schema.Struct({
  responses: record(Schema.Struct({
    stdout: Schema.optionalWith(Schema.String, { default: () => "" }),
    stderr: Schema.optionalWith(Schema.String, { default: () => "" }),
    exit: Schema.optionalWith(Schema.Number, { default: () => 0 }),
    delay_ms: Schema.optionalWith(Schema.Number, { default: () => 0 })
  })),
  exact_stdin: Schema.optionalWith(Schema.Boolean, { default: () => false })
})

const Vector = Schema.Struct({
  env: record(Schema.String),
  files: record(File),
  helpers: record(Helper),
  registry: Schema.String,
  repository: Schema.optional(Schema.NullOr(Schema.String)),
  options: Schema.optional(Schema.Struct({ helper_timeout_ms: Schema.optional(Schema.Number) })),
  expect: Case.Members,
  warnings: Schema.optional(Schema.Array(Schema.String))
})

type Vector = typeof Vector.Type

const helperOf = ({ exact_stdin, responses }: typeof Helper.Type): FakeProcess.FakeProcess => ({
  exactStdin: exact_stdin,
  responses: mapValues(responses, ({ delay_ms, ...reply }) => ({ ...reply, delay: delay_ms }))
})

const mapValues = <A, B>(values: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value)]))

const layerOf = ({ env, files, helpers, options }: Vector): Layer.Layer<DockerLogin.DockerLogin> => {
  const timeout = options?.helper_timeout_ms
  const helper = timeout === undefined
    ? DockerCredentialHelper.layer
    : DockerCredentialHelper.layerWith({ timeout })
  return DockerLogin.layer.pipe(
    Layer.provide(helper),
    Layer.provide(FakeProcess.layer(mapValues(helpers, helperOf))),
    Layer.provide(Files.layer),
    Layer.provide(Layer.merge(TestEnvironment.layer(env), MemoryFileSystem.layer(mapValues(files, entryOf))))
  )
}

const tags: Readonly<Record<string, string>> = {
  DockerConfigMalformed: "ConfigMalformed",
  DockerConfigPlaceInvalid: "ConfigPlaceInvalid",
  FileUnreadable: "ConfigUnreadable"
}

const failed = ({ _tag }: DockerConfigError): Readonly<Record<string, unknown>> => ({
  type: "error",
  tag: tags[_tag] ?? _tag
})

/** What the case does not speak of may be there, if it is about how a credential is held, and not which. */
const found = ({ expect }: Vector) => ({ credential, from }: Found): Readonly<Record<string, unknown>> => {
  const { identityToken, registryToken, userPassword } = credential
  const value = (secret: Redacted.Redacted | undefined) => secret === undefined ? undefined : Redacted.value(secret)
  const octetsAlone = "basic_base64" in expect && !("username" in expect)
  return {
    type: "credential",
    ...(octetsAlone ? {} : { username: userPassword?.username, password: value(userPassword?.password) }),
    ...("basic_base64" in expect ? { basic_base64: value(userPassword?.basic) } : {}),
    identitytoken: value(identityToken),
    registrytoken: value(registryToken),
    ...("from" in expect ? { from } : {})
  }
}

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section(
  "docker_config",
  Vector,
  (vector) =>
    Provenance.recording((sofar) =>
      Effect.gen(function*() {
        const { find } = yield* DockerLogin.DockerLogin
        const target = { host: vector.registry, repository: Option.fromNullable(vector.repository) }
        const got = yield* Effect.match(find(target), {
          onFailure: failed,
          onSuccess: Option.match({ onNone: () => ({ type: "none" }), onSome: found(vector) })
        })
        const warnings = [...new Set(warningsOf(yield* sofar))].sort()
        return vector.warnings === undefined
          ? { got, want: vector.expect }
          : { got: { ...got, warnings }, want: { ...vector.expect, warnings: [...vector.warnings].sort() } }
      })
    ).pipe(Effect.provide(layerOf(vector)), Case.atInstant(0))
)
