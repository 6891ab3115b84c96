/**
 * The agent's life: it takes its place, answers, and goes when it is told to, when nobody needs it, or when another one
 * has taken its place.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Answers } from "../../cache/AnswerCache.ts"
import * as Settings from "../../config/Settings.ts"
import { Environment } from "../../platform/Environment.ts"
import type { Place } from "../endpoint/Endpoint.ts"
import * as OldAgents from "./OldAgents.ts"
import { Service } from "./RequestHandler.ts"
import * as SocketLock from "./SocketLock.ts"
import * as SocketServer from "./SocketServer.ts"

/** In milliseconds. */
const longestSleep = 3_600_000

const idle = (timeout: Duration.Duration, lastCall: Effect.Effect<number>): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (;;) {
      const left = (yield* lastCall) + Duration.toMillis(timeout) - (yield* Clock.currentTimeMillis)
      if (left <= 0) return
      // Not longer: the clock may be set meanwhile, and a sleep of 25 days has no end.
      yield* Effect.sleep(Math.min(left, longestSleep))
    }
  })

/** The file that names the agent's process, for those who look for it there: it is whole whenever it is read. */
const pidFile = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* (yield* Environment).get("CREDENTIAL_HELPER_AGENT_PID")
  if (Option.isNone(path)) return
  // It would be a path in the root folder, where an agent works.
  if (!path.value.startsWith("/")) return yield* Effect.logWarning("CREDENTIAL_HELPER_AGENT_PID is no absolute path")
  const own = `${process.pid}\n`
  const temporary = `${path.value}.${process.pid}`
  yield* Effect.acquireRelease(
    Effect.zipRight(
      fs.writeFileString(temporary, own, { mode: 0o600 }),
      fs.rename(temporary, path.value)
    ).pipe(
      Effect.tapError(() => Effect.ignore(fs.remove(temporary, { force: true }))),
      Effect.catchAll((error) => Effect.logWarning(`no pid file: ${error.message}`))
    ),
    // Another agent may have taken the place, and written its own.
    () =>
      Effect.ignore(Effect.if(Effect.map(fs.readFileString(path.value), (text) => text === own), {
        onTrue: () => fs.remove(path.value),
        onFalse: () => Effect.void
      }))
  )
})

/**
 * Runs until the agent's end, with the reason for it.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (place: Place) =>
  Effect.gen(function*() {
    const environment = yield* Environment
    const answers = yield* Answers
    const service = yield* Service
    const server = yield* SocketServer.listen(service.handle)
    const seat = yield* SocketLock.take(place, Option.getOrUndefined(environment.uid), server.bind)
    yield* pidFile
    yield* Effect.logInfo(`listening at ${place.socket} as process ${process.pid}`)
    yield* Effect.forkScoped(OldAgents.retire(place))

    const interval = yield* Settings.get(Settings.pruneInterval)
    const pruning = Duration.isFinite(interval)
      ? Effect.repeat(answers.prune, Schedule.spaced(interval))
      : Effect.never
    const replaced = Effect.repeat(seat.isOurs, {
      schedule: Schedule.spaced("10 seconds"),
      until: (ours) => !ours
    })
    const reason = yield* Effect.raceAll([
      Effect.as(service.shutdown, "it was asked to"),
      Effect.as(idle(yield* Settings.get(Settings.idleTimeout), server.lastCall), "nobody called"),
      Effect.as(replaced, "another agent has taken the place"),
      Effect.as(pruning, "never")
    ])
    yield* Effect.logInfo(`stopping: ${reason}`)
    return reason
  }).pipe(Effect.scoped)
