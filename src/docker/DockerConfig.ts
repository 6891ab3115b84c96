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
import * as JsonObject from "./JsonObject.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface DockerConfig extends DockerConfigFile {
  /** Entries by key, not decoded yet. */
  readonly auths: ReadonlyMap<string, Redacted.Redacted<unknown>>
  /** Helper names by key, not decoded yet. */
  readonly credHelpers: JsonObject.JsonObject
  readonly credsStore: Option.Option<string>
}

/**
 * The JSON path of a key, for errors and provenance.
 *
 * @since 0.1.0
 * @category accessors
 */
export const at = (config: DockerConfigFile, section: "auths" | "credHelpers", key: string): string =>
  config.format === "legacy" ? `$["${key}"]` : `$.${section}["${key}"]`

/**
 * Parses the content of a file. Blank content is an empty config, as for docker.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (file: DockerConfigFile, text: string): Either.Either<DockerConfig, DockerConfigMalformed> => {
  const malformed = (at: string, reason: string) => () => new DockerConfigMalformed({ path: file.path, at, reason })
  const object = (at: string, value: unknown) =>
    Either.fromOption(JsonObject.fromUnknown(value), malformed(at, "it is not an object"))
  return Either.gen(function*() {
    const json = text.trim() === ""
      ? undefined
      : yield* Either.fromOption(JsonObject.parse(text), malformed("$", "it is not valid JSON"))
    const root = yield* object("$", json)
    if (file.format === "legacy") {
      return { ...file, auths: redacted(root), credHelpers: new Map(), credsStore: Option.none() }
    }
    const auths = yield* object("$.auths", JsonObject.member(root, "auths"))
    const credHelpers = yield* object("$.credHelpers", JsonObject.member(root, "credHelpers"))
    const credsStore = yield* Either.fromOption(
      JsonObject.text(JsonObject.member(root, "credsStore")),
      malformed("$.credsStore", "it is not a string")
    )
    return {
      ...file,
      auths: redacted(auths),
      credHelpers,
      credsStore: Option.filter(Option.some(credsStore), (name) => name !== "")
    }
  })
}

const redacted = (object: JsonObject.JsonObject): ReadonlyMap<string, Redacted.Redacted<unknown>> =>
  new Map([...object].map(([key, value]) => [key, Redacted.make(value)]))
