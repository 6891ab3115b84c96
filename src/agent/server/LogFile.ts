/**
 * The agent's log file: beside its socket, readable by its user alone, and never longer than 4 MiB.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { writeFileSync } from "node:fs"
import type { Place } from "../endpoint/Endpoint.ts"

const limit = 4 * 1024 * 1024

/**
 * @since 0.1.0
 * @category accessors
 */
export const pathOf = (place: Place): string => place.socket.replace(/(\.sock)?$/, ".log")

/**
 * Writes log lines to the file, from its beginning. A disk that is full costs the log, and nothing else.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (place: Place): Layer.Layer<never> =>
  Layer.suspend(() => {
    const path = pathOf(place)
    let size = 0
    return Logger.add(Logger.map(Logger.logfmtLogger, (line) => {
      if (size > limit) return
      try {
        writeFileSync(path, `${line}\n`, { flag: size === 0 ? "w" : "a", mode: 0o600 })
      } catch {
        // There is nobody to tell.
      }
      size += line.length
    }))
  })
