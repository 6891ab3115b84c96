/**
 * The variables that programs are handed, as far as their output may depend on them.
 *
 * @since 0.2.0
 */
import * as Environment from "../platform/Environment.ts"

/** Shells and tracing set these anew for each call. A program that prints another credential for them is not known. */
const ofTheCall = new Set(["_", "SHLVL", "OLDPWD", "TRACEPARENT", "TRACESTATE"])

/**
 * Hash of all variables but those that differ in each call: `_`, `SHLVL`, `OLDPWD`, `TRACEPARENT` and `TRACESTATE`.
 *
 * @since 0.2.0
 * @category accessors
 */
export const fingerprintOf = (variables: ReadonlyMap<string, string>): string =>
  Environment.fingerprintOf(new Map([...variables].filter(([name]) => !ofTheCall.has(name))))
