/**
 * The docker-credential-* programs that a docker config names (registry-auth A.5).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Credential } from "../domain/Credential.ts"
import * as Provenance from "../domain/Provenance.ts"
import { CredentialNotFound } from "../domain/SourceError.ts"
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
import * as HelperOutput from "./HelperOutput.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Question {
  /** `x` of `docker-credential-x`. */
  readonly name: string
  /** What the helper is asked for: it goes to its stdin as it is. */
  readonly serverKey: string
  /** The docker config that names the helper. */
  readonly path: string
  /** Where in that file: `$.credsStore`. */
  readonly at: string
}

/**
 * @since 0.1.0
 * @category context
 */
export class DockerCredentialHelper extends Context.Tag("CredentialHelper/DockerCredentialHelper")<
  DockerCredentialHelper,
  {
    readonly get: (
      question: Question
    ) => Effect.Effect<Credential, CredentialNotFound | HelperNameInvalid | HelperError>
  }
>() {}

/**
 * Helpers of one name run one after the other, since keychains hang when they are asked in parallel. The turns belong
 * to the process: an agent builds the service anew for each of its callers.
 */
class Turns extends Context.Reference<Turns>()("CredentialHelper/DockerCredentialHelper/Turns", {
  defaultValue: () => new Map<string, Effect.Semaphore>()
}) {}

const inTurn = (program: string) => <A, E>(run: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Turns, (turns) => {
    const turn = turns.get(program) ?? Effect.unsafeMakeSemaphore(1)
    turns.set(program, turn)
    return turn.withPermits(1)(run)
  })

/** What is kept of the caller's patience for saying that the helper used up the rest. */
const reserve = Duration.millis(250)

/** A name with a separator would leave the search path; an empty one names nothing. */
const isName = (name: string): boolean => /^[^/\\\0]+$/.test(name)

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** For waiting and running together. It is cut to what the `Deadline` leaves. */
  readonly timeout: Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<DockerCredentialHelper["Type"], never, Process> =>
  Effect.map(Process, (process) => {
    const limit = Effect.map(
      Deadline.left,
      (left) => Duration.min(options.timeout, Duration.subtract(Duration.millis(left), reserve))
    )

    const find = Effect.fnUntraced(function*(helper: string, { path }: Question) {
      const program = yield* process.find(helper)
      return Option.isSome(program)
        ? program.value
        : yield* new HelperNotFound({ helper, path, searched: yield* process.searchPath })
    })

    const run = Effect.fnUntraced(function*(helper: string, program: string, question: Question) {
      const timeout = yield* limit
      return yield* process.run({ program, args: ["get"], stdin: question.serverKey, timeout }).pipe(
        Effect.mapError((error) => ended(helper, question, timeout, error)),
        inTurn(helper),
        Effect.timeoutFail({ duration: timeout, onTimeout: () => timedOut(helper, question, timeout) })
      )
    })

    return DockerCredentialHelper.of({
      get: Effect.fn("DockerCredentialHelper.get")(
        function*(question: Question) {
          yield* Effect.annotateCurrentSpan({ helper: question.name })
          if (!isName(question.name)) return yield* new HelperNameInvalid({ path: question.path, at: question.at })
          const helper = `docker-credential-${question.name}`
          // A missing one is an input as well: it may be installed a moment later.
          yield* Provenance.input({ _tag: "Program", name: helper })
          const program = yield* find(helper, question)
          return yield* answer(helper, question, HelperOutput.read(yield* run(helper, program, question)))
        },
        (effect, question) =>
          Effect.tapBoth(effect, {
            onSuccess: () => step(question, `found ${question.serverKey}`),
            onFailure: (error) => step(question, outcomeOf(question, error))
          })
      )
    })
  })

const answer = (
  helper: string,
  { at, path, serverKey }: Question,
  output: HelperOutput.HelperOutput
): Effect.Effect<Credential, CredentialNotFound | HelperError> => {
  switch (output._tag) {
    case "Found":
      return Effect.succeed({ origin: `${helper} (docker config ${path}, ${at})`, ...output.secrets })
    case "NothingFound":
      return new CredentialNotFound({ source: helper })
    case "Failed":
      return new HelperFailed({ helper, registry: serverKey, reason: output.reason })
    case "Invalid":
      return new HelperOutputInvalid({ helper, registry: serverKey, reason: output.reason })
  }
}

const timedOut = (helper: string, { serverKey }: Question, timeout: Duration.Duration): HelperTimeout =>
  new HelperTimeout({ helper, registry: serverKey, millis: Duration.toMillis(timeout) })

const ended = (
  helper: string,
  question: Question,
  timeout: Duration.Duration,
  { detail, reason }: ProcessFailed
): HelperError => {
  const registry = question.serverKey
  switch (reason) {
    case "Start":
      return new HelperFailed({ helper, registry, reason: `it cannot be started (${detail})` })
    case "Killed":
      return new HelperFailed({ helper, registry, reason: `it was killed (${detail})` })
    case "OutputTooLarge":
      return new HelperOutputInvalid({ helper, registry, reason: detail })
    case "Timeout":
      return timedOut(helper, question, timeout)
  }
}

const outcomeOf = (
  { serverKey }: Question,
  error: CredentialNotFound | HelperNameInvalid | HelperError
): string => {
  switch (error._tag) {
    case "CredentialNotFound":
      return `nothing for ${serverKey}`
    case "HelperNotFound":
      return "not on PATH"
    case "HelperNameInvalid":
      return "refused: not the name of a helper"
    case "HelperTimeout":
      return `no answer within ${error.millis} ms`
    case "HelperFailed":
      return `failed: ${error.reason}`
    case "HelperOutputInvalid":
      return `invalid answer: ${error.reason}`
  }
}

const step = (question: Question, outcome: string): Effect.Effect<void> =>
  Provenance.step({ kind: "helper", subject: `docker-credential-${question.name}`, outcome })

/**
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<DockerCredentialHelper, never, Process> =>
  Layer.effect(DockerCredentialHelper, make(options))

/**
 * A helper's own error has to come before the total budget of 8 s ends.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Options = { timeout: "7 seconds" }

/**
 * With the defaults.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<DockerCredentialHelper, never, Process> = layerWith(defaults)
