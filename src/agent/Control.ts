/**
 * Talking to a running agent as a person does: look inside, empty it, stop it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as net from "node:net"
import { AgentUnreachable } from "../domain/AgentError.ts"
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
