/**
 * The operating system's error codes. Imports nothing, so that code without Effect can use it too.
 *
 * @since 0.2.0
 */

/**
 * The error code at the root of a chain of causes, such as `ECONNREFUSED`; `undefined` when none of them has one.
 *
 * @since 0.2.0
 * @category accessors
 */
export const codeOf = (error: unknown): string | undefined => {
  let code: string | undefined
  let cause = error
  while (typeof cause === "object" && cause !== null) {
    if ("code" in cause && typeof cause.code === "string") code = cause.code
    cause = "cause" in cause ? cause.cause : undefined
  }
  return code
}
