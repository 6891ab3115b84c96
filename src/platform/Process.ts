/**
 * Runs programs that the user installed, such as `docker-credential-*` and `secret-tool`: looked up on PATH, with a timeout.
 *
 * Does not use `@effect/platform/Command`, which waits for grandchildren that keep stdout open, never sends SIGKILL, and
 * puts the command line into its errors.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ChildProcess from "node:child_process"
import { Environment } from "./Environment.ts"
import * as SystemError from "./SystemError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Invocation {
  /** An absolute path, as returned by `find`. */
  readonly program: string
  /** Must not contain a secret: other users can read the command line. */
  readonly args: ReadonlyArray<string>
  readonly stdin: string
  readonly timeout: Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Output {
  readonly exitCode: number
  readonly stdout: Redacted.Redacted
  readonly stderr: Redacted.Redacted
}

/**
 * The program could not be started, was killed, printed too much, or timed out. Callers map it to an error of their own.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProcessFailed extends Data.TaggedError("ProcessFailed")<{
  readonly program: string
  readonly reason: "Start" | "Killed" | "OutputTooLarge" | "Timeout"
  /** The system error code, the signal, or the limit; never output of the program. */
  readonly detail: string
}> {}

/**
 * @since 0.1.0
 * @category context
 */
export class Process extends Context.Tag("CredentialHelper/Process")<Process, {
  /** The absolute path of an executable on the caller's PATH. */
  readonly find: (name: string) => Effect.Effect<Option.Option<string>>
  /** The directories that `find` searches: the absolute ones of PATH. */
  readonly searchPath: Effect.Effect<ReadonlyArray<string>>
  /** Runs a program in the caller's environment and collects its output. A nonzero exit code is not an error. */
  readonly run: (invocation: Invocation) => Effect.Effect<Output, ProcessFailed>
}>() {}

const outputLimitBytes = 1024 * 1024

/** How long after "exit" to wait for "close", which does not come while a grandchild keeps stdout open. */
const closeTimeoutMs = 50

/** The child leads its own process group, so its descendants are killed with it. */
const killGroup = (child: ChildProcess.ChildProcess): void => {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL")
    else child.kill("SIGKILL")
  } catch {
    // It has already exited.
  }
}

const startFailed = (program: string, error: unknown): ProcessFailed =>
  new ProcessFailed({ program, reason: "Start", detail: SystemError.codeOf(error) ?? "unknown error" })

/** Most start failures are emitted as an event of the child; some, such as ETXTBSY, are thrown. */
const start = (
  { args, program }: Invocation,
  env: Record<string, string>,
  cwd: string
): ChildProcess.ChildProcessWithoutNullStreams | ProcessFailed => {
  try {
    return ChildProcess.spawn(program, args, { env, cwd, detached: true, stdio: "pipe", windowsHide: true })
  } catch (error) {
    return startFailed(program, error)
  }
}

/** Collects both streams. `onTooLarge` is called when their total size exceeds the limit. */
const collect = (child: ChildProcess.ChildProcessWithoutNullStreams, onTooLarge: () => void) => {
  const stdout: Array<Buffer> = []
  const stderr: Array<Buffer> = []
  let size = 0
  const into = (chunks: Array<Buffer>) => (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > outputLimitBytes) onTooLarge()
  }
  child.stdout.on("data", into(stdout))
  child.stderr.on("data", into(stderr))
  const text = (chunks: Array<Buffer>) => Redacted.make(Buffer.concat(chunks).toString("utf8"))
  return (): Omit<Output, "exitCode"> => ({ stdout: text(stdout), stderr: text(stderr) })
}

type OnExit = (code: number | null, signal: NodeJS.Signals | null) => void

/** Calls back once the output that the program itself wrote has been read, even if a grandchild keeps stdout open. */
const onExit = (child: ChildProcess.ChildProcess, exited: OnExit): void => {
  child.on("close", exited)
  // The pipes are read between the timer and setImmediate, however busy the event loop is.
  // @effect-diagnostics-next-line globalTimers:off
  child.on("exit", (code, signal) => setTimeout(() => setImmediate(exited, code, signal), closeTimeoutMs).unref())
}

const spawn = (
  invocation: Invocation,
  env: Record<string, string>,
  cwd: string
): Effect.Effect<Output, ProcessFailed> =>
  Effect.async<Output, ProcessFailed>((resume) => {
    const { program } = invocation
    const child = start(invocation, env, cwd)
    if (child instanceof ProcessFailed) return resume(child)
    // A signal may end this process without running finalizers.
    const killChild = () => killGroup(child)
    process.once("exit", killChild)
    const end = (result: Effect.Effect<Output, ProcessFailed>) => {
      process.off("exit", killChild)
      // A daemon that the program started may hold the other ends; the open pipes would keep this process alive.
      child.stdout?.destroy()
      child.stderr?.destroy()
      resume(result)
    }
    const fail = (error: ProcessFailed) => {
      killGroup(child)
      end(error)
    }
    child.on("error", (error) => fail(startFailed(program, error)))
    // Without a process there may be no pipes either (EMFILE). The "error" event follows.
    if (child.pid === undefined) return
    const output = collect(child, () =>
      fail(new ProcessFailed({ program, reason: "OutputTooLarge", detail: `more than ${outputLimitBytes} bytes` })))
    onExit(child, (code, signal) =>
      code === null
        ? fail(new ProcessFailed({ program, reason: "Killed", detail: `${signal}` }))
        : end(Effect.succeed({ exitCode: code, ...output() })))
    // The program may exit without reading its stdin (EPIPE).
    child.stdin.on("error", () =>
      undefined)
    child.stdin.end(invocation.stdin)
    return Effect.sync(() => fail(new ProcessFailed({ program, reason: "Killed", detail: "interrupted" })))
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const environment = yield* Environment
  const fs = yield* FileSystem.FileSystem
  const windows = environment.platform === "win32"

  // A relative or empty entry would run programs from the workspace.
  const searchPath = Effect.map(
    environment.get(windows ? "Path" : "PATH"),
    (path) =>
      Option.getOrElse(path, () => "").split(windows ? ";" : ":").filter((directory) =>
        (windows ? /^[A-Za-z]:[\\/]/ : /^\//).test(directory)
      )
  )

  const isExecutable = (path: string) =>
    fs.stat(path).pipe(
      Effect.map((info) => info.type === "File" && (windows || (info.mode & 0o111) !== 0)),
      Effect.orElseSucceed(() => false)
    )

  return Process.of({
    searchPath,
    find: Effect.fn("Process.find")(function*(name: string) {
      const file = windows && !name.endsWith(".exe") ? `${name}.exe` : name
      const candidates = (yield* searchPath).map((directory) => `${directory}/${file}`)
      return yield* Effect.findFirst(candidates, isExecutable)
    }),
    run: (invocation) =>
      spawn(invocation, Object.fromEntries(environment.variables), environment.cwd).pipe(
        Effect.timeoutFail({
          duration: invocation.timeout,
          onTimeout: () => new ProcessFailed({ program: invocation.program, reason: "Timeout", detail: "" })
        }),
        Effect.withSpan("Process.run", { attributes: { program: invocation.program } })
      )
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Process, never, Environment | FileSystem.FileSystem> = Layer.effect(Process, make)
