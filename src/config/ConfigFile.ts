/**
 * The configuration file `.tweag-credential-helper.json`: which helper answers for which URIs. Files that were written
 * for the reference load unchanged.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Provenance from "../domain/Provenance.ts"
import { Environment } from "../platform/Environment.ts"
import { Files } from "../platform/Files.ts"
import { FileUnreadable } from "../platform/Files.ts"
import type { ConfigInvalid } from "./ConfigError.ts"
import * as Decode from "./Decode.ts"
import * as PathExpansion from "./PathExpansion.ts"
import * as UrlMatch from "./UrlMatch.ts"

/**
 * One entry of `urls`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule extends UrlMatch.Pattern {
  /** Its place in `urls`. */
  readonly index: number
  readonly helper: string
  /** Does this version have the helper? If not, `config` was not looked at, and only a URI that matches is in error. */
  readonly supported: boolean
  /** Must there be a credential? */
  readonly required: boolean
  /** Decoded by the helper's own schema. */
  readonly config: unknown
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HelperConfig {
  /** The file; `None` when there is none. */
  readonly path: Option.Option<string>
  /** Do hosts that no entry matches get the built-in helpers? */
  readonly builtins: boolean
  readonly rules: ReadonlyArray<Rule>
}

/**
 * What holds without a file: the built-in helpers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: HelperConfig = { path: Option.none(), builtins: true, rules: [] }

/**
 * The schemas of `urls[].config` by the name of the helper.
 *
 * @since 0.1.0
 * @category models
 */
export type HelperSchemas = ReadonlyMap<string, Schema.Schema.AnyNoContext>

/** The reference's other helpers: a user's file may name them. */
const elsewhere = ["s3", "gcs", "gar", "r2", "azstorage", "remoteapis"]

/** Sources of a `lookup_chain` that other versions of the file format know. */
const sourcesElsewhere = ["google", "file", "command", "netrc"]

const Scheme = Schema.String.pipe(Schema.filter((text) => /^(?:\*|[A-Za-z][A-Za-z\d+.-]*)?$/.test(text), {
  description: `a URI scheme such as "https", without ":"`
}))

const Host = Schema.String.pipe(Schema.filter((text) => !/[/@?#\s]/.test(text), {
  description: `a host pattern such as "*.example.com", without scheme and path`
}))

const fileSchema = (helpers: HelperSchemas) =>
  Schema.Struct({
    $schema: Schema.optional(Schema.String),
    builtins: Schema.optionalWith(Schema.Boolean, { default: () => true }),
    urls: Schema.optionalWith(
      Schema.Array(Schema.Struct({
        scheme: Schema.optional(Scheme),
        host: Schema.optional(Host),
        path: Schema.optional(Schema.String),
        helper: Schema.Literal(...helpers.keys(), ...elsewhere).annotations({
          description: [...helpers.keys()].map((name) => `"${name}"`).join(", ")
        }),
        required: Schema.optionalWith(Schema.Boolean, { default: () => false }),
        config: Schema.optionalWith(Schema.Unknown, { default: () => ({}) })
      })),
      { default: () => [] }
    )
  })

/**
 * Reads the text of a configuration file, strictly. What is returned is worth keeping: preparing it takes longer than
 * using it.
 *
 * Errors: `ConfigInvalid` for the first thing that is wrong, without any value that may be a secret.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decoder = (
  helpers: HelperSchemas
): (path: string, text: string) => Effect.Effect<HelperConfig, ConfigInvalid> => {
  const schema = fileSchema(helpers)

  const ruleOf = (path: string, entry: (typeof schema.Type)["urls"][number], index: number) => {
    const fragment = helpers.get(entry.helper)
    const place = { path, at: ["urls", index, "config"], elsewhere: sourcesElsewhere }
    const config = fragment === undefined ? Effect.succeed({}) : Decode.decode(fragment, place)(entry.config)
    return Effect.map(config, (config): Rule => ({
      ...UrlMatch.make(entry),
      index,
      helper: entry.helper,
      supported: fragment !== undefined,
      required: entry.required,
      config
    }))
  }

  return Effect.fnUntraced(function*(path, text) {
    const file = yield* Effect.flatMap(Decode.json(path, text), Decode.decode(schema, { path }))
    const rules = yield* Effect.forEach(file.urls, (entry, index) => ruleOf(path, entry, index))
    return { path: Option.some(path), builtins: file.builtins, rules }
  })
}

const setting = "CREDENTIAL_HELPER_CONFIG_FILE"

const fileName = ".tweag-credential-helper.json"

const expanded = (path: string): Effect.Effect<string, FileUnreadable, Environment> =>
  Effect.flatMap(
    Effect.flatMap(Environment, (environment) => PathExpansion.make(environment).expand(path)),
    Option.match({
      onNone: () => new FileUnreadable({ path, reason: `${setting} names a folder that this user does not have` }),
      onSome: Effect.succeed
    })
  )

/**
 * Finds and reads the configuration file: `$CREDENTIAL_HELPER_CONFIG_FILE`, which has to exist, else
 * `%workspace%/.tweag-credential-helper.json`, which need not.
 *
 * @since 0.1.0
 * @category loading
 */
export const load = (
  helpers: HelperSchemas
): Effect.Effect<HelperConfig, ConfigInvalid | FileUnreadable, Environment | Files> => {
  const decode = decoder(helpers)
  return Effect.gen(function*() {
    const files = yield* Files
    const named = yield* (yield* Environment).get(setting)
    const path = yield* expanded(Option.getOrElse(named, () => `%workspace%/${fileName}`))
    const text = yield* files.readText(path)
    if (Option.isSome(text)) return yield* decode(path, text.value)
    return Option.isSome(named)
      ? yield* new FileUnreadable({ path, reason: `no such file, although ${setting} names it` })
      : empty
  }).pipe(Effect.withSpan("HelperConfig.load"))
}

/**
 * The first entry that matches.
 *
 * @since 0.1.0
 * @category matching
 */
export const find = (
  rules: ReadonlyArray<Rule>,
  subject: UrlMatch.Subject
): Effect.Effect<Option.Option<Rule>> => {
  const rule = rules.find((rule) => UrlMatch.matches(rule, subject))
  if (rules.length === 0) return Effect.succeedNone
  return Effect.as(
    Provenance.step(
      rule === undefined
        ? { kind: "rule", subject: "urls", outcome: "no entry matches" }
        : { kind: "rule", subject: `urls[${rule.index}]`, outcome: rule.helper }
    ),
    Option.fromNullable(rule)
  )
}
