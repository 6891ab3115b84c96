/**
 * Every way in which a look-up can fail, and the exit code it ends in.
 *
 * @since 0.1.0
 */
import type { AgentUnreachable, SeatTaken, SeatUnusable } from "./AgentError.ts"
import type {
  AuthEntryInvalid,
  ConfigInvalid,
  ConfigUnreadable,
  DockerConfigMalformed,
  HelperNameInvalid
} from "./ConfigError.ts"
import type {
  ExecutableMissing,
  InstallFolderMissing,
  PlacementFailed,
  ShimForeign,
  WorkspaceMissing
} from "./InstallError.ts"
import type { BudgetExceeded, RealmNotTrusted, TokenError } from "./RegistryError.ts"
import type { OutputFailed, RequestInvalid, UriRejected, UsageError } from "./RequestError.ts"
import type { CredentialRequired, HelperError } from "./SourceError.ts"

export * from "./AgentError.ts"
export * from "./ConfigError.ts"
export * from "./InstallError.ts"
export * from "./RegistryError.ts"
export * from "./RequestError.ts"
export * from "./SourceError.ts"

/**
 * What a docker config can stop the chain with.
 *
 * @since 0.1.0
 * @category models
 */
export type DockerConfigError =
  | AuthEntryInvalid
  | ConfigUnreadable
  | DockerConfigMalformed
  | HelperNameInvalid
  | HelperError

/**
 * What `CredentialHelper.get` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type CredentialHelperError =
  | BudgetExceeded
  | ConfigInvalid
  | CredentialRequired
  | DockerConfigError
  | RealmNotTrusted
  | TokenError
  | UriRejected

/**
 * What `install-workspace` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type InstallError = ExecutableMissing | InstallFolderMissing | PlacementFailed | ShimForeign | WorkspaceMissing

/**
 * What the program can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type ProgramError =
  | AgentUnreachable
  | CredentialHelperError
  | InstallError
  | OutputFailed
  | RequestInvalid
  | SeatTaken
  | SeatUnusable
  | UsageError

const exitCodes: Readonly<Record<ProgramError["_tag"], number>> = {
  UsageError: 2,
  RequestInvalid: 2,
  UriRejected: 2,
  ConfigInvalid: 3,
  ConfigUnreadable: 3,
  DockerConfigMalformed: 3,
  AuthEntryInvalid: 3,
  HelperNameInvalid: 3,
  SeatTaken: 3,
  SeatUnusable: 3,
  WorkspaceMissing: 3,
  ShimForeign: 3,
  ExecutableMissing: 3,
  InstallFolderMissing: 3,
  PlacementFailed: 3,
  CredentialRequired: 4,
  HelperNotFound: 4,
  HelperFailed: 4,
  HelperOutputInvalid: 4,
  HelperTimeout: 4,
  TokenRefused: 5,
  RealmNotTrusted: 5,
  NoToken: 5,
  TokenUnsafe: 5,
  EndpointUnsupported: 5,
  RegistryUnreachable: 6,
  RateLimited: 6,
  BudgetExceeded: 6,
  AgentUnreachable: 6,
  OutputFailed: 74
}

/**
 * A bug of ours.
 *
 * @since 0.1.0
 * @category exit codes
 */
export const exitDefect = 70

/**
 * @since 0.1.0
 * @category exit codes
 */
export const exitCode = (error: ProgramError): number => exitCodes[error._tag]
