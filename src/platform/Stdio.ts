/**
 * The three standard streams, with what callers demand of them: stdin is read to its end, a write counts only when the
 * system took it, and stderr stays far below the 64 KiB at which Bazel would block.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { ExitCode } from "../domain/ExitCode.ts"
import { RequestInvalid } from "../domain/GetCredentials.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Stdio extends Context.Tag("CredentialHelper/Stdio")<Stdio, {
  /** Everything on stdin, up to 1 MiB; what lies beyond is read too, so that the writer never blocks. */
  readonly stdin: Effect.Effect<string, RequestInvalid>
  /** A person at a terminal, who has to be told that input is awaited? */
  readonly interactive: boolean
  readonly stdout: (text: string) => Effect.Effect<void, OutputFailed>
  /** Up to 48 KiB in all; the rest is dropped. */
  readonly stderr: (text: string) => Effect.Effect<void>
}>() {}

const stdinLimit = 1024 * 1024
const stderrLimit = 48 * 1024

const tooLong = Effect.fail(
  new RequestInvalid({ reason: "stdin holds more than 1 MiB", expected: "A request is one small JSON object" })
)

const unreadable = new RequestInvalid({ reason: "stdin cannot be read", expected: "Give the request on stdin" })

const readAll = Effect.async<string, RequestInvalid>((resume) => {
  const chunks: Array<Buffer> = []
  let size = 0
  const onData = (chunk: Buffer) => {
    size += chunk.length
    if (size <= stdinLimit) chunks.push(chunk)
  }
  const onEnd = () => resume(size <= stdinLimit ? Effect.succeed(Buffer.concat(chunks).toString("utf8")) : tooLong)
  const onError = () => resume(unreadable)
  process.stdin.on("data", onData).on("end", onEnd).on("error", onError)
  return Effect.sync(() => process.stdin.off("data", onData).off("end", onEnd).off("error", onError).pause())
}).pipe(
  // A folder, say: one runtime throws where the other tells.
  Effect.catchAllDefect(() => unreadable)
)

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void, Error> =>
  Effect.async<void, Error>((resume) => {
    const onError = (error: Error) => resume(Effect.fail(error))
    stream.once("error", onError)
    stream.write(text, (error) => {
      if (error === null || error === undefined) stream.off("error", onError)
      resume(error === null || error === undefined ? Effect.void : Effect.fail(error))
    })
  })

const withInput = (stdin: Stdio["Type"]["stdin"], interactive: () => boolean): Effect.Effect<Stdio["Type"]> =>
  Effect.map(Ref.make(0), (written) =>
    Stdio.of({
      stdin,
      interactive: interactive(),
      stdout: (text) =>
        Effect.mapError(
          write(process.stdout, text),
          (error) => new OutputFailed({ code: "code" in error ? String(error.code) : "unknown" })
        ),
      // Nobody is left to hear about a stderr that is closed.
      stderr: (text) =>
        Effect.flatMap(
          Ref.updateAndGet(written, (size) => size + Buffer.byteLength(text)),
          (size) => size > stderrLimit ? Effect.void : Effect.ignore(write(process.stderr, text))
        )
    }))

/**
 * The streams of this process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromProcess: Effect.Effect<Stdio["Type"]> = withInput(readAll, () => process.stdin.isTTY === true)

/**
 * The streams of this process, whose stdin has been read already.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromText = (text: string): Effect.Effect<Stdio["Type"]> =>
  withInput(Buffer.byteLength(text) <= stdinLimit ? Effect.succeed(text) : tooLong, () => false)

/**
 * The answer could not be written.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputFailed extends Data.TaggedError("OutputFailed")<{
  /** The system's error code, such as `EPIPE` or `ENOSPC`. */
  readonly code: string
}> {
  readonly exitCode = ExitCode.output
  override get message(): string {
    return `the answer cannot be written to stdout (${this.code}). Is the disk full, or has the reader gone?`
  }
}
