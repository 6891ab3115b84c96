/**
 * The client of the `agent-*` commands: sends a command to a running agent.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as net from "node:net"
import { ExitCode } from "../../domain/ExitCode.ts"
import * as SystemError from "../../platform/SystemError.ts"
import * as Protocol from "./Protocol.ts"

const encode = Schema.encodeSync(Schema.parseJson(Protocol.Control))

/** The agent's reply without its exit code. */
const textOf = (reply: string): string | undefined => /^ *\d{1,3} ([^]*\n)$/.exec(reply)?.[1]

/** With any other code, such as `EACCES` or `EAGAIN`, an agent may be running. */
const notRunning: ReadonlyArray<string | undefined> = ["ENOENT", "ENOTDIR", "ECONNREFUSED", "ENOTSOCK"]

const reasonOf = (error: Error): AgentUnreachable["reason"] =>
  notRunning.includes(SystemError.codeOf(error)) ? "NotRunning" : "NoResponse"

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** How long to wait for the reply: 5 seconds by default. */
  readonly timeout?: Duration.DurationInput
}

/**
 * Sends a command to the agent at a socket path, and returns the text of its reply.
 *
 * @since 0.1.0
 * @category running
 */
export const send = (
  path: string,
  control: Protocol.Control,
  { timeout = "5 seconds" }: Options = {}
): Effect.Effect<string, AgentUnreachable> =>
  Effect.async<string, AgentUnreachable>((resume) => {
    let reply = ""
    const socket = net.connect({ path }, () => socket.write(`${encode(control)}\n`))
    socket.setEncoding("utf8")
    socket.on("data", (text: string) => reply += text)
    socket.on("error", (error) => resume(new AgentUnreachable({ path, reason: reasonOf(error) })))
    socket.on("close", () => {
      const text = textOf(reply)
      resume(text === undefined ? new AgentUnreachable({ path, reason: "NoResponse" }) : Effect.succeed(text))
    })
    return Effect.sync(() => socket.destroy())
  }).pipe(
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () => new AgentUnreachable({ path, reason: "NoResponse" })
    })
  )

/**
 * No process listens at the socket, or it does not respond.
 *
 * @since 0.1.0
 * @category errors
 */
export class AgentUnreachable extends Data.TaggedError("AgentUnreachable")<{
  readonly path: string
  readonly reason: "NotRunning" | "NoResponse"
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    return this.reason === "NotRunning"
      ? `no agent is running at ${this.path}. The next get starts one; credential-helper agent-launch starts it in the foreground.`
      : `the agent at ${this.path} is not responding. Stop its process; the next get starts a new one.`
  }
}
