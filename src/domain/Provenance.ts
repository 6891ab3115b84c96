/**
 * How an answer came about: the steps taken, and the inputs it depends on.
 *
 * One record serves the message of a failed look-up, the debug log, `explain-uri`, and the agent, which trusts a cached
 * answer only while every input still has its fingerprint.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"

/**
 * Something that is worth a warning although the look-up went on.
 *
 * @since 0.1.0
 * @category models
 */
export type Warning = "DockerAuthConfigInvalid" | "CredsStoreMissing" | "SourceUnavailable"

/**
 * @since 0.1.0
 * @category models
 */
export interface Step {
  readonly kind: "rule" | "source" | "file" | "variable" | "helper" | "keyring" | "request" | "decision"
  /** What was asked: a source, a path, a variable's name, `GET ghcr.io/token`. Never a secret, never a query. */
  readonly subject: string
  /** What came of it: "read", "absent", "401", "no credential". */
  readonly outcome: string
  readonly warning?: Warning
}

/**
 * Something outside that the answer depends on.
 *
 * A `Variable` and a `File` can be compared again later; the answer of a `Program` (docker-credential-x, the keyring)
 * cannot be watched and goes stale with time alone.
 *
 * @since 0.1.0
 * @category models
 */
export type Input =
  | { readonly _tag: "Variable"; readonly name: string; readonly fingerprint: string }
  | { readonly _tag: "File"; readonly path: string; readonly fingerprint: string }
  | { readonly _tag: "Program"; readonly name: string }

/**
 * @since 0.1.0
 * @category models
 */
export interface Provenance {
  readonly steps: ReadonlyArray<Step>
  readonly inputs: ReadonlyArray<Input>
}

/**
 * Where steps and inputs are written while a request is resolved. Without `recording` around it, nothing is kept.
 *
 * @since 0.1.0
 * @category context
 */
export class Recorder extends Context.Reference<Recorder>()("CredentialHelper/Recorder", {
  defaultValue: (): {
    readonly step: (step: Step) => Effect.Effect<void>
    readonly input: (input: Input) => Effect.Effect<void>
    /** The inputs recorded so far; `None` when nobody records. */
    readonly inputs: Effect.Effect<Option.Option<ReadonlyArray<Input>>>
  } => ({ step: () => Effect.void, input: () => Effect.void, inputs: Effect.succeedNone })
}) {}

/**
 * @since 0.1.0
 * @category recording
 */
export const step = (step: Step): Effect.Effect<void> =>
  Effect.flatMap(Recorder, (recorder) => recorder.step(step)).pipe(
    Effect.zipRight(Effect.logDebug(`${step.kind}: ${step.subject}: ${step.outcome}`))
  )

/**
 * @since 0.1.0
 * @category recording
 */
export const input = (input: Input): Effect.Effect<void> =>
  Effect.flatMap(Recorder, (recorder) => recorder.input(input))

/**
 * Runs `use` with a fresh record, and hands it a way to look at what has been recorded so far.
 *
 * @since 0.1.0
 * @category recording
 */
export const recording = <A, E, R>(
  use: (sofar: Effect.Effect<Provenance>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const steps = yield* Ref.make<ReadonlyArray<Step>>([])
    const inputs = yield* Ref.make<ReadonlyMap<string, Input>>(new Map())
    const key = (input: Input) => `${input._tag} ${input._tag === "File" ? input.path : input.name}`
    return yield* use(
      Effect.zipWith(Ref.get(steps), Ref.get(inputs), (steps, inputs) => ({ steps, inputs: [...inputs.values()] }))
    ).pipe(
      Effect.provideService(Recorder, {
        step: (step) => Ref.update(steps, (all) => [...all, step]),
        input: (input) => Ref.update(inputs, (all) => new Map(all).set(key(input), input)),
        inputs: Effect.map(Ref.get(inputs), (inputs) => Option.some([...inputs.values()]))
      })
    )
  })
