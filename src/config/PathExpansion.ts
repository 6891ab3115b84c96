/**
 * Expands the prefixes of paths in settings: `%workspace%/…`, `%workdir%/…`, `%tmp%/…`, `%cache%/…`, `~/…`.
 *
 * A directory that this user does not have (there is no `HOME`, for example) is `None`, never a guess: another user may
 * own the file at the wrong path.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import type { Environment } from "../platform/Environment.ts"
import * as Settings from "./Settings.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface PathExpansion {
  /** Resolves a relative path against the caller's working directory, which may differ from that of this process. */
  readonly absolute: (path: string) => string
  /**
   * The root of the Bazel workspace: `CREDENTIAL_HELPER_WORKSPACE_DIRECTORY`, else `BUILD_WORKSPACE_DIRECTORY`, else the
   * caller's working directory.
   */
  readonly workspace: Effect.Effect<string>
  /** The absolute path that a setting means; `None` if its prefix names a directory that does not exist here. */
  readonly expand: (path: string) => Effect.Effect<Option.Option<string>>
}

type Caller = Environment["Type"]

type Directory = Effect.Effect<Option.Option<string>>

const orElse = (self: Directory, next: Directory): Directory =>
  Effect.flatMap(self, (found) => Option.isSome(found) ? Effect.succeed(found) : next)

/** With a slash on every platform: Windows accepts both. */
const join = (directory: string, rest: string): string =>
  rest === "" ? directory : `${directory.replace(/\/+$/, "")}/${rest}`

const inside = (directory: Directory, rest: string): Directory =>
  Effect.map(directory, Option.map((directory) => join(directory, rest)))

const isAbsolute = (path: string, platform: string): boolean =>
  platform === "win32" ? /^(?:[A-Za-z]:)?[\\/]/.test(path) : path.startsWith("/")

const absolute = ({ cwd, platform }: Caller, path: string): string =>
  isAbsolute(path, platform) ? path : join(cwd, path.replace(/^\.\//, ""))

/** The directory in a variable. A relative path is ignored, as the XDG Base Directory Specification requires. */
const absoluteVariable = (caller: Caller, name: string): Directory =>
  Effect.map(caller.get(name), Option.filter((path) => isAbsolute(path, caller.platform)))

const workspace = (caller: Caller): Effect.Effect<string> =>
  Effect.map(
    orElse(Settings.read(caller, Settings.workspaceDirectory), caller.get("BUILD_WORKSPACE_DIRECTORY")),
    Option.match({ onNone: () => caller.cwd, onSome: (path) => absolute(caller, path) })
  )

/** The directory of a Bazel test, else the caller's `$TMPDIR` (`%TEMP%` on Windows), else the system's. */
const tmp = (caller: Caller): Effect.Effect<string> =>
  Effect.map(
    orElse(
      absoluteVariable(caller, "TEST_TMPDIR"),
      absoluteVariable(caller, caller.platform === "win32" ? "TEMP" : "TMPDIR")
    ),
    Option.getOrElse(() => caller.tmp)
  )

/**
 * The user's cache directory: `$XDG_CACHE_HOME`, else `~/.cache`; `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on
 * Windows. In a Bazel test it is the directory of the test.
 */
const cache = (caller: Caller): Directory => {
  const { home, platform } = caller
  const ofUser = platform === "win32"
    ? absoluteVariable(caller, "LOCALAPPDATA")
    : platform === "darwin"
    ? inside(home, "Library/Caches")
    : orElse(absoluteVariable(caller, "XDG_CACHE_HOME"), inside(home, ".cache"))
  return orElse(absoluteVariable(caller, "TEST_TMPDIR"), ofUser)
}

/** tweag/credential-helper gives the directory this name, so it has to be MD5. It protects nothing. */
const workspaceHash = (workspace: string, platform: string): Option.Option<string> =>
  Option.liftThrowable(() =>
    // A hardened build of OpenSSL may refuse MD5.
    createHash("md5").update(platform === "win32" ? workspace.toLowerCase() : workspace).digest("hex")
  )()

/** `CREDENTIAL_HELPER_WORKDIR`, else a directory for this workspace in the cache directory. */
const workdir = (caller: Caller): Directory =>
  orElse(
    Effect.map(Settings.read(caller, Settings.workdir), Option.map((path) => absolute(caller, path))),
    Effect.zipWith(workspace(caller), cache(caller), (workspace, cache) =>
      Option.zipWith(
        cache,
        workspaceHash(workspace, caller.platform),
        (cache, hash) => join(cache, `tweag-credential-helper/${hash}`)
      ))
  )

const prefixes: ReadonlyArray<readonly [prefix: string, directory: (caller: Caller) => Directory]> = [
  ["%workdir%", workdir],
  ["%workspace%", (caller) => Effect.asSome(workspace(caller))],
  ["%tmp%", (caller) => Effect.asSome(tmp(caller))],
  ["%cache%", cache],
  ["~", ({ home }) => home]
]

/** `~name`, the home of another user in a shell, is not a prefix. */
const hasPrefix = (path: string, prefix: string, separators: RegExp): boolean =>
  path.startsWith(prefix) && (prefix !== "~" || path === "~" || separators.test(path.slice(1)))

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = (environment: Environment["Type"]): PathExpansion => {
  const separators = environment.platform === "win32" ? /^[\\/]+/ : /^\/+/
  return {
    absolute: (path) => absolute(environment, path),
    workspace: workspace(environment),
    expand: Effect.fn("PathExpansion.expand")((path: string) => {
      const found = prefixes.find(([prefix]) => hasPrefix(path, prefix, separators))
      if (found === undefined) return Effect.succeedSome(absolute(environment, path))
      const [prefix, directory] = found
      return inside(directory(environment), path.slice(prefix.length).replace(separators, ""))
    })
  }
}
