/**
 * One environment variable of the program: how it is decoded, described and read.
 *
 * @since 0.2.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Provenance from "../domain/Provenance.ts"
import { Environment } from "../platform/Environment.ts"
import * as GoDuration from "./GoDuration.ts"

/**
 * What reads a variable. `shim` is the workspace's `tools/credential-helper`.
 *
 * @since 0.2.0
 * @category models
 */
export type Reader = "get" | "agent" | "install-workspace" | "shim"

/**
 * Text for the documentation: Markdown, with links relative to docs/.
 *
 * @since 0.2.0
 * @category models
 */
export interface Documentation {
  readonly name: string
  readonly description: string
  readonly readBy: ReadonlyArray<Reader>
}

/**
 * An environment variable.
 *
 * @since 0.2.0
 * @category models
 */
export interface Setting<out A> extends Documentation {
  /** Decodes the value; includes the default. */
  readonly config: Config.Config<A>
  readonly default: A
  /** Takes the place of an invalid value; the default, unless it is given. */
  readonly ifInvalid?: A
  /** The default as text. */
  readonly defaultText: string
  /** What is allowed, such as "a path". */
  readonly allowed: string
}

type Decoder<A> = (text: string) => Option.Option<A>

const make = <A>(
  { decode, ...rest }: Omit<Setting<A>, "config"> & { readonly decode: Decoder<A> }
): Setting<A> => {
  const config = Config.mapOrFail(
    Config.string(rest.name),
    (text) => Either.fromOption(decode(text), () => ConfigError.InvalidData([], `not ${rest.allowed}`))
  )
  return { ...rest, config: Config.withDefault(config, rest.default) }
}

/**
 * @since 0.2.0
 * @category constructors
 */
export const path = ({ defaultText = "", ...rest }: Documentation & { readonly defaultText?: string }) =>
  make<Option.Option<string>>({
    ...rest,
    defaultText,
    default: Option.none(),
    allowed: "a path",
    decode: (text) => Option.some(Option.some(text))
  })

/**
 * @since 0.2.0
 * @category constructors
 */
export const absolutePath = (rest: Documentation & { readonly defaultText: string; readonly allowed: string }) =>
  make<Option.Option<string>>({
    ...rest,
    default: Option.none(),
    decode: (text) => text.startsWith("/") ? Option.some(Option.some(text)) : Option.none()
  })

/**
 * @since 0.2.0
 * @category constructors
 */
export const flag = (rest: Documentation) =>
  make<boolean>({
    ...rest,
    default: false,
    defaultText: "`0`",
    allowed: "`1`, `0` or `false`",
    decode: (text) => Option.some(text !== "0" && text !== "false")
  })

/**
 * @since 0.2.0
 * @category constructors
 */
export const duration = (rest: Documentation & { readonly default: Duration.Duration; readonly defaultText: string }) =>
  make<Duration.Duration>({ ...rest, allowed: "a duration such as `3h` or `90s`", decode: GoDuration.parse })

/** One of the values, or its number. As for tweag-credential-helper, a larger number is the last value. */
/**
 * @since 0.2.0
 * @category constructors
 */
export const level = <const A extends string>(
  { values, ...rest }:
    & Documentation
    & { readonly values: ReadonlyArray<A>; readonly default: NoInfer<A>; readonly ifInvalid: NoInfer<A> }
) => {
  const quoted = values.map((value) => `\`${value}\``)
  const numbered = (text: string) =>
    /^-?[0-9]{1,3}$/.test(text) ? values[Math.min(Math.max(Number(text), 0), values.length - 1)] : undefined
  return make<A>({
    ...rest,
    defaultText: `\`${rest.default}\``,
    allowed: `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`,
    decode: (text) => Option.fromNullable(values.find((value) => value === text) ?? numbered(text))
  })
}

/**
 * What is wrong with the value of a setting. It does not show the value.
 *
 * @since 0.2.0
 * @category rendering
 */
export const invalid = ({ allowed, defaultText, ifInvalid, name }: Setting<unknown>): string =>
  `${name} is not ${allowed}; ${ifInvalid === undefined ? `using the default: ${defaultText}` : `using ${ifInvalid}`}`
    .replaceAll("`", "")

/**
 * The value of a setting from its text; an empty text is the default.
 *
 * @since 0.2.0
 * @category decoding
 */
export const load = <A>({ config, name }: Setting<A>, value: string) =>
  ConfigProvider.fromMap(new Map(value === "" ? [] : [[name, value]])).load(config)

/**
 * The value of a setting in an environment, which records the variable as an input. An invalid value is the default, with
 * a warning that does not show the value.
 *
 * @since 0.2.0
 * @category accessors
 */
export const read = <A>(environment: Environment["Type"], setting: Setting<A>): Effect.Effect<A> =>
  environment.get(setting.name).pipe(
    Effect.flatMap((value) => load(setting, Option.getOrElse(value, () => ""))),
    Effect.catchAll(() => Effect.as(Provenance.warn(invalid(setting)), setting.ifInvalid ?? setting.default))
  )

/**
 * The value of a setting, as `read`.
 *
 * @since 0.2.0
 * @category accessors
 */
export const get = <A>(setting: Setting<A>): Effect.Effect<A, never, Environment> =>
  Effect.flatMap(Environment, (environment) => read(environment, setting))
