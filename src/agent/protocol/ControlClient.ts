/**
 * Talking to a running agent as a person does: look inside, empty it, stop it.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as net from "node:net"
import { ExitCode } from "../../domain/ExitCode.ts"
import * as Protocol from "./Protocol.ts"

const encode = Schema.encodeSync(Schema.parseJson(Protocol.Control))

/** The agent's reply without its exit code. */
const textOf = (reply: string): string | undefined => /^ *\d{1,3} ([^]*\n)$/.exec(reply)?.[1]

/**
 * Sends one command and gives the agent's words.
 *
 * @since 0.1.0
 * @category running
 */
export const send = (path: string, control: Protocol.Control): Effect.Effect<string, AgentUnreachable> =>
  Effect.async<string, AgentUnreachable>((resume) => {
    let reply = ""
    const socket = net.connect({ path }, () => socket.write(`${encode(control)}\n`))
    socket.setEncoding("utf8")
    socket.on("data", (text: string) => reply += text)
    socket.on("error", () => resume(new AgentUnreachable({ path, reason: "NotRunning" })))
    socket.on("close", () => {
      const text = textOf(reply)
      resume(text === undefined ? new AgentUnreachable({ path, reason: "NoAnswer" }) : Effect.succeed(text))
    })
    return Effect.sync(() => socket.destroy())
  }).pipe(
    Effect.timeoutFail({
      duration: "5 seconds",
      onTimeout: () => new AgentUnreachable({ path, reason: "NoAnswer" })
    })
  )

/**
 * Nobody listens at the socket, or whoever does gives no answer.
 *
 * @since 0.1.0
 * @category errors
 */
export class AgentUnreachable extends Data.TaggedError("AgentUnreachable")<{
  readonly path: string
  readonly reason: "NotRunning" | "NoAnswer"
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    return this.reason === "NotRunning"
      ? `no agent is running at ${this.path}. The next get starts one; credential-helper agent-launch does it in the foreground.`
      : `the agent at ${this.path} gives no answer. Stop its process; the next get starts a new one.`
  }
}
