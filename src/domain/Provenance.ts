/**
 * How an answer came about: the steps taken, and the inputs it depends on.
 *
 * One record serves the message of a failed lookup, the debug log, `explain`, and the caches, which trust an answer only
 * while every input still has its fingerprint.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"

/**
 * What a source came up with.
 *
 * @since 0.2.0
 * @category models
 */
export type SourceOutcome = Data.TaggedEnum<{
  Found: {}
  NothingFound: {}
  /** Nothing found, and what there is in its place: "set, but empty". */
  Missing: { readonly reason: string }
  /** This machine does not have the source, or the source cannot answer. */
  Unavailable: { readonly reason: string }
  Failed: {}
}>

/**
 * @since 0.2.0
 * @category constructors
 */
export const SourceOutcome = Data.taggedEnum<SourceOutcome>()

/**
 * The part of a URI that an entry of the configuration does not match, and the entry's pattern for it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Mismatch {
  readonly part: "scheme" | "host" | "path" | "bare host"
  readonly pattern: string
  /** Why it only just does not match, and the pattern that would. */
  readonly hint: Option.Option<string>
}

/**
 * One thing that was done. No field ever holds a secret, a query or a user.
 *
 * @since 0.1.0
 * @category models
 */
export type Step = Data.TaggedEnum<{
  /** An entry of `urls` was compared; without a mismatch, its provider was chosen. */
  RuleCompared: { readonly index: number; readonly provider: string; readonly mismatch: Option.Option<Mismatch> }
  /** No entry matched, and this provider claims the host. */
  ProviderClaimed: { readonly provider: string }
  SourceAsked: { readonly source: string; readonly outcome: SourceOutcome }
  FileRead: { readonly path: string }
  /** A docker config has an entry for the registry (`at`, its JSON path), or not. */
  DockerConfigSearched: { readonly path: string; readonly host: string; readonly result: DockerConfigResult }
  /** The credential store that a docker config names is not installed. */
  CredsStoreSkipped: { readonly path: string; readonly helper: string }
  VariableIgnored: { readonly name: string; readonly reason: string }
  HelperRun: { readonly helper: string; readonly outcome: string }
  KeyringAsked: { readonly service: string; readonly outcome: SourceOutcome }
  /** `url` is host and path; `outcome` the status, or why there is none. */
  RequestSent: { readonly method: string; readonly url: string; readonly outcome: string }
  /** The work of another caller served this one, too. */
  Shared: { readonly subject: string; readonly steps: ReadonlyArray<Step> }
  Decided: { readonly host: string; readonly decision: string }
  /** The answer has no header that lets the caller in; `reason` says why, and what to do. */
  NoHeader: { readonly host: string; readonly reason: string }
  /** Something of the user's that cannot be used, though the lookup went on without it: a fact, and what to do. */
  Warned: { readonly text: string }
}>

/**
 * @since 0.2.0
 * @category models
 */
export type DockerConfigResult = Data.TaggedEnum<{
  Credential: { readonly at: string }
  /** There are entries, all empty: `docker login` leaves those where a store holds the secret. */
  EmptyEntry: {}
  NoEntry: {}
}>

/**
 * @since 0.2.0
 * @category constructors
 */
export const DockerConfigResult = Data.taggedEnum<DockerConfigResult>()

/**
 * @since 0.2.0
 * @category constructors
 */
export const Step = Data.taggedEnum<Step>()

/**
 * Something outside of the process that an answer depends on.
 *
 * A `Variable` and a `File` can be compared again later; what a `Program` (docker-credential-x, the keyring) prints
 * cannot be watched, and goes stale with time alone.
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
 * Where steps and inputs are written while a request is resolved.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recorder {
  readonly step: (step: Step) => void
  readonly input: (input: Input) => void
  /** What has been recorded so far. The step list grows with the record; the inputs are a copy. */
  readonly read: () => Provenance
}

/**
 * Absent outside of `recording`: then nothing is kept.
 *
 * @since 0.2.0
 * @category context
 */
export class CurrentRecorder extends Context.Reference<CurrentRecorder>()("CredentialHelper/Recorder", {
  defaultValue: (): Option.Option<Recorder> => Option.none()
}) {}

const idOf = (input: Input): string => `${input._tag} ${input._tag === "File" ? input.path : input.name}`

/**
 * A recorder that also passes everything on to the given one.
 *
 * @since 0.2.0
 * @category constructors
 */
export const makeRecorder = (parent: Option.Option<Recorder> = Option.none()): Recorder => {
  const steps: Array<Step> = []
  const inputs = new Map<string, Input>()
  return {
    step: (step) => {
      steps.push(step)
      if (Option.isSome(parent)) parent.value.step(step)
    },
    input: (input) => {
      inputs.set(idOf(input), input)
      if (Option.isSome(parent)) parent.value.input(input)
    },
    read: () => ({ steps, inputs: [...inputs.values()] })
  }
}

