/**
 * Errors of a docker config and of the credential helpers that it names.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"
import type { FileUnreadable } from "../platform/Files.ts"

/**
 * A docker config that docker would not accept. The message does not show its content.
 *
 * @since 0.1.0
 * @category errors
 */
export class DockerConfigMalformed extends Data.TaggedError("DockerConfigMalformed")<{
  readonly path: string
  /** A JSON path, such as `$.credsStore`. */
  readonly at: string
  readonly reason: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.at}: ${this.reason}. Fix the file, or delete it and run docker login again.`
  }
}

/**
 * The `auths` entry of the requested registry is invalid.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthEntryInvalid extends Data.TaggedError("AuthEntryInvalid")<{
  readonly path: string
  /** A JSON path, such as `$.auths["ghcr.io"].auth`. */
  readonly at: string
  readonly reason: string
  readonly registry: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.at}: ${this.reason}. Log in again: docker login ${this.registry}`
  }
}

/**
 * The name of a credential helper contains a path separator and would lead out of the search path.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperNameInvalid extends Data.TaggedError("HelperNameInvalid")<{
  readonly path: string
  /** A JSON path, such as `$.credsStore`. */
  readonly at: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.at}: the name of a docker credential helper must not contain "/", "\\" or NUL. Write "x" for docker-credential-x.`
  }
}

/**
 * A docker config names a credential helper that is not on the search path.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperNotFound extends Data.TaggedError("HelperNotFound")<{
  readonly helper: string
  readonly path: string
  /** The directories that were searched. */
  readonly searched: ReadonlyArray<string>
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    const where = this.searched.length === 0 ? "PATH has no absolute directory" : `searched ${this.searched.join(", ")}`
    return `${this.helper} not found (${where}), but ${this.path} names it. Install it, add its directory to PATH, or log in again.`
  }
}

/**
 * A credential helper reported an error, was killed, or could not be started.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperFailed extends Data.TaggedError("HelperFailed")<{
  readonly helper: string
  readonly registry: string
  /** One line of the helper's message, with likely secrets masked. */
  readonly reason: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    return `${this.helper} failed for ${this.registry}: ${this.reason}. Run it yourself: echo ${this.registry} | ${this.helper} get`
  }
}

/**
 * A credential helper printed something other than a credential.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperOutputInvalid extends Data.TaggedError("HelperOutputInvalid")<{
  readonly helper: string
  readonly registry: string
  /** What is wrong, never the output itself. */
  readonly reason: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    return `${this.helper} did not print {"Username","Secret"} for ${this.registry} (${this.reason}). Update it, or log in again.`
  }
}

/**
 * A credential helper did not exit in time and was killed.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperTimeout extends Data.TaggedError("HelperTimeout")<{
  readonly helper: string
  readonly registry: string
  /** The timeout. */
  readonly millis: number
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    return `${this.helper} timed out after ${
      this.millis / 1000
    } s for ${this.registry}. It may be waiting for input. Run it yourself: echo ${this.registry} | ${this.helper} get`
  }
}

/**
 * What a `docker-credential-*` executable can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type HelperError = HelperNotFound | HelperFailed | HelperOutputInvalid | HelperTimeout

/**
 * What the lookup in a docker config can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type DockerConfigError =
  | AuthEntryInvalid
  | DockerConfigMalformed
  | FileUnreadable
  | HelperNameInvalid
  | HelperError
