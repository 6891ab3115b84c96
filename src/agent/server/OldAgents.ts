/**
 * The agents of older builds, which would otherwise run for hours after an upgrade.
 *
 * Agents that differ only in the build share the first part of their socket's name. Agents of newer versions keep running,
 * because a workspace may be pinned to an older version.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import { basename } from "node:path"
import lte from "semver/functions/lte.js"
import valid from "semver/functions/valid.js"
import { version } from "../../domain/Version.ts"
import type { Endpoint } from "../endpoint/Endpoint.ts"
import * as UnixSocket from "../endpoint/UnixSocket.ts"
import * as ControlClient from "../protocol/ControlClient.ts"
import * as SocketLock from "./SocketLock.ts"

const pattern = /^(agent-[0-9a-z]+-)[0-9a-z]+\.sock/

/** The part of the status that agents of all versions report. */
const decode = Schema.decodeOption(Schema.parseJson(Schema.Struct({ version: Schema.String })))

/**
 * Whether an agent of version `other` is stopped by one of version `own`: its version is the same or lower. Anything that is
 * not a semantic version is left alone.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isSuperseded = (other: string, own: string = version): boolean =>
  // The package also accepts a leading `v`.
  /^\d/.test(other) && valid(other) !== null && lte(other, own)

/** The socket paths of other builds, including those whose socket no longer exists but whose log does. */
const othersOf = ({ directory, socket }: Endpoint): ReadonlyArray<string> => {
  const prefix = pattern.exec(basename(socket))?.[1]
  if (prefix === undefined) return []
  const names = fs.readdirSync(directory).flatMap((name) =>
    /^[0-9a-z-]+/.exec(name.startsWith(prefix) ? name : "") ?? []
  )
  return Arr.dedupe(names).map((name) => `${directory}/${name}.sock`).filter((other) => other !== socket)
}

const removeFiles = (socket: string, directory: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const stem = basename(socket, "sock")
    const names = fs.readdirSync(directory).filter((name) => name.startsWith(stem))
    for (const name of names) fs.rmSync(`${directory}/${name}`, { force: true })
    return Effect.logInfo(`removed the files of a killed agent at ${socket}`)
  })

/** An agent that is about to listen has a lock or, before that, the start marker of its launcher. */
const isStarting = (socket: string): Effect.Effect<boolean> =>
  Effect.zipWith(
    SocketLock.isStarting(socket),
    Clock.currentTimeMillis,
    (locked, now) => locked || UnixSocket.ageMs(UnixSocket.startMarkerPath(socket), now) < SocketLock.startTimeoutMs
  )

const stop = (socket: string, directory: string, options: ControlClient.Options): Effect.Effect<void> =>
  Effect.gen(function*() {
    if (!(yield* SocketLock.isListening(socket))) {
      yield* Effect.unlessEffect(removeFiles(socket, directory), isStarting(socket))
      return
    }
    const status = decode(yield* ControlClient.send(socket, { command: "status" }, options))
    if (!Option.exists(status, ({ version }) => isSuperseded(version))) return
    yield* ControlClient.send(socket, { command: "shutdown" }, options)
    yield* Effect.logInfo(`stopped the agent at ${socket}`)
  }).pipe(
    // Ignore agents that do not respond or are not ours.
    Effect.catchAllCause((cause) => Effect.logDebug(`ignoring the agent at ${socket}`, cause))
  )

/**
 * Stops the agents that this one supersedes, and removes the files of killed ones. Does nothing if the socket path was set by
 * the user. Never fails.
 *
 * @since 0.1.0
 * @category running
 */
export const retire = (endpoint: Endpoint, options: ControlClient.Options = {}): Effect.Effect<void> =>
  Effect.try(() => othersOf(endpoint)).pipe(
    Effect.orElseSucceed((): ReadonlyArray<string> => []),
    Effect.flatMap(
      Effect.forEach((socket) => stop(socket, endpoint.directory, options), { concurrency: 8, discard: true })
    )
  )