/** Steps that a user is told without asking for all of them. */
const levelOf = ({ _tag }: Step): LogLevel.LogLevel =>
  _tag === "Warned" ? LogLevel.Warning : _tag === "NoHeader" ? LogLevel.Info : LogLevel.Debug

/**
 * @since 0.1.0
 * @category recording
 */
export const step = (step: Step): Effect.Effect<void> =>
  Effect.flatMap(CurrentRecorder, (recorder) => {
    if (Option.isSome(recorder)) recorder.value.step(step)
    return Effect.logWithLevel(levelOf(step), step._tag === "Warned" ? step.text : render(step))
  })

/**
 * Records a warning: something of the user's that cannot be used, in one or two sentences that state the fact and what to
 * do. It is shown with `CREDENTIAL_HELPER_LOGGING=basic`, by `explain`, and beside the error of a lookup that fails.
 *
 * @since 0.2.0
 * @category recording
 */
export const warn = (text: string): Effect.Effect<void> => step(Step.Warned({ text }))

/**
 * @since 0.1.0
 * @category recording
 */
export const input = (input: Input): Effect.Effect<void> =>
  Effect.map(CurrentRecorder, (recorder) => {
    if (Option.isSome(recorder)) recorder.value.input(input)
  })

/**
 * What has been recorded so far; `None` outside of `recording`.
 *
 * @since 0.2.0
 * @category recording
 */
export const current: Effect.Effect<Option.Option<Provenance>> = Effect.map(
  CurrentRecorder,
  Option.map((recorder) => recorder.read())
)

/**
 * Runs `use` with a fresh record, and hands it a way to look at what has been recorded so far.
 *
 * @since 0.1.0
 * @category recording
 */
export const recording = <A, E, R>(
  use: (sofar: Effect.Effect<Provenance>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const recorder = makeRecorder()
    return Effect.provideService(use(Effect.sync(recorder.read)), CurrentRecorder, Option.some(recorder))
  })

const outcomeOf: (outcome: SourceOutcome) => string = SourceOutcome.$match({
  Found: () => "found",
  NothingFound: () => "nothing found",
  Missing: ({ reason }) => reason,
  Unavailable: ({ reason }) => `not available: ${reason}`,
  Failed: () => "failed"
})

const mismatchOf = ({ hint, part, pattern }: Mismatch): string =>
  part === "bare host"
    ? "no match: a bare host has no scheme and no path"
    : `no match: ${Option.getOrElse(hint, () => `${part} is not ${pattern}`)}`

const searched: (result: DockerConfigResult) => (host: string) => string = DockerConfigResult.$match({
  Credential: ({ at }) => () => `${at} holds a credential`,
  EmptyEntry: () => (host: string) => `only an empty entry for ${host}`,
  NoEntry: () => (host: string) => `no entry for ${host}`
})

/**
 * A step as one line: kind, subject, outcome.
 *
 * @since 0.2.0
 * @category rendering
 */
export const render: (step: Step) => string = Step.$match({
  RuleCompared: ({ index, mismatch, provider }) =>
    `rule: urls[${index}]: ${Option.match(mismatch, { onNone: () => provider, onSome: mismatchOf })}`,
  ProviderClaimed: ({ provider }) => `rule: built-in: ${provider}`,
  SourceAsked: ({ outcome, source }) => `source: ${source}: ${outcomeOf(outcome)}`,
  FileRead: ({ path }) => `file: ${path}: read`,
  DockerConfigSearched: ({ host, path, result }) => `file: ${path}: ${searched(result)(host)}`,
  CredsStoreSkipped: ({ helper, path }) => `file: ${path}: its credsStore is skipped, ${helper} is not installed`,
  VariableIgnored: ({ name, reason }) => `variable: ${name}: ignored: ${reason}`,
  HelperRun: ({ helper, outcome }) => `helper: ${helper}: ${outcome}`,
  KeyringAsked: ({ outcome, service }) => `keyring: ${service}: ${outcomeOf(outcome)}`,
  RequestSent: ({ method, outcome, url }) => `request: ${method} ${url}: ${outcome}`,
  Shared: ({ subject }) => `shared: ${subject}`,
  Decided: ({ decision, host }) => `decision: ${host}: ${decision}`,
  NoHeader: ({ host, reason }) => `no header for ${host}: ${reason}`,
  Warned: ({ text }) => `warning: ${text}`
})

/**
 * All steps in order, those of shared work where it was joined.
 *
 * @since 0.2.0
 * @category rendering
 */
export const flatten = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> =>
  steps.flatMap((step) => step._tag === "Shared" ? [step, ...flatten(step.steps)] : [step])

/**
 * What was asked for a credential, in order: `docker config: nothing found`.
 *
 * @since 0.2.0
 * @category rendering
 */
export const sourcesAsked = (steps: ReadonlyArray<Step>): ReadonlyArray<string> =>
  steps.flatMap((step) => step._tag === "SourceAsked" ? [`${step.source}: ${outcomeOf(step.outcome)}`] : [])
