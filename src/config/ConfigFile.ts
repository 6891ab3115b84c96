/**
 * The configuration file `.tweag-credential-helper.json`: which helper answers for which URIs. Files that were written
 * for the reference load unchanged.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Provenance from "../domain/Provenance.ts"
import type { Environment } from "../platform/Environment.ts"
import { type Access, type Files, FileUnreadable, writerOf } from "../platform/Files.ts"
import type { Options, Rule } from "./ConfigEntry.ts"
import * as ConfigEntry from "./ConfigEntry.ts"
import { type ConfigInvalid, ConfigUntrusted } from "./ConfigError.ts"
import * as Decode from "./Decode.ts"
import * as PathExpansion from "./PathExpansion.ts"
import * as Settings from "./Settings.ts"
import * as UrlMatch from "./UrlMatch.ts"

export type { Binders, Options, Rule } from "./ConfigEntry.ts"

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

/** What holds without a file: the built-in helpers. */
const empty: ConfigFile<never> = { path: Option.none(), builtins: true, rules: [] }

const File = Schema.Struct({
  $schema: Schema.optional(Schema.String),
  builtins: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  urls: Schema.optionalWith(Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })), {
    default: () => []
  })
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
  options: Options<B>
): (path: string, text: string) => Effect.Effect<ConfigFile<B>, ConfigInvalid> => {
  const ruleOf = ConfigEntry.decoder(options)

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
        rules.filter(({ index }) => !Option.exists(found, (rule) => rule.index === index)).flatMap(
          ConfigEntry.warnings
        ),
        Provenance.warn,
        { discard: true }
      )
    )
  )
