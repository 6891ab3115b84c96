/**
 * The helper programs of all callers: hundreds of parallel questions start one process.
 *
 * A program's answer is shared between callers with the same variables who got to it over the same inputs: once a docker
 * config has changed, its helper is asked again.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Input, Recorder } from "../domain/Provenance.ts"
import * as Environment from "../platform/Environment.ts"
import * as Process from "../platform/Process.ts"
import * as Tokens from "../registry/Tokens.ts"

type Answer = Deferred.Deferred<Process.Output, Process.ProcessFailed>

/**
 * What is kept between callers.
 *
 * @since 0.1.0
 * @category context
 */
export class ProcessAnswers extends Context.Tag("CredentialHelper/ProcessAnswers")<ProcessAnswers, {
  readonly answers: Map<string, { readonly answer: Answer; readonly askedAt: number; life: number }>
}>() {}

/**
 * @since 0.1.0
 * @category layers
 */
export const layerAnswers: Layer.Layer<ProcessAnswers> = Layer.sync(ProcessAnswers, () => ({ answers: new Map() }))

/** Docker's helpers give no expiry; some of their tokens live for five minutes. */
const life = Duration.toMillis("4 minutes")

/** When an answer is renewed, one of this age is still new: many renewals ask once. */
const recent = Duration.toMillis("10 seconds")

const capacity = 1000

const print = (input: Input): string => input._tag === "Program" ? input.name : `${input._tag} ${input.fingerprint}`

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
    const { variables } = yield* Environment.Environment
    const { answers } = yield* ProcessAnswers

    const keyOf = (invocation: Process.Invocation, inputs: ReadonlyArray<Input>): string =>
      Environment.fingerprint(
        [
          invocation.program,
          ...invocation.args,
          invocation.stdin,
          ...inputs.map(print),
          ...[...variables].map(([name, value]) => `${name}=${value}`).sort()
        ].join("\n")
      )

    const ask = (key: string, invocation: Process.Invocation, askedAt: number) =>
      Effect.gen(function*() {
        const answer: Answer = yield* Deferred.make<Process.Output, Process.ProcessFailed>()
        const entry = { answer, askedAt, life }
        answers.delete(key)
        answers.set(key, entry)
        for (const oldest of answers.keys()) {
          if (answers.size <= capacity) break
          answers.delete(oldest)
        }
        const forget = Effect.sync(() => answers.delete(key))
        return yield* process.run(invocation).pipe(
          // "Not found" is said with an exit code too: it is worth a moment, not more.
          Effect.tap(({ exitCode }) => Effect.sync(() => entry.life = exitCode === 0 ? life : recent)),
          Effect.tapErrorCause(() => forget),
          Effect.onInterrupt(() =>
            Effect.zipRight(
              forget,
              Deferred.fail(
                answer,
                new Process.ProcessFailed({ program: invocation.program, reason: "Timeout", detail: "" })
              )
            )
          ),
          Effect.onExit((exit) => Deferred.done(answer, exit))
        )
      })

    return Process.Process.of({
      ...process,
      run: (invocation) =>
        Effect.gen(function*() {
          const inputs = yield* (yield* Recorder).inputs
          if (Option.isNone(inputs)) return yield* process.run(invocation)
          const key = keyOf(invocation, inputs.value)
          const now = yield* Clock.currentTimeMillis
          const known = answers.get(key)
          const renew = yield* Tokens.Renew
          return known !== undefined && now - known.askedAt < (renew ? recent : known.life)
            ? yield* Deferred.await(known.answer)
            : yield* ask(key, invocation, now)
        })
    })
  })
)
