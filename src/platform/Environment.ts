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
 * What an environment is made from. An `Environment` has these fields too, so a changed copy is
 * `make({ ...environment, cwd })`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** All variables, for starting a child process. Reading them here is not recorded. */
  readonly variables: ReadonlyMap<string, string>
  /** The caller's working directory. Bazel runs the helper in the workspace root. */
  readonly cwd: string
  /** `process.platform`. */
  readonly platform: string
  readonly uid: Option.Option<number>
  /** The home directory in the user database, used when `HOME` (`USERPROFILE` on Windows) is not set. */
  readonly userHome: Option.Option<string>
  /** The system's directory for temporary files. */
  readonly tmp: string
}

/**
 * @since 0.1.0
 * @category context
 */
export class Environment extends Context.Tag("CredentialHelper/Environment")<
  Environment,
  Options & {
    /** The value of a variable; `None` if it is unset or empty. Recorded as an input of the answer. */
    readonly get: (name: string) => Effect.Effect<Option.Option<string>>
    /** The user's home directory, if there is one. */
    readonly home: Effect.Effect<Option.Option<string>>
  }
>() {}

/**
 * Hash of a variable's value, safe to store. Unset and empty hash alike.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fingerprint = (value: string | undefined): string =>
  value === undefined || value === "" ? "unset" : createHash("sha256").update(value).digest("base64url").slice(0, 22)

/**
 * Hash of a list of texts. Each counts with its length, so that none runs into the next.
 *
 * @since 0.2.0
 * @category accessors
 */
export const fingerprintOfAll = (parts: ReadonlyArray<string>): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest("base64url").slice(0, 22)
}

/**
 * Hash of all variables, independent of their order.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fingerprintOf = (variables: Options["variables"]): string =>
  fingerprintOfAll([...variables].map(([name, value]) => `${name}=${value}`).sort())

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
    get,
    home: Effect.map(
      get(options.platform === "win32" ? "USERPROFILE" : "HOME"),
      Option.orElse(() => options.userHome)
    )
  }
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Environment> => Layer.succeed(Environment, make(options))

/**
 * The environment of this process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromProcess: Effect.Effect<Environment["Type"]> = Effect.sync(() =>
  make({
    variables: new Map(
      Object.entries(process.env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
    ),
    // The working directory may have been deleted; there is no workspace to read then.
    cwd: Option.getOrElse(Option.liftThrowable(process.cwd)(), () => "/"),
    platform: process.platform,
    uid: Option.fromNullable(process.getuid?.()),
    userHome: Option.filter(Option.liftThrowable(homedir)(), (home) => home.length > 0),
    tmp: tmpdir()
  })
)

/**
 * The environment of this process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProcess: Layer.Layer<Environment> = Layer.effect(Environment, fromProcess)
