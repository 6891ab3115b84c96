/**
 * What the file system of Node.js does, and with which error codes it fails.
 *
 * @since 0.2.0
 */
import * as Either from "effect/Either"
import * as Tree from "./Tree.ts"

/**
 * @since 0.2.0
 * @category models
 */
export type Result<A> = Either.Either<A, Tree.Code>

const done: Result<void> = Either.right(undefined)

/** Applied to the mode of what is created. */
const umask = 0o022

const ensure = (condition: boolean, code: Tree.Code): Result<void> => condition ? done : Either.left(code)

const writable = ({ parent }: Tree.Place): Result<void> => ensure(Tree.may(parent, "write"), "EACCES")

/**
 * What a path leads to, links followed.
 *
 * @since 0.2.0
 * @category accessors
 */
export const find = (tree: Tree.Tree, path: string): Result<Exclude<Tree.Node, Tree.Link>> =>
  Either.flatMap(
    tree.walk(path, true),
    ({ node }) => node === undefined || node._tag === "Link" ? Either.left("ENOENT") : Either.right(node)
  )

/**
 * @since 0.2.0
 * @category accessors
 */
export const read = (tree: Tree.Tree, path: string): Result<Uint8Array> =>
  Either.flatMap(find(tree, path), (node) =>
    !Tree.may(node, "read")
      ? Either.left("EACCES")
      : node._tag === "Directory"
      ? Either.left("EISDIR")
      : Either.right(node.bytes.slice()))

/**
 * The names of the entries of a directory, and of those below with `recursive`.
 *
 * @since 0.2.0
 * @category accessors
 */
export const list = (tree: Tree.Tree, path: string, recursive: boolean): Result<ReadonlyArray<string>> =>
  Either.gen(function*() {
    const node = yield* find(tree, path)
    if (node._tag !== "Directory") return yield* Either.left("ENOTDIR" as const)
    yield* ensure(Tree.may(node, "read"), "EACCES")
    const all: Array<string> = []
    for (const [name, entry] of node.entries) {
      all.push(name)
      if (recursive && entry._tag === "Directory") {
        all.push(...(yield* list(tree, `${path}/${name}`, true)).map((below) => `${name}/${below}`))
      }
    }
    return all
  })

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

/**
 * Writes a file as `open` with this flag does. The mode counts only for a new file.
 *
 * @since 0.2.0
 * @category combinators
 */
export const write = (
  tree: Tree.Tree,
  path: string,
  bytes: Uint8Array,
  { flag = "w", mode = 0o666 }: { readonly flag?: string | undefined; readonly mode?: number | undefined }
): Result<void> =>
  Either.gen(function*() {
    const exclusive = flag.includes("x")
    const place = yield* tree.walk(path, !exclusive)
    const { node } = place
    if (node === undefined) {
      yield* ensure(!flag.startsWith("r") && place.name !== "", "ENOENT")
      yield* writable(place)
      return tree.put(place, tree.file(bytes.slice(), mode & ~umask))
    }
    yield* ensure(!exclusive, "EEXIST")
    if (node._tag !== "File") return yield* Either.left("EISDIR" as const)
    yield* ensure(Tree.may(node, "write"), "EACCES")
    node.bytes = flag.startsWith("a")
      ? joined(node.bytes, bytes)
      : flag.startsWith("r")
      ? joined(bytes, node.bytes.subarray(bytes.length))
      : bytes.slice()
    tree.touch(node)
  })

/**
 * @since 0.2.0
 * @category combinators
 */
export const makeDirectory = (
  tree: Tree.Tree,
  path: string,
  { mode = 0o777, recursive = false }: { readonly mode?: number | undefined; readonly recursive?: boolean | undefined }
): Result<void> =>
  Either.gen(function*() {
    const trimmed = path.replace(/(?<=.)\/+$/, "")
    const slash = trimmed.lastIndexOf("/")
    const found = tree.walk(trimmed, recursive)
    if (recursive && slash > 0 && Either.isLeft(found) && found.left === "ENOENT") {
      yield* makeDirectory(tree, trimmed.slice(0, slash), { mode, recursive })
    }
    const place = yield* tree.walk(trimmed, recursive)
    if (place.node !== undefined) return yield* ensure(recursive && place.node._tag === "Directory", "EEXIST")
    yield* writable(place)
    tree.put(place, tree.directory(mode & ~umask))
  })

/**
 * @since 0.2.0
 * @category combinators
 */
export const remove = (
  tree: Tree.Tree,
  path: string,
  { force = false, recursive = false }: {
    readonly force?: boolean | undefined
    readonly recursive?: boolean | undefined
  }
): Result<void> =>
  Either.gen(function*() {
    const found = tree.walk(path, false)
    if (force && Either.isLeft(found) && found.left === "ENOENT") return
    const place = yield* found
    if (place.node === undefined) return yield* ensure(force, "ENOENT")
    yield* ensure(recursive || place.node._tag !== "Directory", "ERR_FS_EISDIR")
    yield* writable(place)
    tree.put(place, undefined)
  })

/**
 * @since 0.2.0
 * @category combinators
 */
export const rename = (tree: Tree.Tree, from: string, to: string): Result<void> =>
  Either.gen(function*() {
    const source = yield* tree.walk(from, false)
    const target = yield* tree.walk(to, false)
    if (source.node === undefined) return yield* Either.left("ENOENT" as const)
    if (source.node === target.node) return
    yield* ensure(!`${target.path}/`.startsWith(`${source.path}/`), "EINVAL")
    if (target.node?._tag === "Directory") {
      yield* ensure(source.node._tag === "Directory", "EISDIR")
      yield* ensure(target.node.entries.size === 0, "ENOTEMPTY")
    } else if (target.node !== undefined) yield* ensure(source.node._tag !== "Directory", "ENOTDIR")
    yield* writable(source)
    yield* writable(target)
    tree.put(source, undefined)
    tree.put(target, source.node)
  })

/**
 * Adds an entry that must not exist.
 *
 * @since 0.2.0
 * @category combinators
 */
export const add = (tree: Tree.Tree, path: string, node: Tree.Node): Result<void> =>
  Either.gen(function*() {
    const place = yield* tree.walk(path, false)
    yield* ensure(place.node === undefined, "EEXIST")
    yield* writable(place)
    tree.put(place, node)
  })
