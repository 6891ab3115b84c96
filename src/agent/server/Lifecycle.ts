/**
 * Runs an agent: takes the lock of its socket, answers requests, and stops on a shutdown request, after its idle timeout, or
 * when another agent has replaced its socket.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { AnswerCache } from "../../cache/AnswerCache.ts"
import * as Settings from "../../config/Settings.ts"
import { Environment } from "../../platform/Environment.ts"
import type { Endpoint } from "../endpoint/Endpoint.ts"
import * as OldAgents from "./OldAgents.ts"
import { RequestHandler } from "./RequestHandler.ts"
import * as SocketLock from "./SocketLock.ts"
import * as SocketServer from "./SocketServer.ts"

/** The clock may be set during a sleep, and a timer of more than 25 days fires at once. */
const maxSleepMs = 3_600_000

/** A CI machine may keep the processes of a job, and is often shared: an agent stops soon after its job. */
const ciIdleTimeout = Duration.minutes(5)

/** `CI` is set by most systems, `TF_BUILD` by Azure Pipelines. */
const isCi = Effect.flatMap(
  Environment,
  ({ get }) =>
    Effect.exists(
      ["CI", "TF_BUILD"],
      (name) => Effect.map(get(name), Option.exists((value) => !["0", "false"].includes(value.toLowerCase())))
    )
)

const idleTimeout = Effect.gen(function*() {
  const { get } = yield* Environment
  const isSet = Option.isSome(yield* get(Settings.idleTimeout.name))
  return !isSet && (yield* isCi) ? ciIdleTimeout : yield* Settings.get(Settings.idleTimeout)
})

/** An infinite timeout never ends. */
const idle = (timeout: Duration.Duration, lastCall: Effect.Effect<number>): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (;;) {
      const leftMs = (yield* lastCall) + Duration.toMillis(timeout) - (yield* Clock.currentTimeMillis)
      if (leftMs <= 0) return
      yield* Effect.sleep(Math.min(leftMs, maxSleepMs))
    }
  })

const prune = (interval: Duration.Duration, answers: AnswerCache["Type"]): Effect.Effect<unknown> =>
  Duration.isFinite(interval) ? Effect.repeat(answers.prune, Schedule.spaced(interval)) : Effect.void

/** Renamed into place, so that a reader never sees a part of it. */
const writePidFile = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const own = `${process.pid}\n`
    const temporary = `${path}.${process.pid}`
    yield* Effect.acquireRelease(
      Effect.zipRight(
        fs.writeFileString(temporary, own, { mode: 0o600 }),
        fs.rename(temporary, path)
      ).pipe(
        Effect.tapError(() => Effect.ignore(fs.remove(temporary, { force: true }))),
        Effect.catchAll((error) => Effect.logWarning(`cannot write the PID file: ${error.message}`))
      ),
      // An agent that has replaced this one has written its own process ID.
      () =>
        Effect.ignore(Effect.if(Effect.map(fs.readFileString(path), (text) => text === own), {
          onTrue: () => fs.remove(path),
          onFalse: () => Effect.void
        }))
    )
  })

/** An agent runs in the root directory: a relative path would not mean what the user expects, and is not used. */
const pidFile = Effect.flatMap(Settings.get(Settings.agentPid), Effect.transposeMapOption(writePidFile))

/**
 * Why an agent stopped.
 *
 * @since 0.2.0
 * @category models
 */
export type StopReason = "shutdown requested" | "idle timeout" | "replaced by another agent"

/**
 * @since 0.2.0
 * @category models
 */
export interface Options extends SocketServer.Options {
  /** The time between two checks whether the socket still is this agent's: 10 seconds by default. */
  readonly replacedCheckInterval?: Duration.DurationInput
}

/**
 * Runs an agent until it stops, and returns the reason. Fails if another agent holds the lock, or the socket path is not
 * usable.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (endpoint: Endpoint, options: Options = {}) =>
  Effect.gen(function*() {
    const environment = yield* Environment
    const answers = yield* AnswerCache
    const handler = yield* RequestHandler
    const server = yield* SocketServer.make(handler.handle, options)
    const lock = yield* SocketLock.take(endpoint, Option.getOrUndefined(environment.uid), server.bind)
    yield* pidFile
    yield* Effect.logInfo(`listening at ${endpoint.socket} as process ${process.pid}`)
    yield* Effect.forkScoped(OldAgents.retire(endpoint))
    yield* Effect.forkScoped(prune(yield* Settings.get(Settings.pruneInterval), answers))

    const replaced = Effect.repeat(lock.isCurrent, {
      schedule: Schedule.spaced(options.replacedCheckInterval ?? "10 seconds"),
      until: (current) => !current
    })
    const reason = yield* Effect.raceAll<Effect.Effect<StopReason>>([
      Effect.as(handler.shutdown, "shutdown requested"),
      Effect.as(idle(yield* idleTimeout, server.lastCall), "idle timeout"),
      Effect.as(replaced, "replaced by another agent")
    ])
    yield* Effect.logInfo(`stopping: ${reason}`)
    return reason
  }).pipe(Effect.scoped)
