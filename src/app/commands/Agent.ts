/**
 * `agent-*`: what a person does with the background agent.
 *
 * @since 0.1.0
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Endpoint from "../../agent/endpoint/Endpoint.ts"
import * as ControlClient from "../../agent/protocol/ControlClient.ts"
import type * as Protocol from "../../agent/protocol/Protocol.ts"
import * as Status from "../../agent/protocol/Status.ts"
import * as InheritedDescriptors from "../../agent/server/InheritedDescriptors.ts"
import * as LogFile from "../../agent/server/LogFile.ts"
import * as SocketLock from "../../agent/server/SocketLock.ts"
import * as Settings from "../../config/Settings.ts"
import { build } from "../../domain/Version.ts"
import { Environment } from "../../platform/Environment.ts"
import { Stdio } from "../../platform/Stdio.ts"
import * as AgentLayers from "../AgentLayers.ts"
import { UsageError } from "../UsageError.ts"

/** The place that a `get` in this environment would ask at. */
const place = Effect.gen(function*() {
  const { platform, uid, variables } = yield* Environment
  const found = Endpoint.place({
    variables: { ...Object.fromEntries(variables), CREDENTIAL_HELPER_STANDALONE: undefined },
    platform,
    uid: Option.getOrElse(uid, () => -1),
    build
  })
  if (found !== undefined) return found
  return yield* new UsageError({
    reason: platform === "win32"
      ? "there is no agent on Windows; every get resolves by itself"
      : "the agent's socket has no usable place",
    hint:
      "CREDENTIAL_HELPER_AGENT_SOCKET has to be an absolute path of at most 95 bytes, and certificate files absolute ones"
  })
})

/** The same, if nobody else can have put anything there. */
const ours = Effect.gen(function*() {
  const found = yield* place
  const { uid } = yield* Environment
  yield* SocketLock.requireOurs(found.directory, Option.getOrUndefined(uid))
  return found
})

const print = (text: string) => Effect.flatMap(Stdio, ({ stdout }) => stdout(text))

const ask = (control: Protocol.Control) => Effect.flatMap(ours, ({ socket }) => ControlClient.send(socket, control))

/** The agent always keeps a log: it has no terminal to say anything at. */
const level = Effect.map(Settings.get(Settings.logging), (name) => name === "debug" ? LogLevel.Debug : LogLevel.Info)

const launch = Command.make("agent-launch", {}, () =>
  Effect.gen(function*() {
    yield* InheritedDescriptors.close
    const found = yield* place
    const run = Effect.flatMap(level, (level) => Logger.withMinimumLogLevel(AgentLayers.run(found), level))
    yield* Effect.provide(run, LogFile.layer(found))
  })).pipe(Command.withDescription("Run the agent in the foreground. The first get starts one in the background."))

const shutdown = Command.make("agent-shutdown", {}, () => Effect.flatMap(ask({ command: "shutdown" }), print)).pipe(
  Command.withDescription("Stop the agent. The next get starts a new one.")
)

const prune = Command.make("agent-prune", {}, () => Effect.flatMap(ask({ command: "prune" }), print)).pipe(
  Command.withDescription("Make the agent forget answers that have expired.")
)

const logs = Command.make("agent-logs", {}, () =>
  Effect.gen(function*() {
    const path = LogFile.pathOf(yield* ours)
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(path), () =>
      new UsageError({ reason: `there is no log at ${path}`, hint: "No agent has run in this environment yet" }))
    yield* print(text)
  })).pipe(Command.withDescription("Print the agent's log."))

const json = Options.boolean("json").pipe(Options.withDescription("Print one JSON object, with every entry."))

const decodeStatus = Schema.decodeUnknown(Schema.parseJson(Status.Status))

const status = Command.make("agent-status", { json }, ({ json }) =>
  Effect.gen(function*() {
    const text = yield* ask({ command: "status" })
    yield* print(json ? text : Status.render(yield* Effect.orDie(decodeStatus(text))))
  })).pipe(Command.withDescription("Show what the agent holds and how it has done. Never a secret."))

const uri = Args.text({ name: "URI" }).pipe(
  Args.withDescription("The URI to forget; everything without it."),
  Args.optional
)

const invalidate = Command.make(
  "agent-invalidate",
  { uri },
  ({ uri }) =>
    Option.exists(uri, (uri) => uri.startsWith("-"))
      ? new UsageError({
        reason: "agent-invalidate has no options",
        hint: "Give a URI, or nothing to forget everything"
      })
      : Effect.flatMap(
        ask({ command: "invalidate", ...(Option.isSome(uri) ? { uri: uri.value } : {}) }),
        print
      )
).pipe(Command.withDescription("Make the agent forget an answer, or all of them."))

/**
 * @since 0.1.0
 * @category commands
 */
export const commands = [launch, shutdown, prune, logs, status, invalidate] as const

/**
 * @since 0.1.0
 * @category commands
 */
export const names: ReadonlyArray<string> = [
  "agent-launch",
  "agent-shutdown",
  "agent-prune",
  "agent-logs",
  "agent-status",
  "agent-invalidate"
]
