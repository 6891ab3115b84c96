/**
 * Programs that a user installed, such as docker-credential-* and secret-tool: found on PATH, run with a time limit.
 *
 * `@effect/platform/Command` is not used for them: it waits for grandchildren that keep stdout open, never sends
 * SIGKILL, and puts the command line into its errors.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ChildProcess from "node:child_process"
import { Environment } from "./Environment.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Invocation {
  /** An absolute path, as `find` gives it. */
  readonly program: string
  /** Never a secret: other users can read a command line. */
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
 * The program could not be started or did not end well.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProcessFailed extends Schema.TaggedError<ProcessFailed>("CredentialHelper/ProcessFailed")(
  "ProcessFailed",
  {
    program: Schema.String,
    reason: Schema.Literal("Start", "Killed", "OutputTooLarge", "Timeout"),
    detail: Schema.String
  }
) {}

/**
 * @since 0.1.0
 * @category context
 */
export class Process extends Context.Tag("CredentialHelper/Process")<Process, {
  /** The absolute path of an executable on the caller's PATH. */
  readonly find: (name: string) => Effect.Effect<Option.Option<string>>
  /** The folders that `find` looks in: the absolute ones of PATH. */
  readonly searchPath: Effect.Effect<ReadonlyArray<string>>
  /** Runs a program in the caller's environment and collects what it prints. */
  readonly run: (invocation: Invocation) => Effect.Effect<Output, ProcessFailed>
}>() {}

const outputLimit = 1024 * 1024

/** The child leads its own process group, so that whatever it started dies with it. */
const killGroup = (child: ChildProcess.ChildProcess): void => {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL")
    else child.kill("SIGKILL")
  } catch {
    // It has gone already.
  }
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? `${error.code}` : "cannot be started"

/** Most failures to start come as an event of the child; some, such as ETXTBSY, are thrown. */
const start = (
  { args, program }: Invocation,
  env: Record<string, string>,
  cwd: string
): ChildProcess.ChildProcessWithoutNullStreams | ProcessFailed => {
  try {
    return ChildProcess.spawn(program, args, { env, cwd, detached: true, stdio: "pipe", windowsHide: true })
  } catch (error) {
    return new ProcessFailed({ program, reason: "Start", detail: codeOf(error) })
  }
}

const spawn = (
  invocation: Invocation,
  env: Record<string, string>,
  cwd: string
): Effect.Effect<Output, ProcessFailed> =>
  Effect.async<Output, ProcessFailed>((resume) => {
    const child = start(invocation, env, cwd)
    if (child instanceof ProcessFailed) return resume(child)
    // A signal ends this process without waiting for anything.
    const orphan = () => killGroup(child)
    process.once("exit", orphan)
    const end = (result: Effect.Effect<Output, ProcessFailed>) => {
      process.off("exit", orphan)
      // Whoever else holds the pipes, a daemon that the helper started, must not keep us.
      child.stdout?.destroy()
      child.stderr?.destroy()
      resume(result)
    }
    const fail = (reason: ProcessFailed["reason"], detail: string) => {
      killGroup(child)
      end(new ProcessFailed({ program: invocation.program, reason, detail }))
    }
    child.on("error", (error) => fail("Start", codeOf(error)))
    // Without a process there need not be pipes either (EMFILE); the error is on its way.
    if (child.pid === undefined) return
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    let size = 0
    const collect = (into: Array<Buffer>) => (chunk: Buffer) => {
      into.push(chunk)
      size += chunk.length
      if (size > outputLimit) fail("OutputTooLarge", `more than ${outputLimit} bytes`)
    }
    const text = (chunks: Array<Buffer>) => Redacted.make(Buffer.concat(chunks).toString("utf8"))
    const done = (code: number | null, signal: NodeJS.Signals | null) =>
      code === null
        ? fail("Killed", `${signal}`)
        : end(Effect.succeed({ exitCode: code, stdout: text(out), stderr: text(err) }))
    child.stdout.on("data", collect(out))
    child.stderr.on("data", collect(err))
    // A grandchild may keep stdout open for ever; what the helper itself printed is here shortly after its exit: what is
    // in the pipes is read between the timer and the callback, however busy we are.
    child.on("close", done)
    // @effect-diagnostics-next-line globalTimers:off
    child.on("exit", (code, signal) => setTimeout(() => setImmediate(done, code, signal), 50).unref())
    // A helper may answer without reading its stdin.
    child.stdin.on("error", () => undefined)
    child.stdin.end(invocation.stdin)
    return Effect.sync(() => fail("Killed", "interrupted"))
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
      Option.getOrElse(path, () => "").split(windows ? ";" : ":").filter((folder) =>
        (windows ? /^[A-Za-z]:[\\/]/ : /^\//).test(folder)
      )
  )

  const executable = (path: string) =>
    fs.stat(path).pipe(
      Effect.map((info) => info.type === "File" && (windows || (info.mode & 0o111) !== 0)),
      Effect.orElseSucceed(() => false)
    )

  return Process.of({
    searchPath,
    find: Effect.fn("Process.find")(function*(name: string) {
      const file = windows && !name.endsWith(".exe") ? `${name}.exe` : name
      const candidates = (yield* searchPath).map((folder) => `${folder}/${file}`)
      return yield* Effect.findFirst(candidates, executable)
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
