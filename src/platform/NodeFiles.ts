/**
 * The files of this machine: `NodeFileSystem`, whose `stat` also tells when a file was last changed, in nanoseconds. Programs
 * such as `cp -p`, `tar` and `rsync -a` set the modification time back; the time of the last change is the system's own.
 *
 * @since 0.2.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import type { PreciseInfo } from "./Files.ts"
import * as SystemError from "./SystemError.ts"

const typeOf = (stats: Fs.BigIntStats): FileSystem.File.Type =>
  stats.isFile()
    ? "File"
    : stats.isDirectory()
    ? "Directory"
    : stats.isCharacterDevice()
    ? "CharacterDevice"
    : stats.isFIFO()
    ? "FIFO"
    : stats.isSocket()
    ? "Socket"
    : stats.isBlockDevice()
    ? "BlockDevice"
    : "Unknown"

const infoOf = (stats: Fs.BigIntStats): PreciseInfo => ({
  type: typeOf(stats),
  changedNs: stats.ctimeNs,
  mtime: Option.some(stats.mtime),
  atime: Option.some(stats.atime),
  birthtime: Option.some(stats.birthtime),
  dev: Number(stats.dev),
  ino: Option.some(Number(stats.ino)),
  mode: Number(stats.mode),
  nlink: Option.some(Number(stats.nlink)),
  uid: Option.some(Number(stats.uid)),
  gid: Option.some(Number(stats.gid)),
  rdev: Option.some(Number(stats.rdev)),
  size: FileSystem.Size(stats.size),
  blksize: Option.some(FileSystem.Size(stats.blksize)),
  blocks: Option.some(Number(stats.blocks))
})

const reasons: Readonly<Record<string, PlatformError.SystemErrorReason>> = {
  ENOENT: "NotFound",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  ENOTDIR: "BadResource",
  EISDIR: "BadResource"
}

const failed = (path: string, cause: NodeJS.ErrnoException): PlatformError.PlatformError =>
  new PlatformError.SystemError({
    reason: reasons[SystemError.codeOf(cause) ?? ""] ?? "Unknown",
    module: "FileSystem",
    method: "stat",
    pathOrDescriptor: path,
    syscall: "stat",
    description: cause.message,
    cause
  })

const stat = (path: string): Effect.Effect<PreciseInfo, PlatformError.PlatformError> =>
  Effect.async((resume) =>
    Fs.stat(
      path,
      { bigint: true },
      (error, stats) => resume(error === null ? Effect.succeed(infoOf(stats)) : Effect.fail(failed(path, error)))
    )
  )

/**
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<FileSystem.FileSystem> = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (fs) => FileSystem.FileSystem.of({ ...fs, stat }))
).pipe(Layer.provide(NodeFileSystem.layer))
