/**
 * Fake helper executables such as `docker-credential-*`: in memory, as a `Process` layer, or as scripts in a directory of
 * the search path.
 *
 * ```ts
 * const keychain = FakeProcess.holding({ "ghcr.io": { username: "u", secret: "s" } })
 * FakeProcess.layer({ "docker-credential-keychain": keychain })
 * ```
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { type Invocation, Process, ProcessFailed } from "../platform/Process.ts"

/**
 * What an executable prints, and its exit code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly stdout?: string
  readonly stderr?: string
  /** The exit code; 0 by default. */
  readonly exit?: number
  /** How long it runs. */
  readonly delay?: Duration.DurationInput
}

/**
 * An executable that reads a key from stdin when it is started with the argument `get`. With another one, it fails.
 *
 * @since 0.1.0
 * @category models
 */
export interface FakeProcess {
  /** Replies by key; `*` is for every other key. */
  readonly responses: Readonly<Record<string, Reply>>
  /** Whether whitespace around the key, such as a trailing newline, makes it a different key; false by default. */
  readonly exactStdin?: boolean
}

/**
 * How docker's helpers report that they have no credential for a registry.
 *
 * @since 0.1.0
 * @category constructors
 */
export const notFound: Reply = { stdout: "credentials not found in native keychain\n", exit: 1 }

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/**
 * A helper with these credentials by registry, and no others.
 *
 * @since 0.1.0
 * @category constructors
 */
export const holding = (
  credentials: Readonly<Record<string, { readonly username: string; readonly secret: string }>>
): FakeProcess => ({
  responses: Object.fromEntries(
    Object.entries(credentials).map(([key, { secret, username }]) => [
      key,
      { stdout: encodeJson({ ServerURL: key, Username: username, Secret: secret }) }
    ])
  )
})

/** Docker's helpers have other commands, but nothing here starts them. */
const usage: Reply = { stderr: "usage: get\n", exit: 2 }

const replyTo = (helper: FakeProcess, args: ReadonlyArray<string>, stdin: string): Reply => {
  if (args[0] !== "get") return usage
  const key = helper.exactStdin === true ? stdin : stdin.trim()
  const { responses } = helper
  return (Object.hasOwn(responses, key) ? responses[key] : responses["*"]) ?? notFound
}

/**
 * What has been started so far by the in-memory layer.
 *
 * @since 0.1.0
 * @category context
 */
export class Started extends Context.Tag("CredentialHelper/testing/FakeProcess/Started")<
  Started,
  Ref.Ref<ReadonlyArray<Invocation>>
>() {}

const directory = "/fake/bin"

/**
 * A `Process` that finds these executables, by name, and adds what it starts to `started`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  helpers: Readonly<Record<string, FakeProcess>>,
  started: Ref.Ref<ReadonlyArray<Invocation>>
): Process["Type"] => {
  const helperOf = (program: string) => {
    const name = program.slice(directory.length + 1)
    return Option.liftPredicate((_: string) => Object.hasOwn(helpers, _))(name).pipe(
      Option.flatMapNullable((name) => helpers[name])
    )
  }
  return Process.of({
    searchPath: Effect.succeed([directory]),
    find: (name) => Effect.sync(() => Option.as(helperOf(`${directory}/${name}`), `${directory}/${name}`)),
    run: (invocation) =>
      Effect.gen(function*() {
        yield* Ref.update(started, (all) => [...all, invocation])
        const { args, program, stdin, timeout } = invocation
        const helper = helperOf(program)
        if (Option.isNone(helper)) return yield* new ProcessFailed({ program, reason: "Start", detail: "ENOENT" })
        const { delay = 0, exit = 0, stderr = "", stdout = "" } = replyTo(helper.value, args, stdin)
        const slow = Duration.greaterThan(delay, timeout)
        yield* Effect.sleep(slow ? timeout : delay)
        if (slow) return yield* new ProcessFailed({ program, reason: "Timeout", detail: "" })
        return { exitCode: exit, stdout: Redacted.make(stdout), stderr: Redacted.make(stderr) }
      })
  })
}

/**
 * A `Process` that finds these executables, by name, and what it has started.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  helpers: Readonly<Record<string, FakeProcess>> = {}
): Layer.Layer<Process | Started> =>
  Layer.effectContext(
    Effect.map(Ref.make<ReadonlyArray<Invocation>>([]), (started) =>
      Context.make(Started, started).pipe(Context.add(Process, make(helpers, started))))
  )

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const commands = ({ delay = 0, exit = 0, stderr = "", stdout = "" }: Reply): string =>
  [
    Duration.toMillis(delay) > 0 ? `sleep ${Duration.toSeconds(delay)}` : "",
    stderr === "" ? "" : `printf %s ${quoted(stderr)} >&2`,
    stdout === "" ? "" : `printf %s ${quoted(stdout)}`,
    `exit ${exit}`
  ].filter((line) => line !== "").join("; ")

/**
 * The executable as a script for `/bin/sh`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const script = (helper: FakeProcess): string => {
  const { "*": other = notFound, ...responses } = helper.responses
  return [
    "#!/bin/sh",
    // The caller's PATH may contain nothing but this script.
    `PATH="$PATH:/usr/bin:/bin"`,
    `[ "$1" = get ] || { ${commands(usage)}; }`,
    // `read` drops the spaces around the key; a substitution drops only newlines at its end, which the x protects.
    helper.exactStdin === true ? `key=$(cat; echo x); key=\${key%x}` : "read -r key",
    `case "$key" in`,
    ...Object.entries(responses).map(([key, reply]) => `${quoted(key)}) ${commands(reply)} ;;`),
    `*) ${commands(other)} ;;`,
    "esac",
    ""
  ].join("\n")
}

/**
 * Writes the executable as a script into a directory, and returns its path.
 *
 * @since 0.1.0
 * @category running
 */
export const write = (
  directory: string,
  name: string,
  helper: FakeProcess
): Effect.Effect<string, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = `${directory}/${name}`
    yield* fs.writeFileString(path, script(helper))
    yield* fs.chmod(path, 0o755)
    return path
  })
