/**
 * A file system in memory. Tests change it as they would change any other, with `FileSystem.writeFileString`, `chmod`,
 * `rename` and `remove`; each write changes the result of `stat`.
 *
 * ```ts
 * MemoryFileSystem.layer({
 *   "/home/u/.docker/config.json": `{"auths":{}}`,
 *   "/etc/secret": { mode: 0o000, text: "s" },
 *   "/home/u/empty": MemoryFileSystem.directory
 * })
 * ```
 *
 * @since 0.1.0
 */
import { type PlatformError, SystemError, type SystemErrorReason } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/**
 * The content of a file as a string or bytes, either of them with a mode, or a directory.
 *
 * @since 0.1.0
 * @category models
 */
export type Entry =
  | string
  | Uint8Array
  | { readonly text: string | Uint8Array; readonly mode: number }
  | typeof directory

/**
 * An empty directory. The parent directories of a file need not be listed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const directory = { directory: true } as const

interface Node {
  /** Undefined for a directory. */
  readonly bytes?: Uint8Array
  readonly mode: number
  readonly ino: number
  readonly mtime: number
}

/** The mode bits that decide; the user is not root. */
const ownerReads = 0o400
const ownerWrites = 0o200

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : text

const parents = (path: string): ReadonlyArray<string> =>
  [...path.matchAll(/\//g)].map(({ index }) => index === 0 ? "/" : path.slice(0, index))

const trimmed = (path: string): string => path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path

/** Every change is one tick of the file system's clock. */
class Tree {
  private readonly nodes = new Map<string, Node>()
  private ticks = 0
  private inodes = 0

  find(path: string): Node | undefined {
    return this.nodes.get(trimmed(path))
  }

  children(path: string): ReadonlyArray<string> {
    const prefix = path === "/" ? "/" : `${trimmed(path)}/`
    return [...this.nodes.keys()]
      .filter((name) => name !== prefix && name.startsWith(prefix) && !name.slice(prefix.length).includes("/"))
      .map((name) => name.slice(prefix.length))
  }

  set(path: string, change: { readonly bytes?: Uint8Array; readonly mode?: number }): void {
    this.ticks++
    const before = this.find(path)
    for (const parent of parents(path)) {
      if (!this.nodes.has(parent)) this.nodes.set(parent, { mode: 0o755, ino: ++this.inodes, mtime: this.ticks })
    }
    this.nodes.set(trimmed(path), { ...(before ?? { mode: 0o644, ino: ++this.inodes }), ...change, mtime: this.ticks })
  }

  /** Renames `from` to `to`, which is replaced. */
  move(from: string, to: string, node: Node): void {
    this.remove(from)
    this.remove(to)
    this.set(to, {})
    this.nodes.set(trimmed(to), { ...node, mtime: this.ticks })
  }

  remove(path: string): void {
    for (const name of this.nodes.keys()) {
      if (name === trimmed(path) || name.startsWith(`${trimmed(path)}/`)) this.nodes.delete(name)
    }
  }
}

/** A second, so that a change is visible to code that compares times in whole seconds. */
const tickMs = 1000

const infoOf = (node: Node): FileSystem.File.Info => ({
  type: node.bytes === undefined ? "Directory" : "File",
  mtime: Option.some(DateTime.toDateUtc(DateTime.unsafeMake(node.mtime * tickMs))),
  atime: Option.none(),
  birthtime: Option.none(),
  dev: 1,
  ino: Option.some(node.ino),
  mode: node.mode,
  nlink: Option.none(),
  uid: Option.some(1000),
  gid: Option.some(1000),
  rdev: Option.none(),
  size: FileSystem.Size(node.bytes?.length ?? 0),
  blksize: Option.none(),
  blocks: Option.none()
})

const treeOf = (files: Readonly<Record<string, Entry>>): Tree => {
  const tree = new Tree()
  for (const [path, entry] of Object.entries(files)) {
    if (typeof entry === "string" || entry instanceof Uint8Array) tree.set(path, { bytes: encode(entry) })
    else if ("directory" in entry) tree.set(path, { mode: 0o755 })
    else tree.set(path, { bytes: encode(entry.text), mode: entry.mode })
  }
  return tree
}

const reasons = {
  EACCES: "PermissionDenied",
  EISDIR: "BadResource",
  ENOENT: "NotFound",
  ENOTDIR: "BadResource"
} as const satisfies Readonly<Record<string, SystemErrorReason>>

/** As the file system of Node.js reports it, with the error code in the cause. */
const fail = (code: keyof typeof reasons, method: string, path: string): PlatformError =>
  new SystemError({
    reason: reasons[code],
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    description: code,
    cause: Object.assign(new Error(code), { code })
  })

/**
 * A file system with these files, by absolute path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (files: Readonly<Record<string, Entry>> = {}): FileSystem.FileSystem => {
  const tree = treeOf(files)

  const lookup = (method: string, path: string): Effect.Effect<Node, PlatformError> =>
    Effect.suspend(() => {
      if (parents(path).some((parent) => tree.find(parent)?.bytes !== undefined)) {
        return Effect.fail(fail("ENOTDIR", method, path))
      }
      const node = tree.find(path)
      return node === undefined ? Effect.fail(fail("ENOENT", method, path)) : Effect.succeed(node)
    })

  const allowed = (method: string, path: string, bit: number) => (node: Node) =>
    (node.mode & bit) === 0 ? Effect.fail(fail("EACCES", method, path)) : Effect.succeed(node)

  const readFile = (path: string): Effect.Effect<Uint8Array, PlatformError> =>
    lookup("readFile", path).pipe(
      Effect.flatMap(allowed("readFile", path, ownerReads)),
      Effect.flatMap(({ bytes }) =>
        bytes === undefined
          ? Effect.fail(fail("EISDIR", "readFile", path))
          : Effect.succeed(bytes)
      )
    )

  const writeFile = (path: string, bytes: Uint8Array, mode?: number): Effect.Effect<void, PlatformError> =>
    Effect.suspend(() => {
      const node = tree.find(path)
      return node === undefined ? Effect.void : allowed("writeFile", path, ownerWrites)(node)
    }).pipe(Effect.andThen(Effect.sync(() => tree.set(path, { bytes, ...(mode === undefined ? {} : { mode }) }))))

  return FileSystem.makeNoop({
    access: (path) => Effect.asVoid(lookup("access", path)),
    exists: (path) => Effect.sync(() => tree.find(path) !== undefined),
    stat: (path) => Effect.map(lookup("stat", path), infoOf),
    readFile,
    readFileString: (path) => Effect.map(readFile(path), (bytes) => new TextDecoder().decode(bytes)),
    readDirectory: (path) => Effect.as(lookup("readDirectory", path), [...tree.children(path)]),
    writeFile: (path, bytes, options) => writeFile(path, bytes, options?.mode),
    writeFileString: (path, text, options) => writeFile(path, encode(text), options?.mode),
    chmod: (path, mode) => Effect.map(lookup("chmod", path), () => tree.set(path, { mode })),
    makeDirectory: (path) => Effect.sync(() => tree.set(path, { mode: 0o755 })),
    rename: (from, to) => Effect.map(lookup("rename", from), (node) => tree.move(from, to, node)),
    remove: (path) => Effect.map(lookup("remove", path), () => tree.remove(path))
  })
}

/**
 * A file system with these files, by absolute path; a new one for each build of the layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (files: Readonly<Record<string, Entry>> = {}): Layer.Layer<FileSystem.FileSystem> =>
  Layer.sync(FileSystem.FileSystem, () => make(files))
