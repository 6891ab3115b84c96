/**
 * What can go wrong when the program is put into a workspace.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The folder is not the root of a Bazel workspace.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkspaceMissing extends Schema.TaggedError<WorkspaceMissing>("CredentialHelper/WorkspaceMissing")(
  "WorkspaceMissing",
  { path: Schema.String, files: Schema.Array(Schema.String) }
) {
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
export class ShimForeign extends Schema.TaggedError<ShimForeign>("CredentialHelper/ShimForeign")("ShimForeign", {
  path: Schema.String
}) {
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
export class ExecutableMissing extends Schema.TaggedError<ExecutableMissing>("CredentialHelper/ExecutableMissing")(
  "ExecutableMissing",
  { path: Schema.String }
) {
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
export class InstallFolderMissing
  extends Schema.TaggedError<InstallFolderMissing>("CredentialHelper/InstallFolderMissing")("InstallFolderMissing", {})
{
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
export class PlacementFailed extends Schema.TaggedError<PlacementFailed>("CredentialHelper/PlacementFailed")(
  "PlacementFailed",
  {
    path: Schema.String,
    /** The system's error code, such as `ENOSPC` or `EROFS`. */
    code: Schema.String
  }
) {
  override get message(): string {
    return `${this.path} cannot be written (${this.code}). Make room and see that its folder can be written to, or set CREDENTIAL_HELPER_WORKDIR to another folder for the executable.`
  }
}
