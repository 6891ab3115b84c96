/**
 * The agent's log file: beside its socket, readable only by its user, at most 4 MiB long.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { writeFileSync } from "node:fs"
import type { Endpoint } from "../endpoint/Endpoint.ts"
import * as UnixSocket from "../endpoint/UnixSocket.ts"

/** The size, in UTF-16 code units, at which logging stops. */
const maxLength = 4 * 1024 * 1024

/**
 * Writes log lines to the file, which it truncates first. Ignores write errors, such as a full disk.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = ({ socket }: Endpoint): Layer.Layer<never> =>
  Layer.suspend(() => {
    const path = UnixSocket.logPath(socket)
    let length = 0
    return Logger.add(Logger.map(Logger.logfmtLogger, (line) => {
      if (length > maxLength) return
      try {
        writeFileSync(path, `${line}\n`, { flag: length === 0 ? "w" : "a", mode: 0o600 })
      } catch {
        // A log cannot report that it cannot be written.
      }
      length += line.length
    }))
  })
