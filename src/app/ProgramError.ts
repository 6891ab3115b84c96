/**
 * What the program can fail with.
 *
 * @since 0.1.0
 */
import type { AgentUnreachable } from "../agent/protocol/ControlClient.ts"
import type { AgentAlreadyRunning, SocketUnusable } from "../agent/server/SocketError.ts"
import type { CredentialHelperError } from "../CredentialHelper.ts"
import type { RequestInvalid } from "../domain/GetCredentials.ts"
import type { OutputFailed } from "../platform/Stdio.ts"
import type { InstallError } from "./install/InstallError.ts"
import type { UsageError } from "./UsageError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type ProgramError =
  | AgentAlreadyRunning
  | AgentUnreachable
  | CredentialHelperError
  | InstallError
  | OutputFailed
  | RequestInvalid
  | SocketUnusable
  | UsageError
