/**
 * What can go wrong when the program is installed in a workspace.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../../domain/ExitCode.ts"

/**
 * The folder is not the root of a Bazel workspace.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkspaceMissing extends Data.TaggedError("WorkspaceMissing")<{
  readonly path: string
  readonly files: ReadonlyArray<string>
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} is not the root of a Bazel workspace (it has none of ${
      this.files.join(", ")
    }). Change into the workspace, or name it in CREDENTIAL_HELPER_WORKSPACE_DIRECTORY.`
  }
}

/**
 * Somebody else's file is where the shim goes.
 *
 * @since 0.1.0
 * @category errors
 */
export class ShimForeign extends Data.TaggedError("ShimForeign")<{
  readonly path: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} is there already and was not made by this program. Move it away, or overwrite it with credential-helper install-workspace --force.`
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
 * This user has no folder for caches.
 *
 * @since 0.1.0
 * @category errors
 */
export class InstallFolderMissing extends Data.TaggedError("InstallFolderMissing") {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return "there is no folder to install the executable in, because there is no home. Set HOME or CREDENTIAL_HELPER_WORKDIR."
  }
}

/**
 * A file could not be put in its place. What was there before is there still.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlacementFailed extends Data.TaggedError("PlacementFailed")<{
  readonly path: string
  /** The system's error code, such as `ENOSPC` or `EROFS`. */
  readonly code: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} cannot be written (${this.code}). Make room and see that its folder can be written to, or set CREDENTIAL_HELPER_WORKDIR to another folder for the executable.`
  }
}

/**
 * What `install-workspace` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type InstallError = ExecutableMissing | InstallFolderMissing | PlacementFailed | ShimForeign | WorkspaceMissing
