/**
 * A file system in memory, which does what that of Node.js does on Linux for a user who is not root: permissions, missing
 * directories, symbolic links and error codes included. Tests change it as they would change any other; each write changes
 * the result of `stat`.
 *
 * ```ts
 * MemoryFileSystem.layer({
 *   "/home/u/.docker/config.json": `{"auths":{}}`,
 *   "/etc/secret": { mode: 0o000, text: "s" },
 *   "/home/u/empty": MemoryFileSystem.directory,
 *   "/home/u/current": MemoryFileSystem.link("releases/1")
 * })
 * ```
 *
 * `copy` of a directory, `open`, `stream`, `sink`, `truncate` and `watch` are not supported, and end the test with a defect.
 *
 * @since 0.1.0
 */
import { type PlatformError, SystemError, type SystemErrorReason } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Operations from "./memory/Operations.ts"
import * as Tree from "./memory/Tree.ts"

/**
 * The content of a file as a string or bytes, either of them with a mode; a directory; or a symbolic link.
 *
 * @since 0.1.0
 * @category models
 */
export type Entry =
  | string
  | Uint8Array
  | { readonly text: string | Uint8Array; readonly mode: number }
  | { readonly directory: true; readonly mode?: number }
  | { readonly link: string }

/**
 * An empty directory. The parent directories of a file need not be listed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const directory = { directory: true } as const

/**
 * A symbolic link to a path, which may be missing, and is relative to the directory of the link.
 *
 * @since 0.2.0
 * @category constructors
 */
export const link = (target: string): Entry => ({ link: target })

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : text

const nodeOf = (tree: Tree.Tree, entry: Entry): Tree.Node => {
  if (typeof entry === "string" || entry instanceof Uint8Array) return tree.file(encode(entry), 0o644)
  if ("directory" in entry) return tree.directory(entry.mode ?? 0o755)
  if ("link" in entry) return tree.link(entry.link)
  return tree.file(encode(entry.text), entry.mode)
}

/** Directories are made while they may be written, so modes come last. */
const treeOf = (files: Readonly<Record<string, Entry>>): Tree.Tree => {
  const tree = new Tree.Tree()
  tree.root.entries.set("tmp", tree.directory(0o777))
  const modes: Array<readonly [Tree.Node, number]> = []
  for (const [path, entry] of Object.entries(files)) {
    const node = nodeOf(tree, entry)
    const trimmed = path.replace(/(?<=.)\/+$/, "")
    const parent = trimmed.slice(0, Math.max(0, trimmed.lastIndexOf("/"))) || "/"
    const existing = Either.getOrElse(Operations.find(tree, trimmed), () => undefined)
    if (existing?._tag === "Directory" && node._tag === "Directory") {
      modes.push([existing, node.mode])
      continue
    }
    modes.push([node, node.mode])
    if (node._tag === "Directory") node.mode = 0o755
    Either.getOrThrowWith(
      Either.andThen(
        Operations.makeDirectory(tree, parent, { recursive: true }),
        () => Operations.add(tree, trimmed, node)
      ),
      (code) => new Error(`${path} cannot be a part of this file system: ${code}`)
    )
  }
  for (const [node, mode] of modes) node.mode = mode
  return tree
}

const infoOf = (node: Exclude<Tree.Node, Tree.Link>): FileSystem.File.Info => ({
  type: node._tag,
  mtime: Option.some(DateTime.toDateUtc(DateTime.unsafeMake(node.mtime))),
  atime: Option.none(),
  birthtime: Option.none(),
  dev: 1,
  ino: Option.some(node.ino),
  mode: node.mode,
  nlink: Option.none(),
  uid: Option.some(1000),
  gid: Option.some(1000),
  rdev: Option.none(),
  size: FileSystem.Size(node._tag === "File" ? node.bytes.length : 0),
  blksize: Option.none(),
  blocks: Option.none()
})

/** The other codes are `Unknown`, as in `@effect/platform-node`. */
const reasons: { readonly [_ in Tree.Code]?: SystemErrorReason } = {
  EACCES: "PermissionDenied",
  EEXIST: "AlreadyExists",
  EISDIR: "BadResource",
  ELOOP: "BadResource",
  ENOENT: "NotFound",
  ENOTDIR: "BadResource"
}

/** As the file system of Node.js reports it, with the error code in the cause. */
const fail = (code: Tree.Code, method: string, path: string): PlatformError =>
  new SystemError({
    reason: reasons[code] ?? "Unknown",
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    description: code,
    cause: Object.assign(new Error(code), { code })
  })

const run = <A>(method: string, path: string, result: () => Operations.Result<A>): Effect.Effect<A, PlatformError> =>
  Effect.suspend(() => Effect.mapError(result(), (code) => fail(code, method, path)))

