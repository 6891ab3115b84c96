/**
 * The configuration file `.tweag-credential-helper.json`: which helper answers for which URIs. Files that were written
 * for the reference load unchanged.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ForeignText from "../domain/ForeignText.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Environment } from "../platform/Environment.ts"
import { type Access, type Files, FileUnreadable, writerOf } from "../platform/Files.ts"
import { ConfigInvalid, ConfigUntrusted } from "./ConfigError.ts"
import * as Decode from "./Decode.ts"
import * as PathExpansion from "./PathExpansion.ts"
import * as PatternCheck from "./PatternCheck.ts"
import * as Settings from "./Settings.ts"
import * as UrlMatch from "./UrlMatch.ts"

/**
 * One entry of `urls`, with what its helper makes of its `config`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule<out B> extends UrlMatch.Pattern {
  /** Its place in `urls`. */
  readonly index: number
  readonly helper: string
  /** Whether a missing credential is an error. */
  readonly required: boolean
  /** The entry before it that matches all that it matches. */
  readonly hiddenBy: Option.Option<number>
  /** What is wrong with the entry: an error for the URIs that it matches alone. */
  readonly bound: Either.Either<B, ConfigInvalid>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ConfigFile<out B> {
  /** The file; `None` when there is none. */
  readonly path: Option.Option<string>
  /** Whether hosts that no entry matches get the built-in helpers. */
  readonly builtins: boolean
  readonly rules: ReadonlyArray<Rule<B>>
}

/**
 * How each helper, by its name, reads the `config` of an entry.
 *
 * @since 0.2.0
 * @category models
 */
export type Binders<B> = ReadonlyMap<
  string,
  (fragment: unknown, place: Decode.Place) => Effect.Effect<B, ConfigInvalid>
>

/**
 * @since 0.2.0
 * @category models
 */
export interface Options<B> {
  readonly binders: Binders<B>
  /** Helpers that other versions of the file format know: a file that names them loads. */
  readonly planned: ReadonlyArray<string>
}

/** What holds without a file: the built-in helpers. */
const empty: ConfigFile<never> = { path: Option.none(), builtins: true, rules: [] }

const File = Schema.Struct({
  $schema: Schema.optional(Schema.String),
  builtins: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  urls: Schema.optionalWith(Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })), {
    default: () => []
  })
})

/** The patterns of an entry, which have to be read to know what the rest of it is for. */
const Patterns = Schema.Struct({
  scheme: Schema.optional(Schema.String),
  host: Schema.optional(Schema.String),
  path: Schema.optional(Schema.String)
})

const problemOf = { scheme: PatternCheck.scheme, host: PatternCheck.host, path: PatternCheck.path }

const patternNames = ["scheme", "host", "path"] as const

const entrySchema = (names: ReadonlyArray<string>, planned: ReadonlyArray<string>) =>
  Schema.Struct({
    ...Patterns.fields,
    helper: Schema.Literal(...names, ...planned).annotations({
      description: names.map((name) => `"${name}"`).join(", ")
    }),
    required: Schema.optionalWith(Schema.Boolean, { default: () => false }),
    config: Schema.optionalWith(Schema.Unknown, { default: () => ({}) })
  })

/** What people call a helper, and keys that belong into `config`. */
const otherWords: Readonly<Record<string, string>> = {
  docker: "oci",
  registry: "oci",
  container: "oci",
  ghcr: "oci",
  gh: "github",
  none: "null",
  lookup_chain: "config.lookup_chain",
  trusted_realms: "config.trusted_realms",
  parse_docker_config: "config.parse_docker_config",
  token_exchange_method: "config.token_exchange_method",
  read_config_file: "config.read_config_file"
}

/** The patterns of an entry; those that can match nothing are an error. */
const patternsOf = (path: string, entry: Readonly<Record<string, unknown>>, index: number) =>
  Either.gen(function*() {
    const named = Object.fromEntries(patternNames.flatMap((name) => name in entry ? [[name, entry[name]]] : []))
    const patterns = yield* Decode.decode(Patterns, { path, at: ["urls", index] })(named)
    for (const name of patternNames) {
      const text = patterns[name]
      const problem = text === undefined ? undefined : problemOf[name](text)
      if (text === undefined || problem === undefined) continue
      // A user in front of a host may come with a password.
      const found = text.includes("@") ? "a string" : JSON.stringify(ForeignText.oneLine(text, 80))
      return yield* Either.left(new ConfigInvalid({ path, at: `$.urls[${index}].${name}`, found, ...problem }))
    }
    return patterns
  })

/** The comparison of all entries with each other takes quadratic time. */
const maxCompared = 200

const withReach = <B>(rules: ReadonlyArray<Rule<B>>): ReadonlyArray<Rule<B>> =>
  rules.map((rule, index) => ({
    ...rule,
    hiddenBy: index < maxCompared
      ? Arr.findFirstIndex(rules.slice(0, index), (_) => UrlMatch.covers(_, rule))
      : Option.none()
  }))

