/**
 * What is wrong with a file that a person wrote: ours, or docker's.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Our configuration file cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>("CredentialHelper/ConfigInvalid")(
  "ConfigInvalid",
  {
    path: Schema.String,
    /** Where in the file: `$.urls[0].helper`; `$` is the whole file. */
    at: Schema.String,
    /** What was found, without any value that may be a secret. */
    found: Schema.String,
    /** What is allowed there. */
    allowed: Schema.String,
    /** The name that was probably meant. */
    suggestion: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const hint = this.suggestion === undefined ? "" : ` Did you mean "${this.suggestion}"?`
    return `${this.path}: ${this.at}: ${this.found}; allowed: ${this.allowed}.${hint}`
  }
}

/**
 * A file exists and cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConfigUnreadable extends Schema.TaggedError<ConfigUnreadable>("CredentialHelper/ConfigUnreadable")(
  "ConfigUnreadable",
  { path: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.path} cannot be read (${this.reason}). Check its owner and mode: ls -l ${this.path}`
  }
}

/**
 * A docker config is not what docker would accept. Its content is never shown.
 *
 * @since 0.1.0
 * @category errors
 */
export class DockerConfigMalformed
  extends Schema.TaggedError<DockerConfigMalformed>("CredentialHelper/DockerConfigMalformed")("DockerConfigMalformed", {
    path: Schema.String,
    at: Schema.String,
    reason: Schema.String
  })
{
  override get message(): string {
    return `${this.path}: ${this.at}: ${this.reason}. Repair the file, or remove it and run docker login again.`
  }
}

/**
 * The entry for this very registry cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthEntryInvalid extends Schema.TaggedError<AuthEntryInvalid>("CredentialHelper/AuthEntryInvalid")(
  "AuthEntryInvalid",
  { path: Schema.String, at: Schema.String, reason: Schema.String, registry: Schema.String }
) {
  override get message(): string {
    return `${this.path}: ${this.at}: ${this.reason}. Log in again: docker login ${this.registry}`
  }
}

/**
 * The name of a credential helper would leave the search path.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperNameInvalid extends Schema.TaggedError<HelperNameInvalid>("CredentialHelper/HelperNameInvalid")(
  "HelperNameInvalid",
  { path: Schema.String, at: Schema.String }
) {
  override get message(): string {
    return `${this.path}: ${this.at}: the name of a docker credential helper may not hold "/", "\\" or NUL. Write "x" for docker-credential-x.`
  }
}
