/**
 * Why no agent can listen at a socket path.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../../domain/ExitCode.ts"

/**
 * Why no agent can be started there.
 *
 * @since 0.1.0
 * @category errors
 */
export class SocketUnusable extends Data.TaggedError("SocketUnusable")<{
  readonly path: string
  readonly reason: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `the agent cannot listen at ${this.path} (${this.reason}). Set CREDENTIAL_HELPER_AGENT_SOCKET to a path in a folder of your own with mode 0700, or CREDENTIAL_HELPER_STANDALONE=1.`
  }
}

/**
 * Another agent serves this place already.
 *
 * @since 0.1.0
 * @category errors
 */
export class AgentAlreadyRunning extends Data.TaggedError("AgentAlreadyRunning")<{
  readonly path: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `an agent is running already at ${this.path}. See credential-helper agent-status.`
  }
}