/**
 * Reads the text of a configuration file, strictly.
 *
 * Errors: `ConfigInvalid` if it is not known which URIs its entries are for. What else is wrong with an entry is an error of
 * the entry. No error holds a value that may be a secret.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decoder = <B>(
  { binders, planned }: Options<B>
): (path: string, text: string) => Effect.Effect<ConfigFile<B>, ConfigInvalid> => {
  const schema = entrySchema([...binders.keys()], planned)

  const missing = (path: string, index: number, helper: string) =>
    new ConfigInvalid({
      path,
      at: `$.urls[${index}].helper`,
      found: `the helper "${helper}", which tweag-credential-helper has and this version does not`,
      allowed: [...binders.keys()].join(", ")
    })

  const bind = (path: string, entry: Readonly<Record<string, unknown>>, index: number) =>
    Effect.gen(function*() {
      const place = { path, at: ["urls", index], otherWords }
      const { config, helper, host = "", required } = yield* Decode.decode(schema, place)(entry)
      const binder = binders.get(helper)
      if (binder === undefined) return yield* missing(path, index, helper)
      const namesHost = host !== "" && !host.includes("*")
      const bound = yield* binder(config, { path, at: ["urls", index, "config"], namesHost })
      return { required, bound }
    })

  const ruleOf = (path: string, written: Readonly<Record<string, unknown>>, index: number) =>
    Effect.gen(function*() {
      // As in Go, null counts as absent.
      const entry = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null))
      const patterns = yield* patternsOf(path, entry, index)
      const bound = yield* Effect.either(bind(path, entry, index))
      return {
        ...UrlMatch.make(patterns),
        index,
        helper: String(entry["helper"] ?? ""),
        hiddenBy: Option.none(),
        required: Either.isRight(bound) && bound.right.required,
        bound: Either.map(bound, ({ bound }) => bound)
      } satisfies Rule<B>
    })

  return Effect.fnUntraced(function*(path, text) {
    const file = yield* Effect.flatMap(Decode.json(path, text), Decode.decode(File, { path }))
    const rules = yield* Effect.forEach(file.urls, (entry, index) => ruleOf(path, entry, index))
    return { path: Option.some(path), builtins: file.builtins, rules: withReach(rules) }
  })
}

const fileName = ".tweag-credential-helper.json"

const expanded = (environment: Environment["Type"], path: string): Effect.Effect<string, FileUnreadable> =>
  Effect.flatMap(
    PathExpansion.make(environment).expand(path),
    Option.match({
      onNone: () =>
        new FileUnreadable({
          path,
          reason: "its prefix stands for a directory that this user does not have",
          hint: `Correct or unset ${Settings.configFile.name}, which names it`
        }),
      onSome: Effect.succeed
    })
  )

/**
 * A file that others may have written could send the caller's credentials anywhere; git has the same rule. A file that the
 * caller's own variable names is the caller's decision.
 */
const checkWriter = (environment: Environment["Type"], path: string, access: Option.Option<Access>) =>
  Option.match(writerOf(environment, access), {
    onNone: () => Effect.void,
    onSome: (writer) =>
      writer === "any user"
        ? new ConfigUntrusted({ path, reason: "any user may write to it", command: `chmod o-w ${path}` })
        : new ConfigUntrusted({
          path,
          reason: `it belongs to another user, whose ID is ${writer}`,
          command: `sudo chown ${Option.getOrElse(environment.uid, () => "")} ${path}`
        })
  })

/**
 * Finds and reads the configuration file: `$CREDENTIAL_HELPER_CONFIG_FILE`, which has to exist, else
 * `%workspace%/.tweag-credential-helper.json`, which need not.
 *
 * @since 0.1.0
 * @category loading
 */
export const load = <B>(
  environment: Environment["Type"],
  files: Files["Type"],
  options: Options<B>
): Effect.Effect<ConfigFile<B>, ConfigInvalid | ConfigUntrusted | FileUnreadable> => {
  const decode = decoder(options)
  return Effect.gen(function*() {
    const named = yield* Settings.read(environment, Settings.configFile)
    const path = yield* expanded(environment, Option.getOrElse(named, () => `%workspace%/${fileName}`))
    const content = yield* files.read(path)
    if (content._tag === "Text") {
      if (Option.isNone(named)) yield* checkWriter(environment, path, content.access)
      return yield* decode(path, content.text)
    }
    return Option.isSome(named)
      ? yield* new FileUnreadable({
        path,
        reason: "no such file",
        hint: `Correct or unset ${Settings.configFile.name}, which names it`
      })
      : empty
  }).pipe(Effect.withSpan("ConfigFile.load"))
}

const warnings = <B>({ bound, hiddenBy, index }: Rule<B>): ReadonlyArray<string> => [
  ...Either.match(bound, { onLeft: ({ message }) => [message], onRight: () => [] }),
  ...Option.match(hiddenBy, {
    onNone: () => [],
    onSome: (
      by
    ) => [`urls[${index}] is never reached, because urls[${by}] matches all that it matches. Put it above urls[${by}].`]
  })
]

/**
 * The first entry that matches. Each entry that was compared is a step, with the part that differs; what is wrong with other
 * entries is a warning.
 *
 * @since 0.1.0
 * @category matching
 */
export const find = <B>(
  rules: ReadonlyArray<Rule<B>>,
  subject: UrlMatch.Subject
): Effect.Effect<Option.Option<Rule<B>>> =>
  Effect.findFirst(rules, (rule) => {
    const mismatch = UrlMatch.mismatch(rule, subject)
    const step = Provenance.Step.RuleCompared({ index: rule.index, provider: rule.helper, mismatch })
    return Effect.as(Provenance.step(step), Option.isNone(mismatch))
  }).pipe(
    Effect.tap((found) =>
      Effect.forEach(
        rules.filter(({ index }) => !Option.exists(found, (rule) => rule.index === index)).flatMap(warnings),
        Provenance.warn,
        { discard: true }
      )
    )
  )
