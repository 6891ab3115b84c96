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

const descriptions: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EIO: "input/output error",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the path is too long",
  ENFILE: "too many open files on this machine",
  ENOMEM: "out of memory",
  EPERM: "permission denied"
}

/**
 * An error code in words, for the common ones.
 *
 * @since 0.2.0
 * @category rendering
 */
export const describe = (code: string): string => descriptions[code] ?? code

/**
 * Whether the process, or the machine, has too many files and connections open.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isOutOfDescriptors = (code: string): boolean => code === "EMFILE" || code === "ENFILE"
