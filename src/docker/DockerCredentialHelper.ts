/**
 * Runs the `docker-credential-*` executables that a docker config names.
 *
 * @see https://github.com/docker/docker-credential-helpers
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Credential } from "../domain/Credential.ts"
import * as Provenance from "../domain/Provenance.ts"
import * as Deadline from "../platform/Deadline.ts"
import { Process, type ProcessFailed } from "../platform/Process.ts"
import {
  type HelperError,
  HelperFailed,
  HelperNameInvalid,
  HelperNotFound,
  HelperOutputInvalid,
  HelperTimeout
} from "./DockerError.ts"
import { HelperLocks } from "./HelperLocks.ts"
import * as HelperOutput from "./HelperOutput.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Request {
  /** `x` of `docker-credential-x`. */
  readonly name: string
  /** The key of the credential, written to the helper's stdin unchanged. */
  readonly serverKey: string
  /** The docker config that names the helper. */
  readonly path: string
  /** Where in that file, such as `$.credsStore`. */
  readonly at: string
  /** The command that stores a login where no helper keeps it, such as `docker login ghcr.io`. */
  readonly login: string
}

/**
 * @since 0.1.0
 * @category context
 */
export class DockerCredentialHelper extends Context.Tag("CredentialHelper/DockerCredentialHelper")<
  DockerCredentialHelper,
  {
    /** The credential that a helper stores under a key; `None` if it has none. */
    readonly get: (request: Request) => Effect.Effect<Option.Option<Credential>, HelperNameInvalid | HelperError>
  }
>() {}

/** Left of the caller's deadline for reporting that the helper timed out. */
const reportTime = Duration.millis(250)

/** A separator would lead out of the search path, and `docker-credential-` alone is not a helper. */
const isName = (name: string): boolean => /^[^/\\\0]+$/.test(name)

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** For waiting and running together. Shortened to what the `Deadline` leaves. */
  readonly timeout: Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<DockerCredentialHelper["Type"], never, Process> =>
  Effect.map(Process, (process) => {
    const timeoutNow = Effect.map(
      Deadline.left,
      (left) => Duration.min(options.timeout, Duration.subtract(Duration.millis(left), reportTime))
    )

    const find = Effect.fnUntraced(function*(helper: string, { at, login, path, serverKey: registry }: Request) {
      const program = yield* process.find(helper)
      return Option.isSome(program)
        ? program.value
        : yield* new HelperNotFound({ helper, registry, path, at, searched: yield* process.searchPath, login })
    })

    const run = Effect.fnUntraced(function*(helper: string, program: string, request: Request) {
      const timeout = yield* timeoutNow
      const { withLock } = yield* HelperLocks
      return yield* process.run({ program, args: ["get"], stdin: request.serverKey, timeout }).pipe(
        Effect.mapError((error) => processError(helper, request, timeout, error)),
        withLock(helper),
        Effect.timeoutFail({ duration: timeout, onTimeout: () => timedOut(helper, request, timeout) })
      )
    })

    return DockerCredentialHelper.of({
      get: Effect.fn("DockerCredentialHelper.get")(
        function*(request: Request) {
          yield* Effect.annotateCurrentSpan({ helper: request.name })
          if (!isName(request.name)) return yield* new HelperNameInvalid({ path: request.path, at: request.at })
          const helper = `docker-credential-${request.name}`
          // Recorded even if it is missing: it may be installed later.
          yield* Provenance.input({ _tag: "Program", name: helper })
          const program = yield* find(helper, request)
          return yield* credentialIn(helper, request, HelperOutput.read(yield* run(helper, program, request)))
        },
        (effect, request) =>
          Effect.tapBoth(effect, {
            onSuccess: (credential) =>
              step(request, `${Option.isSome(credential) ? "found" : "nothing for"} ${request.serverKey}`),
            onFailure: (error) => step(request, outcomeOf(error))
          })
      )
    })
  })

const credentialIn = (
  helper: string,
  { at, path, serverKey }: Request,
  output: HelperOutput.HelperOutput
): Effect.Effect<Option.Option<Credential>, HelperError> => {
  switch (output._tag) {
    case "Found":
      return Effect.succeedSome({ origin: `${helper} (docker config ${path}, ${at})`, ...output.secrets })
    case "NothingFound":
      return Effect.succeedNone
    case "Failed":
      return new HelperFailed({ helper, registry: serverKey, reason: output.reason })
    case "Invalid":
      return new HelperOutputInvalid({ helper, registry: serverKey, reason: output.reason })
  }
}

const timedOut = (helper: string, { serverKey }: Request, timeout: Duration.Duration): HelperTimeout =>
  new HelperTimeout({ helper, registry: serverKey, millis: Duration.toMillis(timeout) })

const processError = (
  helper: string,
  request: Request,
  timeout: Duration.Duration,
  { detail, reason }: ProcessFailed
): HelperError => {
  const registry = request.serverKey
  switch (reason) {
    case "Start":
      return new HelperFailed({ helper, registry, reason: `it cannot be started (${detail})` })
    case "Killed":
      return new HelperFailed({ helper, registry, reason: `it was killed (${detail})` })
    case "OutputTooLarge":
      return new HelperOutputInvalid({ helper, registry, reason: detail })
    case "Timeout":
      return timedOut(helper, request, timeout)
  }
}

const outcomeOf = (error: HelperNameInvalid | HelperError): string => {
  switch (error._tag) {
    case "HelperNotFound":
      return "not on PATH"
    case "HelperNameInvalid":
      return "rejected: not the name of a helper"
    case "HelperTimeout":
      return `no response within ${error.millis} ms`
    case "HelperFailed":
      return `failed: ${error.reason}`
    case "HelperOutputInvalid":
      return `invalid output: ${error.reason}`
  }
}

const step = (request: Request, outcome: string): Effect.Effect<void> =>
  Provenance.step(Provenance.Step.HelperRun({ helper: `docker-credential-${request.name}`, outcome }))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<DockerCredentialHelper, never, Process> =>
  Layer.effect(DockerCredentialHelper, make(options))

/**
 * The timeout of a helper is shorter than the budget of 8 s for a lookup, so that its own error is reported.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Options = { timeout: "7 seconds" }

/**
 * With the default options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<DockerCredentialHelper, never, Process> = layerWith(defaults)
