/**
 * Runs a command with the live layers, to the one line and the exit code that a failure ends in.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { budget, CredentialHelper } from "../CredentialHelper.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import * as Report from "../domain/Report.ts"
import * as Node from "../Node.ts"
import * as Deadline from "../platform/Deadline.ts"
import * as Environment from "../platform/Environment.ts"
import * as Stdio from "../platform/Stdio.ts"
import * as Get from "./commands/Get.ts"
import * as Logging from "./Logging.ts"
import type { ProgramError } from "./ProgramError.ts"

/**
 * What a command may need.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = CredentialHelper | Environment.Environment | Stdio.Stdio

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Milliseconds for putting things back, such as the agent's socket; then the program ends whatever is left. */
const grace = 300

/** A signal ends the program at once: Bazel sends one SIGTERM and then waits for ever. Terminals may send several. */
const onSignal = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): void => {
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => {
      if (process.exitCode !== undefined) return
      process.exitCode = code
      Effect.runFork(Fiber.interruptFork(fiber))
      Effect.runFork(Effect.delay(Effect.sync(() => process.exit()), grace))
    })
  }
}

/** The runtime logs the failure of each forked fiber, which its parent reports in words that help. */
const withoutFiberFailures = Effect.withUnhandledErrorLogLevel(Option.none())

/**
 * Runs a command to its exit code. A failure is reported in one line on stderr.
 *
 * @since 0.2.0
 * @category running
 */
export const exitCode = <R>(
  command: Effect.Effect<void, ProgramError, R>
): Effect.Effect<number, never, R | Environment.Environment | Stdio.Stdio> =>
  command.pipe(
    Effect.as(0),
    Effect.catchAllCause((cause) =>
      Effect.flatMap(Stdio.Stdio, ({ stderr }) => Effect.as(stderr(Report.line(cause)), Report.code(cause)))
    ),
    withoutFiberFailures,
    Logging.logged
  )

/**
 * Runs a command to the end of the process.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (
  command: Effect.Effect<void, ProgramError, Services>,
  stdio: Effect.Effect<Stdio.Stdio["Type"]> = Stdio.fromProcess
): void => {
  const fiber = exitCode(command).pipe(
    Effect.provideServiceEffect(CredentialHelper, Node.make),
    Effect.provideServiceEffect(Stdio.Stdio, stdio),
    Effect.provideServiceEffect(Environment.Environment, Environment.fromProcess),
    Effect.scoped,
    Effect.runFork
  )
  onSignal(fiber)
  fiber.addObserver((exit) =>
    process.exit(
      Exit.isSuccess(exit) ? exit.value : Cause.isInterruptedOnly(exit.cause) ? process.exitCode : ExitCode.defect
    )
  )
}

/** What is left for a lookup, however long an agent was waited for. */
const minLookupMs = 2000

/**
 * `get` in this process. The time that the caller waits began with the process.
 *
 * @since 0.1.0
 * @category running
 */
export const get = (input: string | undefined): void => {
  const command = Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => {
      const left = Math.max(minLookupMs, Duration.toMillis(budget) - performance.now())
      return Effect.provideService(Get.get, Deadline.Deadline, now + left)
    }
  )
  run(command, input === undefined ? Stdio.fromProcess : Stdio.fromText(input))
}
