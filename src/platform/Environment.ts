/**
 * The caller's process environment as a service: variables, home, working directory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import { homedir, tmpdir } from "node:os"
import * as Provenance from "../domain/Provenance.ts"

/**
 * What an environment is made of.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly variables: ReadonlyMap<string, string>
  /** The caller's working directory: Bazel's workspace root. */
  readonly cwd: string
  /** `process.platform`. */
  readonly platform: string
  readonly uid: Option.Option<number>
  /** The home of the user database, for when neither `HOME` nor `USERPROFILE` is set. */
  readonly home: Option.Option<string>
  readonly tmp: string
}

/**
 * @since 0.1.0
 * @category context
 */
export class Environment extends Context.Tag("CredentialHelper/Environment")<Environment, {
  /** A variable; unset and empty are both `None`. What is read is recorded as an input of the answer. */
  readonly get: (name: string) => Effect.Effect<Option.Option<string>>
  /** The user's home folder, if there is one. */
  readonly home: Effect.Effect<Option.Option<string>>
  /** The whole map, for handing to a child process. Reading it is not recorded. */
  readonly variables: ReadonlyMap<string, string>
  readonly cwd: string
  readonly platform: string
  readonly uid: Option.Option<number>
  readonly tmp: string
  /** What this environment was made of: for an environment like it. */
  readonly options: Options
}>() {}

/**
 * What stands for a variable's value where values may be kept. Unset and empty are alike.
 *
 * @since 0.1.0
 * @category fingerprints
 */
export const fingerprint = (value: string | undefined): string =>
  value === undefined || value === "" ? "unset" : createHash("sha256").update(value).digest("base64url").slice(0, 22)

/**
 * What stands for all variables, in whatever order they are.
 *
 * @since 0.1.0
 * @category fingerprints
 */
export const fingerprintOf = (variables: Options["variables"]): string =>
  fingerprint([...variables].map(([name, value]) => `${name}=${value}`).sort().join("\n"))

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Environment["Type"] => {
  const get = (name: string) =>
    Effect.suspend(() => {
      const value = options.variables.get(name)
      return Effect.as(
        Provenance.input({ _tag: "Variable", name, fingerprint: fingerprint(value) }),
        Option.filter(Option.fromNullable(value), (value) => value.length > 0)
      )
    })
  return {
    ...options,
    options,
    get,
    home: Effect.map(
      get(options.platform === "win32" ? "USERPROFILE" : "HOME"),
      Option.orElse(() => options.home)
    )
  }
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Environment> => Layer.succeed(Environment, make(options))

/**
 * The process we run in.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromProcess: Effect.Effect<Environment["Type"]> = Effect.sync(() =>
  make({
    variables: new Map(
      Object.entries(process.env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
    ),
    // The folder may be gone; nothing of the workspace is left to read then.
    cwd: Option.getOrElse(Option.liftThrowable(process.cwd)(), () => "/"),
    platform: process.platform,
    uid: Option.fromNullable(process.getuid?.()),
    home: Option.filter(Option.liftThrowable(homedir)(), (home) => home.length > 0),
    tmp: tmpdir()
  })
)

/**
 * The process we run in.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProcess: Layer.Layer<Environment> = Layer.effect(Environment, fromProcess)
