/**
 * Directories, files and symbolic links in memory, and how a path leads to them (path_resolution(7)).
 *
 * @since 0.2.0
 */
import * as Either from "effect/Either"

interface Attributes {
  mode: number
  readonly ino: number
  /** Milliseconds since the epoch. */
  mtime: number
}

/**
 * @since 0.2.0
 * @category models
 */
export interface File extends Attributes {
  readonly _tag: "File"
  bytes: Uint8Array
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Directory extends Attributes {
  readonly _tag: "Directory"
  readonly entries: Map<string, Node>
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Link extends Attributes {
  readonly _tag: "Link"
  readonly target: string
}

/**
 * @since 0.2.0
 * @category models
 */
export type Node = File | Directory | Link

/**
 * Where a path leads. The node is undefined if there is only its directory.
 *
 * @since 0.2.0
 * @category models
 */
export interface Place {
  readonly parent: Directory
  readonly name: string
  readonly node: Node | undefined
  /** The path without links. */
  readonly path: string
}

/**
 * An error code of the system.
 *
 * @since 0.2.0
 * @category models
 */
export type Code =
  | "EACCES"
  | "EEXIST"
  | "EINVAL"
  | "EISDIR"
  | "ELOOP"
  | "ENOENT"
  | "ENOTDIR"
  | "ENOTEMPTY"
  | "EPERM"
  | "ERR_FS_EISDIR"

/**
 * The mode bits that decide; the user is the owner, and not root.
 *
 * @since 0.2.0
 * @category constants
 */
export const permissions = { read: 0o400, write: 0o200, search: 0o100 } as const

/**
 * Whether the user has a permission.
 *
 * @since 0.2.0
 * @category predicates
 */
export const may = (node: Node, permission: keyof typeof permissions): boolean =>
  (node.mode & permissions[permission]) !== 0

/** As on Linux. */
const maxLinks = 40

/** A second for each change, so that it is visible to code that compares times in whole seconds. */
const tickMs = 1000

/**
 * A tree. Every change is one tick of its clock.
 *
 * @since 0.2.0
 * @category models
 */
export class Tree {
  private ticks = 0
  private inodes = 0
  readonly root: Directory = this.directory(0o755)

  private attributes(mode: number): Attributes {
    return { mode, ino: ++this.inodes, mtime: ++this.ticks * tickMs }
  }

  directory(mode: number): Directory {
    return { _tag: "Directory", entries: new Map(), ...this.attributes(mode) }
  }

  file(bytes: Uint8Array, mode: number): File {
    return { _tag: "File", bytes, ...this.attributes(mode) }
  }

  link(target: string): Link {
    return { _tag: "Link", target, ...this.attributes(0o777) }
  }

  touch(node: Node): void {
    node.mtime = ++this.ticks * tickMs
  }

  /** Adds, replaces or removes an entry of a directory. */
  put({ name, parent }: Place, node: Node | undefined): void {
    if (node === undefined) parent.entries.delete(name)
    else parent.entries.set(name, node)
    this.touch(parent)
  }

  /** Follows a path, which begins at the root, and its last component if that is a link and `follow` is true. */
  walk(path: string, follow: boolean): Either.Either<Place, Code> {
    if (path === "") return Either.left("ENOENT")
    const queue = componentsOf(path)
    const stack: Array<{ readonly name: string; readonly node: Directory }> = []
    const here = () => stack.at(-1)?.node ?? this.root
    const pathOf = (...names: ReadonlyArray<string>) => `/${[...stack.map(({ name }) => name), ...names].join("/")}`
    let links = 0
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const parent = here()
      if (!may(parent, "search")) return Either.left("EACCES")
      if (name === "..") stack.pop()
      if (name === "." || name === "..") continue
      const node = parent.entries.get(name)
      const isLast = queue.length === 0
      if (node === undefined) {
        return isLast ? Either.right({ parent, name, node, path: pathOf(name) }) : Either.left("ENOENT")
      }
      if (node._tag === "Directory") stack.push({ name, node })
      else if (node._tag === "File" || (isLast && !follow)) {
        return isLast ? Either.right({ parent, name, node, path: pathOf(name) }) : Either.left("ENOTDIR")
      } else {
        if (++links > maxLinks) return Either.left("ELOOP")
        if (node.target.startsWith("/")) stack.length = 0
        queue.unshift(...componentsOf(node.target))
      }
    }
    const parent = stack.at(-2)?.node ?? this.root
    return Either.right({ parent, name: stack.at(-1)?.name ?? "", node: here(), path: pathOf() })
  }
}

/** A slash at the end stands for the directory itself. */
const componentsOf = (path: string): Array<string> => [
  ...path.split("/").filter((name) => name !== ""),
  ...(path.endsWith("/") ? ["."] : [])
]
