/**
 * Errors of `install-workspace`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../../domain/ExitCode.ts"

/**
 * The directory is not the root of a Bazel workspace.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkspaceMissing extends Data.TaggedError("WorkspaceMissing")<{
  readonly path: string
  /** The files of which a workspace has at least one. */
  readonly files: ReadonlyArray<string>
  /** Whether the directories above it were searched, too. */
  readonly isSearched: boolean
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    const files = this.files.join(", ")
    return this.isSearched
      ? `${this.path} is not in a Bazel workspace (neither it nor a directory above it has one of ${files}). Change to the workspace, or set CREDENTIAL_HELPER_WORKSPACE_DIRECTORY.`
      : `${this.path} is not the root of a Bazel workspace (it has none of ${files}). Correct or unset CREDENTIAL_HELPER_WORKSPACE_DIRECTORY and BUILD_WORKSPACE_DIRECTORY.`
  }
}

/**
 * The path of the shim is taken by a file that this program did not create.
 *
 * @since 0.1.0
 * @category errors
 */
export class ShimForeign extends Data.TaggedError("ShimForeign")<{
  readonly path: string
  /** Whether it is the shim of tweag/credential-helper. */
  readonly isTweag: boolean
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    if (this.isTweag) {
      return `${this.path} is the shim of tweag-credential-helper. Replace it: credential-helper install-workspace --force. Or keep it, and set CREDENTIAL_HELPER_BIN to this program.`
    }
    return `${this.path} already exists and was not created by this program. Move it, or overwrite it: credential-helper install-workspace --force`
  }
}

/**
 * There is no executable to install: the package has not been compiled.
 *
 * @since 0.1.0
 * @category errors
 */
export class ExecutableMissing extends Data.TaggedError("ExecutableMissing")<{
  readonly path: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `there is no executable at ${this.path}. Build it in a checkout of effect-credential-helper: npm run build:exe`
  }
}

/**
 * The user has no cache directory.
 *
 * @since 0.2.0
 * @category errors
 */
export class CacheDirectoryMissing extends Data.TaggedError("CacheDirectoryMissing") {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return "no cache directory: HOME is not set. Set HOME or CREDENTIAL_HELPER_WORKDIR."
  }
}

/**
 * The user's cache directory is in a directory of another user.
 *
 * @since 0.2.0
 * @category errors
 */
export class DirectoryForeign extends Data.TaggedError("DirectoryForeign")<{
  readonly path: string
  readonly uid: number
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} belongs to user ${this.uid}, not to you. Run install-workspace without sudo, or set CREDENTIAL_HELPER_WORKDIR to a directory of yours.`
  }
}

/**
 * A file could not be written. An existing file at its path is unchanged.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlacementFailed extends Data.TaggedError("PlacementFailed")<{
  readonly path: string
  /** The system error code, such as `ENOSPC` or `EROFS`. */
  readonly code: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} cannot be written (${this.code}). Check the free space and the permissions of its directory, or set CREDENTIAL_HELPER_WORKDIR to install the executable elsewhere.`
  }
}

/**
 * What `install-workspace` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type InstallError =
  | CacheDirectoryMissing
  | DirectoryForeign
  | ExecutableMissing
  | PlacementFailed
  | ShimForeign
  | WorkspaceMissing
