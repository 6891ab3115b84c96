/**
 * What is wrong with a docker config, or with a credential helper that it names.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"
import type { FileUnreadable } from "../platform/Files.ts"

/**
 * A docker config is not what docker would accept. Its content is never shown.
 *
 * @since 0.1.0
 * @category errors
 */
export class DockerConfigMalformed extends Data.TaggedError("DockerConfigMalformed")<{
  readonly path: string
  readonly at: string
  readonly reason: string
}> {
  readonly exitCode = ExitCode.configuration
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
export class AuthEntryInvalid extends Data.TaggedError("AuthEntryInvalid")<{
  readonly path: string
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
 * The name of a credential helper would leave the search path.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperNameInvalid extends Data.TaggedError("HelperNameInvalid")<{
  readonly path: string
  readonly at: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.at}: the name of a docker credential helper may not hold "/", "\\" or NUL. Write "x" for docker-credential-x.`
  }
}

/**
 * The configuration names a docker credential helper that is not on the search path.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperNotFound extends Data.TaggedError("HelperNotFound")<{
  readonly helper: string
  readonly path: string
  readonly searched: ReadonlyArray<string>
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    const where = this.searched.length === 0 ? "PATH has no absolute folder" : `looked in ${this.searched.join(", ")}`
    return `${this.helper} not found (${where}), but ${this.path} names it. Install it, add its folder to PATH, or log in again.`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export class HelperFailed extends Data.TaggedError("HelperFailed")<{
  readonly helper: string
  readonly registry: string
  /** One line of the helper's own words, cut and cleaned. */
  readonly reason: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    return `${this.helper} failed for ${this.registry}: ${this.reason}. Try it by hand: echo ${this.registry} | ${this.helper} get`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export class HelperOutputInvalid extends Data.TaggedError("HelperOutputInvalid")<{
  readonly helper: string
  readonly registry: string
  readonly reason: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    return `${this.helper} answered for ${this.registry} with something else than {"Username","Secret"} (${this.reason}). Update it, or log in again.`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export class HelperTimeout extends Data.TaggedError("HelperTimeout")<{
  readonly helper: string
  readonly registry: string
  readonly millis: number
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    return `${this.helper} gave no answer for ${this.registry} within ${
      this.millis / 1000
    } s and was stopped. It may be waiting for input; try it by hand: echo ${this.registry} | ${this.helper} get`
  }
}

/**
 * What a docker-credential-* program can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type HelperError = HelperNotFound | HelperFailed | HelperOutputInvalid | HelperTimeout

/**
 * What a docker config can stop a lookup with.
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
