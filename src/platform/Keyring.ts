/**
 * Reads the system's keyring through the platform's own program: `secret-tool` on Linux, `security` on macOS, PowerShell
 * on Windows.
 *
 * A missing or locked keyring makes the source unavailable after two seconds at most. It never blocks a lookup and never
 * ends a chain.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Provenance from "../domain/Provenance.ts"
import { Environment } from "./Environment.ts"
import { Files } from "./Files.ts"
import * as KeyringProgram from "./KeyringProgram.ts"
import { type Invocation, type Output, Process, type ProcessFailed } from "./Process.ts"
import * as Timestamp from "./Timestamp.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Keyring extends Context.Tag("CredentialHelper/Keyring")<Keyring, {
  /**
   * The secret that is stored for an account of a service; `None` if there is none. The GitHub CLI and
   * tweag/credential-helper store theirs under the account `""`.
   */
  readonly get: (
    service: string,
    account: string
  ) => Effect.Effect<Option.Option<Redacted.Redacted>, KeyringUnavailable>
}>() {}

/**
 * This machine has no keyring, or it is locked or broken.
 *
 * @since 0.2.0
 * @category errors
 */
export class KeyringUnavailable extends Data.TaggedError("KeyringUnavailable")<{
  readonly reason: string
}> {
  override get message(): string {
    return `the keyring is not available (${this.reason}).`
  }
}

const unavailable = (reason: string): KeyringUnavailable => new KeyringUnavailable({ reason })

const timeout = Duration.seconds(2)

/** After a timeout, so that a chain with five entries does not wait five times. */
const cooldown = Duration.seconds(10)

const failure = (name: string, { detail, reason }: ProcessFailed): KeyringUnavailable => {
  switch (reason) {
    case "Start":
      return unavailable(`${name} cannot be started (${detail})`)
    case "Killed":
      return unavailable(`${name} was killed (${detail})`)
    case "OutputTooLarge":
      return unavailable(`the output of ${name} is too large`)
    case "Timeout":
      return unavailable(`no response within ${Duration.toSeconds(timeout)} s, it may be locked`)
  }
}

/** Fails at once while the last timeout is less than the cooldown ago. */
const withCooldown = Effect.map(Ref.make(Option.none<Timestamp.Timestamp>()), (lastTimeout) => {
  const isCoolingDown = Effect.gen(function*() {
    const then = yield* Ref.get(lastTimeout)
    const age = Option.isNone(then) ? Option.none() : yield* Timestamp.since(then.value)
    return Option.exists(age, (age) => age < Duration.toMillis(cooldown))
  })
  const remember = Effect.flatMap(Timestamp.now, (now) => Ref.set(lastTimeout, Option.some(now)))
  return <A>(name: string, run: Effect.Effect<A, ProcessFailed>): Effect.Effect<A, KeyringUnavailable> =>
    Effect.gen(function*() {
      if (yield* isCoolingDown) {
        return yield* unavailable(`skipped: it timed out less than ${Duration.toSeconds(cooldown)} s ago`)
      }
      return yield* run.pipe(
        Effect.tapError(({ reason }) => Effect.when(remember, () => reason === "Timeout")),
        Effect.mapError((error) => failure(name, error))
      )
    })
})

const secretIn = (
  program: KeyringProgram.KeyringProgram,
  output: Output
): Effect.Effect<Option.Option<Redacted.Redacted>, KeyringUnavailable> => {
  if (program.isAbsent(output)) return Effect.succeedNone
  if (output.exitCode !== 0) return unavailable(`${program.name} failed with exit code ${output.exitCode}`)
  return Option.match(program.secret(Redacted.value(output.stdout)), {
    onNone: () => unavailable("the entry is not valid in go-keyring's encoding"),
    onSome: (secret) => Effect.succeed(secret === "" ? Option.none() : Option.some(Redacted.make(secret)))
  })
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const environment = yield* Environment
  const files = yield* Files
  const processes = yield* Process
  const limited = yield* withCooldown
  const program = KeyringProgram.forPlatform(environment.platform)

  /** Without a session bus, `secret-tool` would try to start one. */
  const hasSessionBus = Effect.gen(function*() {
    if (Option.isSome(yield* environment.get("DBUS_SESSION_BUS_ADDRESS"))) return true
    const directory = yield* environment.get("XDG_RUNTIME_DIR")
    return Option.isSome(directory) && (yield* files.exists(`${directory.value}/bus`))
  })

  const locate = Effect.gen(function*() {
    const path = yield* processes.find(program.name)
    return Option.isSome(path)
      ? path.value
      : yield* unavailable(`${program.name} is not on PATH: ${program.hint}`)
  })

  const query = Effect.fn("Keyring.get")(function*(service: string, account: string) {
    if (/\p{Cc}/u.test(service + account)) return yield* unavailable("the name contains control characters")
    if (program.needsSessionBus && !(yield* hasSessionBus)) return yield* unavailable("no session bus")
    // A keyring cannot be watched: the answer expires with time alone.
    yield* Provenance.input({ _tag: "Program", name: `keyring ${service}` })
    const invocation: Invocation = {
      program: yield* locate,
      args: program.args(service, account),
      stdin: program.stdin(service, account),
      timeout
    }
    return yield* secretIn(program, yield* limited(program.name, processes.run(invocation)))
  })

  return Keyring.of({
    get: (service, account) => {
      const { Found, NothingFound, Unavailable } = Provenance.SourceOutcome
      const step = (outcome: Provenance.SourceOutcome) =>
        Provenance.step(Provenance.Step.KeyringAsked({ service, outcome }))
      return Effect.tapBoth(query(service, account), {
        onSuccess: (secret) => step(Option.isSome(secret) ? Found() : NothingFound()),
        onFailure: ({ reason }) => step(Unavailable({ reason }))
      })
    }
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Keyring, never, Environment | Files | Process> = Layer.effect(Keyring, make)
