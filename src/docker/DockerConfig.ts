/**
 * A docker config. Its entries are decoded on lookup, so that a broken one affects only its own registry.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { DockerConfigFile } from "./DockerConfigFiles.ts"
import { DockerConfigMalformed } from "./DockerError.ts"
import * as GoJson from "./GoJson.ts"
import * as LoginAdvice from "./LoginAdvice.ts"
import * as Misplaced from "./Misplaced.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface DockerConfig extends DockerConfigFile {
  /** Entries by key, not decoded yet. */
  readonly auths: ReadonlyMap<string, Redacted.Redacted<GoJson.Json>>
  /** Helper names by key, not decoded yet. */
  readonly credHelpers: ReadonlyMap<string, GoJson.Json>
  readonly credsStore: Option.Option<string>
  /** Where something follows the config. Docker ignores it. */
  readonly trailing: Option.Option<GoJson.Position>
}

/**
 * The JSON path of a key, for errors and provenance.
 *
 * @since 0.1.0
 * @category accessors
 */
export const at = (config: DockerConfigFile, section: "auths" | "credHelpers", key: string): string =>
  config.format === "legacy" ? `$["${key}"]` : `$.${section}["${key}"]`

const notObject = (text: string): string => Option.getOrElse(Misplaced.describe(text), () => "it is not an object")

/** Blank content is an empty config, as for docker. */
const empty: GoJson.Document = { value: null, trailing: Option.none() }

/**
 * Parses the content of a file.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (file: DockerConfigFile, text: string): Either.Either<DockerConfig, DockerConfigMalformed> => {
  const malformed = (at: string, reason: string) =>
    new DockerConfigMalformed({ path: file.path, at, reason, advice: LoginAdvice.forConfig(file) })
  const map = (at: string, values: ReadonlyArray<GoJson.Json>) =>
    Either.fromOption(GoJson.map(values), () => malformed(at, "it is not an object"))
  return Either.gen(function*() {
    const { trailing, value } = text.replace("\uFEFF", "").trim() === "" ? empty : yield* Either.mapLeft(
      GoJson.parse(text),
      ({ column, line }) =>
        malformed(
          "$",
          Option.getOrElse(Misplaced.describe(text), () => `it is not valid JSON (line ${line}, column ${column})`)
        )
    )
    if (file.format === "legacy") {
      const auths = redacted(yield* map("$", [value]))
      return { ...file, auths, credHelpers: new Map(), credsStore: Option.none(), trailing }
    }
    const root = yield* Either.fromOption(GoJson.object(value), () => malformed("$", notObject(text)))
    const auths = yield* map("$.auths", GoJson.fields(root, "auths"))
    const credHelpers = yield* map("$.credHelpers", GoJson.fields(root, "credHelpers"))
    const credsStore = yield* Either.fromOption(
      GoJson.string(GoJson.fields(root, "credsStore")),
      () => malformed("$.credsStore", "it is not a string")
    )
    return {
      ...file,
      auths: redacted(auths),
      credHelpers,
      credsStore: Option.filter(Option.some(credsStore), (name) => name !== ""),
      trailing
    }
  })
}

const redacted = (auths: ReadonlyMap<string, GoJson.Json>): ReadonlyMap<string, Redacted.Redacted<GoJson.Json>> =>
  new Map([...auths].map(([key, value]) => [key, Redacted.make(value)]))
