/**
 * The helper programs of all callers: hundreds of parallel questions start one process.
 *
 * A program's answer is shared between callers with the same variables who got to it over the same inputs: once a docker
 * config has changed, its helper is asked again.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Provenance from "../domain/Provenance.ts"
import * as Environment from "../platform/Environment.ts"
import * as Process from "../platform/Process.ts"
import * as Timestamp from "../platform/Timestamp.ts"
import * as CallVariables from "./CallVariables.ts"
import { Refresh } from "./Freshness.ts"
import * as SingleFlight from "./SingleFlight.ts"

interface CachedOutput {
  readonly output: Process.Output
  readonly asked: Timestamp.Timestamp
}

/**
 * What is kept between callers.
 *
 * @since 0.1.0
 * @category context
 */
export class ProcessAnswers extends Context.Tag("CredentialHelper/ProcessAnswers")<
  ProcessAnswers,
  SingleFlight.SingleFlight<CachedOutput, Process.ProcessFailed>
>() {}

/** Docker's helpers give no expiry; some of their tokens last five minutes. */
const timeToLive = Duration.minutes(4)

/** Output younger than this serves a refresh: many refreshes run the program once. */
const freshMs = 10_000

const capacity = 1000

/**
 * @since 0.1.0
 * @category layers
 */
export const layerAnswers = ({ failureTtl }: SingleFlight.FailureOptions): Layer.Layer<ProcessAnswers> =>
  Layer.scoped(
    ProcessAnswers,
    SingleFlight.make<CachedOutput, Process.ProcessFailed>({
      capacity,
      // "Not found" is an exit code, too.
      timeToLive: ({ output }) => output.exitCode === 0 ? timeToLive : failureTtl,
      failureTtl
    })
  )

const print = (input: Provenance.Input): ReadonlyArray<string> =>
  input._tag === "Program"
    ? [input._tag, input.name]
    : [input._tag, input._tag === "File" ? input.path : input.name, input.fingerprint]

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  Process.Process,
  never,
  Environment.Environment | Process.Process | ProcessAnswers
> = Layer.effect(
  Process.Process,
  Effect.gen(function*() {
    const process = yield* Process.Process
    const { cwd, variables } = yield* Environment.Environment
    const answers = yield* ProcessAnswers

    const keyOf = (invocation: Process.Invocation, inputs: ReadonlyArray<Provenance.Input>): string =>
      Environment.fingerprintOfAll([
        invocation.program,
        `${invocation.args.length}`,
        ...invocation.args,
        invocation.stdin,
        ...inputs.flatMap(print),
        // The program runs in the caller's working directory, with all of the caller's variables.
        cwd,
        CallVariables.fingerprintOf(variables)
      ])

    return Process.Process.of({
      ...process,
      run: (invocation) =>
        Effect.gen(function*() {
          const provenance = yield* Provenance.current
          if (Option.isNone(provenance)) return yield* process.run(invocation)
          const key = keyOf(invocation, provenance.value.inputs)
          const now = yield* Timestamp.now
          const work = Effect.map(process.run(invocation), (output): CachedOutput => ({ output, asked: now }))
          const isOld = ({ asked }: CachedOutput) =>
            !Option.exists(Timestamp.between(asked, now), (age) => age < freshMs)
          const { output } = (yield* Refresh)
            ? yield* answers.refresh(key, invocation.program, work, isOld)
            : yield* answers.get(key, invocation.program, work)
          return output
        })
    })
  })
)
