/**
 * An environment from a test. Nothing of the process that runs the test is visible in it.
 *
 * ```ts
 * Effect.provide(program, TestEnvironment.layer({ HOME: "/home/u", GH_TOKEN: "t" }))
 * ```
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Environment from "../platform/Environment.ts"

/**
 * Linux, user 1000, working directory `/home/u/project`, temporary directory `/tmp`, and no home except `HOME`.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Omit<Environment.Options, "variables"> = {
  cwd: "/home/u/project",
  platform: "linux",
  uid: Option.some(1000),
  userHome: Option.none(),
  tmp: "/tmp"
}

/**
 * An environment with these variables, and the defaults for everything that is not given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  variables: Readonly<Record<string, string>> = {},
  options: Partial<Omit<Environment.Options, "variables">> = {}
): Environment.Environment["Type"] =>
  Environment.make({ ...defaults, ...options, variables: new Map(Object.entries(variables)) })

/**
 * An environment with these variables, and the defaults for everything that is not given.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  variables: Readonly<Record<string, string>> = {},
  options: Partial<Omit<Environment.Options, "variables">> = {}
): Layer.Layer<Environment.Environment> => Layer.succeed(Environment.Environment, make(variables, options))
