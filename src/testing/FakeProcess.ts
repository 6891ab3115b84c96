/**
 * Programs that hold credentials, `docker-credential-*` above all, without the programs: in memory as a `Process`
 * layer, or as real scripts in a folder of the search path.
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
 * What a program prints, and how it ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly stdout?: string
  readonly stderr?: string
  readonly exit?: number
  /** How long it takes. */
  readonly delay?: Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FakeProcess {
  /** Replies by what stands on stdin; `*` is for everything else. */
  readonly responses: Readonly<Record<string, Reply>>
  /** Is a line break behind the key a different key? */
  readonly exactStdin?: boolean
}

/**
 * The word of docker's helpers for "I hold nothing for this registry".
 *
 * @since 0.1.0
 * @category constructors
 */
export const notFound: Reply = { stdout: "credentials not found in native keychain\n", exit: 1 }

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/**
 * A helper that works: it holds these credentials, by registry, and nothing else.
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

const replyTo = (helper: FakeProcess, stdin: string): Reply => {
  const key = helper.exactStdin === true ? stdin : stdin.trim()
  const { responses } = helper
  return (Object.hasOwn(responses, key) ? responses[key] : responses["*"]) ?? notFound
}

/**
 * What has been started so far, in memory.
 *
 * @since 0.1.0
 * @category context
 */
export class Started extends Context.Tag("CredentialHelper/testing/FakeProcess/Started")<
  Started,
  Ref.Ref<ReadonlyArray<Invocation>>
>() {}

const folder = "/fake/bin"

/**
 * `Process` over helpers by the name of their program.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  helpers: Readonly<Record<string, FakeProcess>>,
  started: Ref.Ref<ReadonlyArray<Invocation>>
): Process["Type"] => {
  const helperOf = (program: string) => {
    const name = program.slice(folder.length + 1)
    return Option.liftPredicate((_: string) => Object.hasOwn(helpers, _))(name).pipe(
      Option.flatMapNullable((name) => helpers[name])
    )
  }
  return Process.of({
    searchPath: Effect.succeed([folder]),
    find: (name) => Effect.sync(() => Option.as(helperOf(`${folder}/${name}`), `${folder}/${name}`)),
    run: (invocation) =>
      Effect.gen(function*() {
        yield* Ref.update(started, (all) => [...all, invocation])
        const { program, stdin, timeout } = invocation
        const helper = helperOf(program)
        if (Option.isNone(helper)) return yield* new ProcessFailed({ program, reason: "Start", detail: "ENOENT" })
        const { delay = 0, exit = 0, stderr = "", stdout = "" } = replyTo(helper.value, stdin)
        const slow = Duration.greaterThan(delay, timeout)
        yield* Effect.sleep(slow ? timeout : delay)
        if (slow) return yield* new ProcessFailed({ program, reason: "Timeout", detail: "" })
        return { exitCode: exit, stdout: Redacted.make(stdout), stderr: Redacted.make(stderr) }
      })
  })
}

/**
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
 * The same helper as a script for `/bin/sh`.
 *
 * @since 0.1.0
 * @category rendering
 */
export const script = (helper: FakeProcess): string => {
  const { "*": other = notFound, ...responses } = helper.responses
  return [
    "#!/bin/sh",
    // The caller's PATH may hold nothing but this helper.
    `PATH="$PATH:/usr/bin:/bin"`,
    `[ "$1" = get ] || { echo "usage: $0 get" >&2; exit 2; }`,
    // `read` fails at the end of the input, and succeeds at a line break.
    `if IFS= read -r key; then ${helper.exactStdin === true ? `key="$key (and a line break)"` : ":"}; fi`,
    `case "$key" in`,
    ...Object.entries(responses).map(([key, reply]) => `${quoted(key)}) ${commands(reply)} ;;`),
    `*) ${commands(other)} ;;`,
    "esac",
    ""
  ].join("\n")
}

/**
 * Writes an executable script into a folder, and gives back its path.
 *
 * @since 0.1.0
 * @category rendering
 */
export const write = (
  folder: string,
  name: string,
  helper: FakeProcess
): Effect.Effect<string, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = `${folder}/${name}`
    yield* fs.writeFileString(path, script(helper))
    yield* fs.chmod(path, 0o755)
    return path
  })
