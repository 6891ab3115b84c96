/**
 * Reads small text files and records each read as an input of the answer.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ExitCode } from "../domain/ExitCode.ts"
import * as Provenance from "../domain/Provenance.ts"
import * as SystemError from "./SystemError.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Files extends Context.Tag("CredentialHelper/Files")<Files, {
  /** The content of a file without its byte order mark; `None` if the file does not exist or is a directory. */
  readonly readText: (path: string) => Effect.Effect<Option.Option<string>, FileUnreadable>
  /** Whether the file exists. */
  readonly exists: (path: string) => Effect.Effect<boolean>
}>() {}

/** Docker mounts an empty directory in place of a missing secret, and `/dev/null` is used for "no file". */
const absent = "absent"

/** Opening or reading a FIFO or a socket may block forever, and with it a thread of libuv's pool. */
const notRegular = "not regular"

/**
 * Identifies the content of a file: modification time, size and inode, or `absent`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fingerprint = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<string, PlatformError.PlatformError> =>
  fs.stat(path).pipe(
    Effect.map((info) =>
      info.type === "Directory" || info.type === "CharacterDevice"
        ? absent
        : info.type !== "File"
        ? notRegular
        : [
          Option.match(info.mtime, { onNone: () => 0, onSome: (_) => _.getTime() }),
          info.size,
          Option.getOrElse(info.ino, () => 0)
        ]
          .join(":")
    ),
    Effect.catchIf(
      // ENOTDIR: `/etc/passwd/config.json` does not exist either.
      (error) =>
        (error._tag === "SystemError" && error.reason === "NotFound") || SystemError.codeOf(error) === "ENOTDIR",
      () => Effect.succeed(absent)
    )
  )

const reasonOf = (error: PlatformError.PlatformError): string =>
  error._tag === "BadArgument" ? "bad path" : error.reason === "PermissionDenied" ? "permission denied" : error.reason

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (fs: FileSystem.FileSystem): Files["Type"] =>
  Files.of({
    readText: Effect.fn("Files.readText")(function*(path: string) {
      const unreadable = (error: PlatformError.PlatformError) => new FileUnreadable({ path, reason: reasonOf(error) })
      // Taken before the read: a write in between makes the answer look stale, never fresh.
      const print = yield* Effect.mapError(fingerprint(fs, path), unreadable)
      yield* Provenance.input({ _tag: "File", path, fingerprint: print })
      if (print === absent) return Option.none()
      if (print === notRegular) return yield* new FileUnreadable({ path, reason: "not a regular file" })
      const text = yield* Effect.mapError(fs.readFileString(path), unreadable)
      yield* Provenance.step(Provenance.Step.FileRead({ path }))
      return Option.some(text.startsWith("\uFEFF") ? text.slice(1) : text)
    }),
    exists: (path) =>
      Effect.flatMap(Effect.orElseSucceed(fingerprint(fs, path), () => absent), (print) =>
        Effect.as(Provenance.input({ _tag: "File", path, fingerprint: print }), print !== absent))
  })

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
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path} cannot be read (${this.reason}). Check its owner and mode: ls -l ${this.path}`
  }
}
