/**
 * The file descriptors that a process inherits besides its three streams. If an agent kept a pipe of its first caller open,
 * a reader of that pipe would wait for its end for hours.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"

const closeOnExec = 0o2000000

/** Node.js and bun set close-on-exec on all descriptors that they open. */
const isInherited = (descriptor: number): boolean => {
  const [, flags = "0"] = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? []
  return (parseInt(flags, 8) & closeOnExec) === 0
}

/**
 * Closes them, on Linux. On other systems the runtimes pass none to a child process.
 *
 * @since 0.1.0
 * @category running
 */
export const close: Effect.Effect<void> = Effect.try(() => fs.readdirSync("/proc/self/fd")).pipe(
  Effect.orElseSucceed((): ReadonlyArray<string> => []),
  Effect.flatMap((names) =>
    Effect.forEach(
      names.map(Number).filter((descriptor) => descriptor > 2),
      (descriptor) => Effect.ignore(Effect.try(() => isInherited(descriptor) ? fs.closeSync(descriptor) : undefined)),
      { discard: true }
    )
  )
)
