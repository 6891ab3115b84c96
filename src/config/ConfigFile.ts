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
import type { Environment } from "../platform/Environment.ts"
import { type Files, FileUnreadable } from "../platform/Files.ts"
import { type ConfigInvalid, ConfigUntrusted } from "./ConfigError.ts"
import * as Decode from "./Decode.ts"
import * as PathExpansion from "./PathExpansion.ts"
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
  /** `None` when this version does not have the helper: then only a URI that the entry matches is an error. */
  readonly bound: Option.Option<B>
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

const Scheme = Schema.String.pipe(Schema.filter((text) => /^(?:\*|[A-Za-z][A-Za-z\d+.-]*)?$/.test(text), {
  description: `a URI scheme such as "https", without ":"`
}))

const Host = Schema.String.pipe(Schema.filter((text) => !/[/@?#\s]/.test(text), {
  description: `a host pattern such as "*.example.com", without scheme and path`
}))

const fileSchema = (names: ReadonlyArray<string>, planned: ReadonlyArray<string>) =>
  Schema.Struct({
    $schema: Schema.optional(Schema.String),
    builtins: Schema.optionalWith(Schema.Boolean, { default: () => true }),
    urls: Schema.optionalWith(
      Schema.Array(Schema.Struct({
        scheme: Schema.optional(Scheme),
        host: Schema.optional(Host),
        path: Schema.optional(Schema.String),
        helper: Schema.Literal(...names, ...planned).annotations({
          description: names.map((name) => `"${name}"`).join(", ")
        }),
        required: Schema.optionalWith(Schema.Boolean, { default: () => false }),
        config: Schema.optionalWith(Schema.Unknown, { default: () => ({}) })
      })),
      { default: () => [] }
    )
  })

type Entry = ReturnType<typeof fileSchema>["Type"]["urls"][number]

/**
 * Reads the text of a configuration file, strictly.
 *
 * Errors: `ConfigInvalid` for the first thing that is wrong, without any value that may be a secret.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decoder = <B>(
  { binders, planned }: Options<B>
): (path: string, text: string) => Effect.Effect<ConfigFile<B>, ConfigInvalid> => {
  const schema = fileSchema([...binders.keys()], planned)

  const ruleOf = (path: string, entry: Entry, index: number) => {
    const bind = Option.fromNullable(binders.get(entry.helper))
    const place = {
      path,
      at: ["urls", index, "config"],
      namesHost: entry.host !== undefined && entry.host !== "" && !entry.host.includes("*")
    }
    const bound = Effect.transposeMapOption(bind, (bind) => bind(entry.config, place))
    return Effect.map(bound, (bound): Rule<B> => ({
      ...UrlMatch.make(entry),
      index,
      helper: entry.helper,
      required: entry.required,
      bound
    }))
  }

  return Effect.fnUntraced(function*(path, text) {
    const file = yield* Effect.flatMap(Decode.json(path, text), Decode.decode(schema, { path }))
    const rules = yield* Effect.forEach(file.urls, (entry, index) => ruleOf(path, entry, index))
    return { path: Option.some(path), builtins: file.builtins, rules }
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
 * A file in a directory that others may write to could send the caller's credentials anywhere; git has the same rule. A file
 * that the caller's own variable names is the caller's decision. Root may use the files of the user who ran sudo.
 */
const checkOwner = (environment: Environment["Type"], files: Files["Type"], path: string) =>
  Effect.gen(function*() {
    const { platform, uid, variables } = environment
    if (platform === "win32" || Option.isNone(uid)) return
    const access = yield* files.access(path)
    if (Option.isNone(access)) return
    const { owner, worldWritable } = access.value
    const trusted = [0, uid.value, ...(uid.value === 0 ? [Number(variables.get("SUDO_UID") ?? 0)] : [])]
    if (trusted.includes(owner) && !worldWritable) return
    return yield* worldWritable
      ? new ConfigUntrusted({ path, reason: "any user may write to it", command: `chmod o-w ${path}` })
      : new ConfigUntrusted({
        path,
        reason: `it belongs to another user, whose ID is ${owner}`,
        command: `sudo chown ${uid.value} ${path}`
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
    if (Option.isNone(named)) yield* checkOwner(environment, files, path)
    const text = yield* files.readText(path)
    if (Option.isSome(text)) return yield* decode(path, text.value)
    return Option.isSome(named)
      ? yield* new FileUnreadable({
        path,
        reason: "no such file",
        hint: `Correct or unset ${Settings.configFile.name}, which names it`
      })
      : empty
  }).pipe(Effect.withSpan("ConfigFile.load"))
}

/**
 * The first entry that matches. Each entry that was compared is a step, with the part that differs.
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
  })
