/**
 * One entry of the configuration file: which URIs it is for, and what its helper makes of its settings.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ForeignText from "../domain/ForeignText.ts"
import { ConfigInvalid } from "./ConfigError.ts"
import * as Decode from "./Decode.ts"
import * as PatternCheck from "./PatternCheck.ts"
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

/**
 * Reads an entry, strictly.
 *
 * Errors: `ConfigInvalid` if it is not known which URIs the entry is for. What else is wrong with it is its `bound`.
 *
 * @since 0.2.0
 * @category decoding
 */
export const decoder = <B>({ binders, planned }: Options<B>) => {
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

  return (path: string, written: Readonly<Record<string, unknown>>, index: number) =>
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
}

/**
 * What a user has to know of an entry that is for other URIs.
 *
 * @since 0.2.0
 * @category accessors
 */
export const warnings = <B>({ bound, hiddenBy, index }: Rule<B>): ReadonlyArray<string> => [
  ...Either.match(bound, { onLeft: ({ message }) => [message], onRight: () => [] }),
  ...Option.match(hiddenBy, {
    onNone: () => [],
    onSome: (
      by
    ) => [`urls[${index}] is never reached, because urls[${by}] matches all that it matches. Put it above urls[${by}].`]
  })
]
