/**
 * Errors of a docker config and of the credential helpers that it names.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"
import type { FileUnreadable } from "../platform/Files.ts"

/**
 * A variable names a place of a docker config that cannot be used.
 *
 * @since 0.2.0
 * @category errors
 */
export class DockerConfigPlaceInvalid extends Data.TaggedError("DockerConfigPlaceInvalid")<{
  readonly variable: string
  /** What the variable names, as the rest of a sentence. */
  readonly reason: string
  /** In the imperative, without a full stop. */
  readonly advice: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.variable} ${this.reason}. ${this.advice}.`
  }
}

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
  /** In the imperative, without a full stop. */
  readonly advice: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.at}: ${this.reason}. ${this.advice}.`
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
  /** How to replace the entry, in the imperative and without a full stop. */
  readonly renew: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.at}: ${this.reason}. To replace it, ${this.renew}.`
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
  readonly registry: string
  readonly path: string
  /** A JSON path, such as `$.credsStore`. */
  readonly at: string
  /** The directories that were searched. */
  readonly searched: ReadonlyArray<string>
  /** The command that stores a login, such as `docker login ghcr.io`. */
  readonly login: string
}> {
  readonly exitCode = ExitCode.credential
  override get message(): string {
    const where = this.searched.length === 0 ? "PATH has no absolute directory" : `searched ${this.searched.join(", ")}`
    const isStore = this.at === "$.credsStore"
    const what = isStore ? `says that it holds the login of ${this.registry}` : `names it for ${this.registry}`
    const line = isStore ? `"credsStore"` : this.at
    const from = this.path.startsWith("$") ? this.path : "that file"
    return `${this.helper} is not installed (${where}), but ${this.path} ${what}. ` +
      `Install it, or remove the line ${line} from ${from}, then run ${this.login}.`
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
    return `${this.helper} did not print {"Username","Secret"} for ${this.registry} (${this.reason}). Update it, or run it yourself: echo ${this.registry} | ${this.helper} get`
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
  | DockerConfigPlaceInvalid
  | FileUnreadable
  | HelperNameInvalid
  | HelperError
