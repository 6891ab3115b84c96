/**
 * The standard streams of a command: stdin from a test, and what was written to stdout and stderr.
 *
 * ```ts
 * Effect.gen(function*() {
 *   // … the code under test, which needs `Stdio` …
 *   const { stdout } = yield* FakeStdio.Written
 *   assert.strictEqual(yield* stdout, "credential-helper 0.1.0\n")
 * }).pipe(Effect.provide(FakeStdio.layer({ stdin: "{}" })))
 * ```
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { OutputFailed, Stdio } from "../platform/Stdio.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The content of stdin; empty by default. `null` for a stdin that is never closed. */
  readonly stdin?: string | null
  /** Whether stdin is a TTY; false by default. */
  readonly interactive?: boolean
  /** Whether stderr is a TTY; false by default. */
  readonly terminal?: boolean
  /** The system error code with which every write to stdout fails, such as `ENOSPC`. */
  readonly stdoutError?: string
}

/**
 * What has been written so far.
 *
 * @since 0.2.0
 * @category context
 */
export class Written extends Context.Tag("CredentialHelper/testing/FakeStdio/Written")<Written, {
  readonly stdout: Effect.Effect<string>
  readonly stderr: Effect.Effect<string>
}>() {}

/**
 * The streams, and what has been written to them.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (
  { interactive = false, stdin = "", stdoutError, terminal = false }: Options = {}
): Effect.Effect<{ readonly stdio: Stdio["Type"]; readonly written: Written["Type"] }> =>
  Effect.gen(function*() {
    const stdout = yield* Ref.make("")
    const stderr = yield* Ref.make("")
    const append = (text: string) => (all: string) => all + text
    return {
      stdio: {
        stdin: stdin === null ? Effect.never : Effect.succeed(stdin),
        interactive,
        terminal,
        stdout: (text) =>
          stdoutError === undefined
            ? Ref.update(stdout, append(text))
            : new OutputFailed({ code: stdoutError }),
        stderr: (text) => Ref.update(stderr, append(text))
      },
      written: { stdout: Ref.get(stdout), stderr: Ref.get(stderr) }
    }
  })

/**
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Stdio | Written> =>
  Layer.effectContext(
    Effect.map(make(options), ({ stdio, written }) => Context.make(Stdio, stdio).pipe(Context.add(Written, written)))
  )
