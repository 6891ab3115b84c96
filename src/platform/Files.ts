/**
 * Reads small text files and records each read as an input of the answer.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ExitCode } from "../domain/ExitCode.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Environment } from "./Environment.ts"
import * as SystemError from "./SystemError.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Files extends Context.Tag("CredentialHelper/Files")<Files, {
  /** What is at a path. A file is read if it has at most 1 MiB. */
  readonly read: (path: string) => Effect.Effect<Content, FileUnreadable>
  /**
   * The content of a file of at most 1 MiB, without its byte order mark; `None` if the file does not exist or is a directory.
   */
  readonly readText: (path: string) => Effect.Effect<Option.Option<string>, FileUnreadable>
  /** Whether the file exists. */
  readonly exists: (path: string) => Effect.Effect<boolean>
}>() {}

/**
 * What is at a path.
 *
 * @since 0.2.0
 * @category models
 */
export type Content = Data.TaggedEnum<{
  /** Without its byte order mark; `access` is `None` where the file system does not tell. */
  Text: { readonly text: string; readonly access: Option.Option<Access> }
  Absent: {}
  /** Docker makes one in place of a missing file that it mounts. */
  Directory: {}
  /** `/dev/null` is used for "no file". */
  Device: {}
}>

/**
 * @since 0.2.0
 * @category constructors
 */
export const Content = Data.taggedEnum<Content>()

/**
 * Who may change a file.
 *
 * @since 0.2.0
 * @category models
 */
export interface Access {
  /** The user ID of its owner. */
  readonly owner: number
  /** Any user of the machine may write to it. */
  readonly worldWritable: boolean
}

const accessOf = ({ mode, uid }: FileSystem.File.Info): Option.Option<Access> =>
  Option.map(uid, (owner) => ({ owner, worldWritable: (mode & 0o002) !== 0 }))

/**
 * Who else than the caller and root may have written a file: any user, or the one with this ID.
 *
 * @since 0.2.0
 * @category models
 */
export type Writer = "any user" | number

/**
 * Who else may have written a file; `None` on Windows, which has no such modes. Root may use the files of the user who ran sudo.
 *
 * @since 0.2.0
 * @category accessors
 */
export const writerOf = (
  { platform, uid, variables }: Pick<Environment["Type"], "platform" | "uid" | "variables">,
  access: Option.Option<Access>
): Option.Option<Writer> => {
  if (platform === "win32" || Option.isNone(uid) || Option.isNone(access)) return Option.none()
  const { owner, worldWritable } = access.value
  if (worldWritable) return Option.some("any user")
  const sudo = uid.value === 0 ? Number(variables.get("SUDO_UID") ?? 0) : 0
  return Option.liftPredicate(owner, (owner) => ![0, uid.value, sudo].includes(owner))
}

/**
 * What `NodeFiles` tells about a file.
 *
 * @since 0.2.0
 * @category models
 */
export interface PreciseInfo extends FileSystem.File.Info {
  /** When the content or a property was last changed: nanoseconds since the epoch. */
  readonly changedNs: bigint
}

const isPrecise = (info: FileSystem.File.Info): info is PreciseInfo => "changedNs" in info

/** Configuration files have some KiB. */
const maxBytes = 1024 * 1024

const absent = "absent"
const directory = "directory"
const device = "device"

/** Opening or reading a FIFO or a socket may block forever, and with it a thread of libuv's pool. */
const notRegular = "not regular"

const printOf = (info: FileSystem.File.Info): string =>
  info.type === "Directory"
    ? directory
    : info.type === "CharacterDevice"
    ? device
    : info.type !== "File"
    ? notRegular
    : [
      isPrecise(info) ? info.changedNs : "",
      Option.match(info.mtime, { onNone: () => 0, onSome: (_) => _.getTime() }),
      info.size,
      info.dev,
      Option.getOrElse(info.ino, () => 0)
    ].join(":")

/** ENOTDIR: `/etc/passwd/config.json` does not exist either. */
const isAbsent = (error: PlatformError.PlatformError): boolean =>
  (error._tag === "SystemError" && error.reason === "NotFound") || SystemError.codeOf(error) === "ENOTDIR"

