/**
 * What can go wrong with the background agent. None of it ever fails a `get`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Why no agent can be started there.
 *
 * @since 0.1.0
 * @category errors
 */
export class SeatUnusable extends Schema.TaggedError<SeatUnusable>("CredentialHelper/SeatUnusable")("SeatUnusable", {
  path: Schema.String,
  reason: Schema.String
}) {
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
export class SeatTaken extends Schema.TaggedError<SeatTaken>("CredentialHelper/SeatTaken")("SeatTaken", {
  path: Schema.String
}) {
  override get message(): string {
    return `an agent is running already at ${this.path}. See credential-helper agent-status.`
  }
}

/**
 * Nobody listens at the socket, or whoever does gives no answer.
 *
 * @since 0.1.0
 * @category errors
 */
export class AgentUnreachable extends Schema.TaggedError<AgentUnreachable>("CredentialHelper/AgentUnreachable")(
  "AgentUnreachable",
  { path: Schema.String, reason: Schema.Literal("NotRunning", "NoAnswer") }
) {
  override get message(): string {
    return this.reason === "NotRunning"
      ? `no agent is running at ${this.path}. The next get starts one; credential-helper agent-launch does it in the foreground.`
      : `the agent at ${this.path} gives no answer. Stop its process; the next get starts a new one.`
  }
}
