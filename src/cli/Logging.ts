/**
 * `CREDENTIAL_HELPER_LOGGING`: `off` (the default), `basic` for one line an answer, `debug` for every step.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { Environment } from "../platform/Environment.ts"
import { Stdio } from "../platform/Stdio.ts"

const levels = new Map([["basic", LogLevel.Info], ["debug", LogLevel.Debug]])

/**
 * Log lines go to stderr: stdout holds the answer and nothing else.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, Environment | Stdio> = Layer.unwrapEffect(
  Effect.gen(function*() {
    const { stderr } = yield* Stdio
    const name = Option.getOrElse(yield* (yield* Environment).get("CREDENTIAL_HELPER_LOGGING"), () => "off")
    const logger = Logger.make(({ annotations, date, logLevel, message }) => {
      const notes = HashMap.toEntries(annotations).map(([key, value]) => ` ${key}=${String(value)}`).join("")
      const text = Array.isArray(message) ? message.join(" ") : String(message)
      Effect.runFork(stderr(`${date.toISOString()} ${logLevel.label} ${text}${notes}\n`))
    })
    return Layer.merge(
      Logger.replace(Logger.defaultLogger, logger),
      Logger.minimumLogLevel(levels.get(name) ?? LogLevel.None)
    )
  })
)