const statOf = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<Option.Option<FileSystem.File.Info>, PlatformError.PlatformError> =>
  Effect.catchIf(Effect.asSome(fs.stat(path)), isAbsent, () => Effect.succeedNone)

/**
 * Identifies the content of a file: the times of its last change and modification, size, device and inode, or `absent`. The
 * time of the last change, which no program can set back, is known for the files of `NodeFiles`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fingerprint = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<string, PlatformError.PlatformError> =>
  Effect.map(statOf(fs, path), Option.match({ onNone: () => absent, onSome: printOf }))

/** The clock of a file system ticks every few milliseconds; of some, in whole seconds. */
const tickNs = (changedNs: bigint): bigint => changedNs % 1_000_000_000n === 0n ? 2_000_000_000n : 20_000_000n

/** Another write within the tick of the last one would leave the fingerprint as it is (git calls such a file racy). */
const isRacy = (info: FileSystem.File.Info, nowMs: number): boolean =>
  isPrecise(info) && info.changedNs + tickNs(info.changedNs) > BigInt(Math.floor(nowMs)) * 1_000_000n

const hintOf = (error: PlatformError.PlatformError): string | undefined =>
  SystemError.isOutOfDescriptors(SystemError.codeOf(error) ?? "") ? "Raise the limit: ulimit -n 1024" : undefined

const reasonOf = (error: PlatformError.PlatformError): string =>
  error._tag === "BadArgument"
    ? "bad path"
    : error.reason === "PermissionDenied"
    ? "permission denied"
    : SystemError.describe(SystemError.codeOf(error) ?? error.reason)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (fs: FileSystem.FileSystem): Files["Type"] => {
  const read = Effect.fn("Files.read")(function*(path: string) {
    const unreadable = (error: PlatformError.PlatformError) =>
      new FileUnreadable({ path, reason: reasonOf(error), hint: hintOf(error) })
    // Taken before the read: a write in between makes the answer look stale, never fresh.
    const info = yield* Effect.mapError(statOf(fs, path), unreadable)
    const print = Option.match(info, { onNone: () => absent, onSome: printOf })
    const racy = Option.isSome(info) && isRacy(info.value, yield* Clock.currentTimeMillis)
    yield* Provenance.input({ _tag: "File", path, fingerprint: racy ? `racy ${print}` : print })
    if (Option.isNone(info)) return Content.Absent()
    if (print === directory) return Content.Directory()
    if (print === device) return Content.Device()
    if (print === notRegular) return yield* new FileUnreadable({ path, reason: "not a regular file" })
    if (info.value.size > maxBytes) {
      const hint = "A configuration file is much smaller: check what is in it"
      return yield* new FileUnreadable({ path, reason: "larger than 1 MiB", hint })
    }
    const text = yield* Effect.mapError(fs.readFileString(path), unreadable)
    yield* Provenance.step(Provenance.Step.FileRead({ path }))
    return Content.Text({ text: text.startsWith("\uFEFF") ? text.slice(1) : text, access: accessOf(info.value) })
  })
  return Files.of({
    read,
    readText: (path) =>
      Effect.map(read(path), (content) => content._tag === "Text" ? Option.some(content.text) : Option.none()),
    exists: (path) =>
      Effect.flatMap(
        Effect.orElseSucceed(fingerprint(fs, path), () => absent),
        (print) =>
          Effect.as(
            Provenance.input({ _tag: "File", path, fingerprint: print }),
            ![absent, directory, device].includes(print)
          )
      )
  })
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Files, never, FileSystem.FileSystem> = Layer.effect(
  Files,
  Effect.map(FileSystem.FileSystem, make)
)

/**
 * A file exists but cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class FileUnreadable extends Data.TaggedError("FileUnreadable")<{
  readonly path: string
  readonly reason: string
  /** What to do, in the imperative and without a full stop; to look at its owner and mode by default. */
  readonly hint?: string | undefined
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    const { hint = `Check its owner and mode: ls -l ${this.path}`, path, reason } = this
    return `${path} cannot be read (${reason}). ${hint}`
  }
}
