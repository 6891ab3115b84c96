/**
 * The `agent-*` commands, which run and control the background agent.
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
import * as UnixSocket from "../../agent/endpoint/UnixSocket.ts"
import * as ControlClient from "../../agent/protocol/ControlClient.ts"
import type * as Protocol from "../../agent/protocol/Protocol.ts"
import * as Status from "../../agent/protocol/Status.ts"
import * as InheritedDescriptors from "../../agent/server/InheritedDescriptors.ts"
import * as LogFile from "../../agent/server/LogFile.ts"
import * as Settings from "../../config/Settings.ts"
import { Environment } from "../../platform/Environment.ts"
import { Stdio } from "../../platform/Stdio.ts"
import * as AgentEndpoint from "../AgentEndpoint.ts"
import * as AgentLayers from "../AgentLayers.ts"
import { UsageError } from "../UsageError.ts"

const print = (text: string) => Effect.flatMap(Stdio, ({ stdout }) => stdout(text))

const note = (text: string) => Effect.flatMap(Stdio, ({ stderr }) => stderr(`credential-helper: ${text}\n`))

const send = (control: Protocol.Control) =>
  Effect.flatMap(AgentEndpoint.current, ({ socket }) => ControlClient.send(socket, control))

/** Scripts run these commands before an upgrade, or at the end of a CI job: without an agent there is nothing to do. */
const sendIfRunning = (control: Protocol.Control) =>
  Effect.gen(function*() {
    const { platform } = yield* Environment
    if (platform === "win32") return yield* note("there is no agent on Windows; nothing to do.")
    const { socket } = yield* AgentEndpoint.current
    yield* ControlClient.send(socket, control).pipe(
      Effect.flatMap(print),
      Effect.catchIf(
        (error) => error._tag === "AgentUnreachable" && error.reason === "NotRunning",
        () => note(`no agent is running at ${socket}; nothing to do.`)
      )
    )
  })

/** The agent always writes a log, because it has no terminal. */
const level = Effect.map(Settings.get(Settings.logging), (name) => name === "debug" ? LogLevel.Debug : LogLevel.Info)

const standalone = new UsageError({
  reason: "CREDENTIAL_HELPER_STANDALONE is set, so no get would use the agent",
  hint: "Unset it and try again: env -u CREDENTIAL_HELPER_STANDALONE credential-helper agent-launch"
})

const launch = Command.make("agent-launch", {}, () =>
  Effect.gen(function*() {
    if (yield* Settings.get(Settings.standalone)) return yield* standalone
    yield* InheritedDescriptors.close
    const found = yield* AgentEndpoint.unchecked
    const run = Effect.flatMap(level, (level) => Logger.withMinimumLogLevel(AgentLayers.run(found), level))
    yield* Effect.provide(run, LogFile.layer(found))
  })).pipe(Command.withDescription("Run the agent in the foreground. The first get starts one in the background."))

const shutdown = Command.make("agent-shutdown", {}, () => sendIfRunning({ command: "shutdown" })).pipe(
  Command.withDescription("Stop the agent. The next get starts a new one.")
)

const prune = Command.make("agent-prune", {}, () => sendIfRunning({ command: "prune" })).pipe(
  Command.withDescription("Remove expired answers from the agent's cache.")
)

const logs = Command.make("agent-logs", {}, () =>
  Effect.gen(function*() {
    const path = UnixSocket.logPath((yield* AgentEndpoint.current).socket)
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(path), () =>
      new UsageError({ reason: `there is no log at ${path}`, hint: "No agent has run in this environment" }))
    yield* print(text)
  })).pipe(Command.withDescription("Print the agent's log."))

const json = Options.boolean("json").pipe(Options.withDescription("Print the status as JSON, with all entries."))

const decodeStatus = Schema.decodeUnknown(Schema.parseJson(Status.Status))

const status = Command.make("agent-status", { json }, ({ json }) =>
  Effect.gen(function*() {
    const text = yield* send({ command: "status" })
    yield* print(json ? text : Status.render(yield* Effect.orDie(decodeStatus(text))))
  })).pipe(Command.withDescription("Show the agent's cached answers and statistics. Prints no secrets."))

const uri = Args.text({ name: "URI" }).pipe(
  Args.withDescription("The URI whose answers to remove. Default: all."),
  Args.optional
)

const invalidate = Command.make(
  "agent-invalidate",
  { uri },
  ({ uri }) =>
    Option.exists(uri, (uri) => uri.startsWith("-"))
      ? new UsageError({
        reason: "agent-invalidate has no options",
        hint: "Pass a URI, or nothing to remove all answers"
      })
      : sendIfRunning({ command: "invalidate", ...(Option.isSome(uri) ? { uri: uri.value } : {}) })
).pipe(Command.withDescription("Remove the answers for one URI, or all, from the agent's cache."))

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

/**
 * The options of the commands that have some.
 *
 * @since 0.2.0
 * @category commands
 */
export const options: Readonly<Record<string, ReadonlyArray<string>>> = { "agent-status": ["--json"] }