const unsupported = (method: string): Effect.Effect<never> =>
  Effect.dieMessage(`MemoryFileSystem does not support ${method}`)

/**
 * A file system with these files by path, and with `/tmp`. The working directory is `/`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (files: Readonly<Record<string, Entry>> = {}): FileSystem.FileSystem => {
  const tree = treeOf(files)
  let temporary = 0

  const find = (method: string, path: string) => run(method, path, () => Operations.find(tree, path))

  const access = (path: string, { readable = false, writable = false }: FileSystem.AccessFileOptions = {}) =>
    Effect.flatMap(
      find("access", path),
      (node) =>
        (readable && !Tree.may(node, "read")) || (writable && !Tree.may(node, "write"))
          ? Effect.fail(fail("EACCES", "access", path))
          : Effect.void
    )

  const writeFile = (path: string, bytes: Uint8Array, options: FileSystem.WriteFileOptions = {}) =>
    run("writeFile", path, () => Operations.write(tree, path, bytes, options))

  const remove = (path: string, options: FileSystem.RemoveOptions = {}) =>
    run("remove", path, () => Operations.remove(tree, path, options))

  const makeTempDirectory = ({ directory = "/tmp", prefix = "" }: FileSystem.MakeTempDirectoryOptions = {}) => {
    const path = `${directory}/${prefix}${`${++temporary}`.padStart(6, "0")}`
    return Effect.as(run("makeTempDirectory", path, () => Operations.makeDirectory(tree, path, { mode: 0o700 })), path)
  }

  const makeTempFile = (options: FileSystem.MakeTempFileOptions = {}) =>
    Effect.flatMap(makeTempDirectory(options), (directory) => {
      const path = `${directory}/file${options.suffix ?? ""}`
      return Effect.as(writeFile(path, new Uint8Array()), path)
    })

  const removed = (path: string) => Effect.orDie(remove(path, { recursive: true, force: true }))

  return FileSystem.make({
    access,
    chmod: (path, mode) => Effect.map(find("chmod", path), (node) => void (node.mode = mode)),
    chown: (path) => Effect.asVoid(find("chown", path)),
    copy: (from, to) =>
      Effect.flatMap(
        find("copy", from),
        (node) => node._tag === "Directory" ? unsupported("copy of a directory") : writeFile(to, node.bytes)
      ),
    copyFile: (from, to) =>
      Effect.flatMap(run("copyFile", from, () => Operations.read(tree, from)), (bytes) => writeFile(to, bytes)),
    link: (from, to) =>
      run(
        "link",
        from,
        () =>
          Either.flatMap(
            Operations.find(tree, from),
            (node) => node._tag === "Directory" ? Either.left("EPERM") : Operations.add(tree, to, node)
          )
      ),
    makeDirectory: (path, options = {}) =>
      run("makeDirectory", path, () => Operations.makeDirectory(tree, path, options)),
    makeTempDirectory,
    makeTempDirectoryScoped: (options) => Effect.acquireRelease(makeTempDirectory(options), removed),
    makeTempFile,
    makeTempFileScoped: (options) => Effect.acquireRelease(makeTempFile(options), removed),
    open: () => unsupported("open"),
    readDirectory: (path, { recursive = false } = {}) =>
      Effect.map(run("readDirectory", path, () => Operations.list(tree, path, recursive)), (names) => [...names]),
    readFile: (path) => run("readFile", path, () => Operations.read(tree, path)),
    readLink: (path) =>
      run("readLink", path, () =>
        Either.flatMap(tree.walk(path, false), ({ node }) =>
          node === undefined
            ? Either.left("ENOENT")
            : node._tag === "Link"
            ? Either.right(node.target)
            : Either.left("EINVAL"))),
    realPath: (path) =>
      run(
        "realPath",
        path,
        () =>
          Either.flatMap(
            tree.walk(path, true),
            (place) => place.node === undefined ? Either.left("ENOENT") : Either.right(place.path)
          )
      ),
    remove,
    rename: (from, to) => run("rename", from, () => Operations.rename(tree, from, to)),
    stat: (path) => Effect.map(find("stat", path), infoOf),
    symlink: (target, path) => run("symlink", path, () => Operations.add(tree, path, tree.link(target))),
    truncate: () => unsupported("truncate"),
    utimes: (path, _, time) =>
      Effect.map(find("utimes", path), (node) => void (node.mtime = typeof time === "number" ? time * 1000 : +time)),
    watch: () => Stream.unwrap(unsupported("watch")),
    writeFile
  })
}

/**
 * A file system with these files by path, as of `make`; a new one for each build of the layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (files: Readonly<Record<string, Entry>> = {}): Layer.Layer<FileSystem.FileSystem> =>
  Layer.sync(FileSystem.FileSystem, () => make(files))
