/**
 * `CREDENTIAL_HELPER_LOGGING`: `off` (the default), `basic` for one line an answer, `debug` for every step.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Settings from "../config/Settings.ts"
import type { Environment } from "../platform/Environment.ts"
import { Stdio } from "../platform/Stdio.ts"

const levels = { off: LogLevel.None, basic: LogLevel.Info, debug: LogLevel.Debug }

/** Without a warning for an invalid value: no logger is installed yet, and the default one writes to stdout. */
const level = Effect.map(
  Logger.withMinimumLogLevel(Settings.get(Settings.logging), LogLevel.None),
  (name) => levels[name]
)

const logger = (stderr: Stdio["Type"]["stderr"]) =>
  Logger.make(({ annotations, date, logLevel, message }) => {
    const notes = HashMap.toEntries(annotations).map(([key, value]) => ` ${key}=${String(value)}`).join("")
    const text = Array.isArray(message) ? message.join(" ") : String(message)
    Effect.runFork(stderr(`${date.toISOString()} ${logLevel.label} ${text}${notes}\n`))
  })

/**
 * Log lines go to stderr: stdout holds the answer and nothing else.
 *
 * @since 0.1.0
 * @category logging
 */
export const logged = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Environment | Stdio> =>
  Effect.gen(function*() {
    const { stderr } = yield* Stdio
    const loggers = HashSet.make(logger(stderr))
    return yield* Effect.locally(Logger.withMinimumLogLevel(work, yield* level), FiberRef.currentLoggers, loggers)
  })
