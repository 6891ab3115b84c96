/**
 * What a process was born with besides its three streams. An agent that keeps a pipe of its first caller open for hours
 * makes whoever reads that pipe to its end wait for hours.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"

const closeOnExec = 0o2000000

/** The runtimes mark all that they open themselves, as it is not to be handed on. */
const isInherited = (descriptor: number): boolean => {
  const [, flags = "0"] = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? []
  return (parseInt(flags, 8) & closeOnExec) === 0
}

/**
 * Closes it, on Linux; elsewhere the runtimes hand nothing on.
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
