/**
 * Paths that people write into settings: `%workspace%/…`, `%workdir%/…`, `%tmp%/…`, `%cache%/…`, `~/…`.
 *
 * A folder that this machine does not have (no `HOME`, say) is `None`, never a guess: a file in the wrong place may be
 * somebody else's.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import { Environment } from "../platform/Environment.ts"

type Folder = Effect.Effect<Option.Option<string>, never, Environment>

const variable = (name: string): Folder => Effect.flatMap(Environment, (environment) => environment.get(name))

const home: Folder = Effect.flatMap(Environment, (environment) => environment.home)

const orElse = (self: Folder, next: Folder): Folder =>
  Effect.flatMap(self, (found) => Option.isSome(found) ? Effect.succeed(found) : next)

const inside = (folder: Folder, rest: string): Folder => Effect.map(folder, Option.map((folder) => join(folder, rest)))

/** With a slash on every platform: Windows takes both. */
const join = (folder: string, rest: string): string => rest === "" ? folder : `${folder.replace(/\/+$/, "")}/${rest}`

const isAbsolute = (path: string, platform: string): boolean =>
  platform === "win32" ? /^(?:[A-Za-z]:)?[\\/]/.test(path) : path.startsWith("/")

/**
 * A relative path counts from the caller's working directory, which need not be our own.
 *
 * @since 0.1.0
 * @category expansion
 */
export const absolute = (path: string): Effect.Effect<string, never, Environment> =>
  Effect.map(
    Environment,
    ({ cwd, platform }) => isAbsolute(path, platform) ? path : join(cwd, path.replace(/^\.\//, ""))
  )

/** What a variable names, if it is absolute: the XDG specification tells us to ignore relative paths. */
const absoluteVariable = (name: string): Folder =>
  Effect.zipWith(
    variable(name),
    Environment,
    (path, { platform }) => Option.filter(path, (path) => isAbsolute(path, platform))
  )

/**
 * The root of the Bazel workspace: `CREDENTIAL_HELPER_WORKSPACE_DIRECTORY`, else `BUILD_WORKSPACE_DIRECTORY`, else the
 * caller's working directory.
 *
 * @since 0.1.0
 * @category folders
 */
export const workspace: Effect.Effect<string, never, Environment> = orElse(
  variable("CREDENTIAL_HELPER_WORKSPACE_DIRECTORY"),
  variable("BUILD_WORKSPACE_DIRECTORY")
).pipe(Effect.flatMap(Option.match({
  onNone: () => Effect.map(Environment, (environment) => environment.cwd),
  onSome: absolute
})))

/**
 * Where temporary files go: a Bazel test's own folder, the caller's `$TMPDIR` (`%TEMP%` on Windows), the system's.
 *
 * @since 0.1.0
 * @category folders
 */
export const tmp: Effect.Effect<string, never, Environment> = Effect.flatMap(
  Environment,
  ({ platform, tmp }) =>
    Effect.reduce(
      ["TEST_TMPDIR", platform === "win32" ? "TEMP" : "TMPDIR"],
      Option.none<string>(),
      (found, name) => Option.isSome(found) ? Effect.succeed(found) : absoluteVariable(name)
    ).pipe(Effect.map(Option.getOrElse(() => tmp)))
)

/**
 * The user's folder for caches: `$XDG_CACHE_HOME`, else `~/.cache`; `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on
 * Windows. A Bazel test does not touch the user's home.
 *
 * @since 0.1.0
 * @category folders
 */
export const cache: Folder = Effect.flatMap(Environment, ({ platform }) => {
  const own = platform === "win32"
    ? absoluteVariable("LOCALAPPDATA")
    : platform === "darwin"
    ? inside(home, "Library/Caches")
    : orElse(absoluteVariable("XDG_CACHE_HOME"), inside(home, ".cache"))
  return orElse(absoluteVariable("TEST_TMPDIR"), own)
})

/** Users know this name from the reference, where it is the MD5 of the workspace's path. It protects nothing. */
const workspaceHash = (workspace: string, platform: string): Option.Option<string> =>
  Option.liftThrowable(() =>
    // A hardened build of OpenSSL may refuse MD5.
    createHash("md5").update(platform === "win32" ? workspace.toLowerCase() : workspace).digest("hex")
  )()

/**
 * `CREDENTIAL_HELPER_WORKDIR`, else a folder of this workspace in the cache.
 *
 * @since 0.1.0
 * @category folders
 */
export const workdir: Folder = orElse(
  Effect.flatMap(variable("CREDENTIAL_HELPER_WORKDIR"), Effect.transposeMapOption(absolute)),
  Effect.gen(function*() {
    const { platform } = yield* Environment
    const hash = workspaceHash(yield* workspace, platform)
    return Option.zipWith(yield* cache, hash, (cache, hash) => join(cache, `tweag-credential-helper/${hash}`))
  })
)

const prefixes: ReadonlyArray<readonly [prefix: string, folder: Folder]> = [
  ["%workdir%", workdir],
  ["%workspace%", Effect.asSome(workspace)],
  ["%tmp%", Effect.asSome(tmp)],
  ["%cache%", cache],
  ["~", home]
]

/** `~name` is another user's home in a shell, and no prefix here. */
const hasPrefix = (path: string, prefix: string, separators: RegExp): boolean =>
  path.startsWith(prefix) && (prefix !== "~" || path === "~" || separators.test(path.slice(1)))

/**
 * The absolute path that a setting means; `None` when it starts with a folder that does not exist here.
 *
 * @since 0.1.0
 * @category expansion
 */
export const expand = Effect.fn("PathExpansion.expand")(function*(path: string) {
  const { platform } = yield* Environment
  const separators = platform === "win32" ? /^[\\/]+/ : /^\/+/
  const found = prefixes.find(([prefix]) => hasPrefix(path, prefix, separators))
  if (found === undefined) return Option.some(yield* absolute(path))
  const [prefix, folder] = found
  return yield* inside(folder, path.slice(prefix.length).replace(separators, ""))
})
