/**
 * The system's keyring, read through the platform's own program: `secret-tool` on Linux, `security` on macOS, PowerShell
 * on Windows.
 *
 * A machine without a keyring, or one that waits for a person to unlock it, is a source that is not available: two
 * seconds at most, never a hang, never the end of a chain.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Provenance from "../domain/Provenance.ts"
import { CredentialNotFound, SourceUnavailable } from "../domain/SourceError.ts"
import { Environment } from "./Environment.ts"
import { Files } from "./Files.ts"
import * as KeyringProgram from "./KeyringProgram.ts"
import { Process, type ProcessFailed } from "./Process.ts"
import * as Timestamp from "./Timestamp.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Keyring extends Context.Tag("CredentialHelper/Keyring")<Keyring, {
  /** The secret of an account of a service; the GitHub CLI and the reference use the account `""`. */
  readonly get: (
    service: string,
    account: string
  ) => Effect.Effect<Redacted.Redacted, CredentialNotFound | SourceUnavailable>
}>() {}

const limit = Duration.seconds(2)

/** After a keyring hung, a chain with five entries must not wait for it five times. */
const avoid = Duration.seconds(10)

const failure = ({ detail, reason }: ProcessFailed): string => {
  if (reason === "Timeout") return `no answer within ${Duration.format(limit)}; is it locked?`
  return reason === "OutputTooLarge" ? "it printed too much" : `${reason.toLowerCase()}: ${detail}`
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const environment = yield* Environment
  const files = yield* Files
  const processes = yield* Process
  const hung = yield* Ref.make(Option.none<Timestamp.Moment>())

  const program = KeyringProgram.forPlatform(environment.platform)

  /** Without one, `secret-tool` would try to start its own. */
  const hasSessionBus = Effect.gen(function*() {
    if (Option.isSome(yield* environment.get("DBUS_SESSION_BUS_ADDRESS"))) return true
    const folder = yield* environment.get("XDG_RUNTIME_DIR")
    return Option.isSome(folder) && (yield* files.exists(`${folder.value}/bus`))
  })

  const locate = Effect.fnUntraced(function*(source: string) {
    const unavailable = (reason: string) => new SourceUnavailable({ source, reason })
    if (program.needsSessionBus && !(yield* hasSessionBus)) return yield* unavailable("no session bus")
    // A keyring cannot be watched: the answer goes stale with time alone.
    yield* Provenance.input({ _tag: "Program", name: source })
    const path = yield* processes.find(program.name)
    return yield* Option.match(path, {
      onNone: () => unavailable(`${program.name} is not on PATH: ${program.hint}`),
      onSome: Effect.succeed
    })
  })

  const run = Effect.fnUntraced(function*(path: string, source: string, service: string, account: string) {
    const unavailable = (reason: string) => new SourceUnavailable({ source, reason })
    const now = yield* Timestamp.now
    const since = Option.flatMap(yield* Ref.get(hung), (then) => Timestamp.between(then, now))
    if (Option.exists(since, (age) => age < Duration.toMillis(avoid))) return yield* unavailable("it hung a moment ago")
    return yield* processes.run({
      program: path,
      args: program.args(service, account),
      stdin: program.stdin(service, account),
      timeout: limit
    }).pipe(
      Effect.tapError(({ reason }) =>
        Effect.when(
          Effect.flatMap(Timestamp.now, (moment) => Ref.set(hung, Option.some(moment))),
          () => reason === "Timeout"
        )
      ),
      Effect.mapError((error) => unavailable(failure(error)))
    )
  })

  const ask = Effect.fn("Keyring.ask")(function*(source: string, service: string, account: string) {
    const unavailable = (reason: string) => new SourceUnavailable({ source, reason })
    if (/\p{Cc}/u.test(service + account)) return yield* unavailable("the name has control characters")
    const output = yield* run(yield* locate(source), source, service, account)
    if (program.isAbsent(output)) return yield* new CredentialNotFound({ source })
    if (output.exitCode !== 0) return yield* unavailable(`${program.name} ended with exit code ${output.exitCode}`)
    const secret = program.secret(Redacted.value(output.stdout))
    if (Option.isNone(secret)) return yield* unavailable("the entry is not encoded as go-keyring does it")
    return secret.value === "" ? yield* new CredentialNotFound({ source }) : Redacted.make(secret.value)
  })

  return Keyring.of({
    get: (service, account) => {
      const source = `keyring ${service}`
      const step = (outcome: string) => Provenance.step({ kind: "keyring", subject: service, outcome })
      return Effect.tapBoth(ask(source, service, account), {
        onSuccess: () => step("found"),
        onFailure: (error) => step(error._tag === "CredentialNotFound" ? "nothing found" : error.reason)
      })
    }
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Keyring, never, Environment | Files | Process> = Layer.effect(Keyring, make)
