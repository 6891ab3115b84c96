/**
 * The caller's environment as a test wants it: nothing of the process that runs the test is visible.
 *
 * ```ts
 * Effect.provide(program, TestEnvironment.layer({ HOME: "/home/u", GH_TOKEN: "t" }))
 * ```
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Environment from "../platform/Environment.ts"

/**
 * Linux, user 1000, working directory `/home/u/project`, temporary folder `/tmp`, and no home but `HOME`.
 *
 * @since 0.1.0
 * @category models
 */
export const defaults: Omit<Environment.Options, "variables"> = {
  cwd: "/home/u/project",
  platform: "linux",
  uid: Option.some(1000),
  userHome: Option.none(),
  tmp: "/tmp"
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  variables: Readonly<Record<string, string>> = {},
  options: Partial<Omit<Environment.Options, "variables">> = {}
): Environment.Environment["Type"] =>
  Environment.make({ ...defaults, ...options, variables: new Map(Object.entries(variables)) })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  variables: Readonly<Record<string, string>> = {},
  options: Partial<Omit<Environment.Options, "variables">> = {}
): Layer.Layer<Environment.Environment> =>
  Environment.layer({ ...defaults, ...options, variables: new Map(Object.entries(variables)) })
