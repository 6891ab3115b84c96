/**
 * Why an agent cannot listen at a socket path.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../../domain/ExitCode.ts"

/**
 * The socket path, or its directory, cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class SocketUnusable extends Data.TaggedError("SocketUnusable")<{
  readonly path: string
  readonly reason: string
  /** The command that makes the path usable, if there is one. */
  readonly repair?: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    const advice = this.repair === undefined ? "Set" : `Run ${this.repair}, or set`
    return `the agent cannot listen at ${this.path} (${this.reason}). ${advice} CREDENTIAL_HELPER_AGENT_SOCKET to a path in a directory of yours with mode 0700, or set CREDENTIAL_HELPER_STANDALONE=1.`
  }
}

/**
 * Another agent is listening at the socket path.
 *
 * @since 0.1.0
 * @category errors
 */
export class AgentAlreadyRunning extends Data.TaggedError("AgentAlreadyRunning")<{
  readonly path: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `an agent is already running at ${this.path}. Run credential-helper agent-status to see it.`
  }
}
