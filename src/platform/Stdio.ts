/**
 * The standard streams. Stdin is always read to its end so that the writer never blocks, a write to stdout succeeds only
 * once the system has accepted it, and stderr stays below the 64 KiB at which Bazel would block.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { ExitCode } from "../domain/ExitCode.ts"
import { RequestInvalid } from "../domain/GetCredentials.ts"
import * as SystemError from "./SystemError.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Stdio extends Context.Tag("CredentialHelper/Stdio")<Stdio, {
  /** All of stdin, at most 1 MiB. */
  readonly stdin: Effect.Effect<string, RequestInvalid>
  /** Whether stdin is a TTY. */
  readonly interactive: boolean
  /** Whether stderr is a TTY. */
  readonly terminal: boolean
  readonly stdout: (text: string) => Effect.Effect<void, OutputFailed>
  /** At most 48 KiB in total; anything beyond is dropped, and a failure to write is ignored. */
  readonly stderr: (text: string) => Effect.Effect<void>
}>() {}

const stdinLimitBytes = 1024 * 1024
const stderrLimitBytes = 48 * 1024

const tooLarge = new RequestInvalid({
  reason: "stdin is larger than 1 MiB",
  expected: "A request is one small JSON object"
})

const unreadable = new RequestInvalid({ reason: "stdin cannot be read", expected: "Write the request to stdin" })

const decode = (chunks: ReadonlyArray<Buffer>, size: number): Effect.Effect<string, RequestInvalid> =>
  size <= stdinLimitBytes ? Effect.succeed(Buffer.concat(chunks).toString("utf8")) : tooLarge

const readAll = Effect.async<string, RequestInvalid>((resume) => {
  const chunks: Array<Buffer> = []
  let size = 0
  const onData = (chunk: Buffer) => {
    size += chunk.length
    if (size <= stdinLimitBytes) chunks.push(chunk)
    else onEnd()
  }
  const onEnd = () => resume(decode(chunks, size))
  const onError = () => resume(unreadable)
  process.stdin.on("data", onData).on("end", onEnd).on("error", onError)
  return Effect.sync(() => process.stdin.off("data", onData).off("end", onEnd).off("error", onError).pause())
}).pipe(
  // If stdin is a directory, Bun throws where Node.js emits an error.
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

const make = (stdin: Stdio["Type"]["stdin"], interactive: boolean): Effect.Effect<Stdio["Type"]> =>
  Effect.map(Ref.make(0), (written) =>
    Stdio.of({
      stdin,
      interactive,
      terminal: process.stderr.isTTY === true,
      stdout: (text) =>
        Effect.mapError(
          write(process.stdout, text),
          (error) => new OutputFailed({ code: SystemError.codeOf(error) ?? "unknown error" })
        ),
      stderr: (text) =>
        Effect.flatMap(
          Ref.updateAndGet(written, (size) => size + Buffer.byteLength(text)),
          (size) => size > stderrLimitBytes ? Effect.void : Effect.ignore(write(process.stderr, text))
        )
    }))

/**
 * The streams of this process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromProcess: Effect.Effect<Stdio["Type"]> = Effect.suspend(() =>
  make(readAll, process.stdin.isTTY === true)
)

/**
 * The streams of this process, whose stdin has already been read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromText = (text: string): Effect.Effect<Stdio["Type"]> =>
  make(Buffer.byteLength(text) <= stdinLimitBytes ? Effect.succeed(text) : tooLarge, false)

/**
 * Writing to stdout failed.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputFailed extends Data.TaggedError("OutputFailed")<{
  /** The system error code, such as `EPIPE` or `ENOSPC`. */
  readonly code: string
}> {
  readonly exitCode = ExitCode.output
  override get message(): string {
    return `cannot write to stdout (${this.code}). Check that the disk is not full and that the reader is still running.`
  }
}
