/**
 * Installs the executable for the user, and a shim that runs it in a Bazel workspace.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PathExpansion from "../../config/PathExpansion.ts"
import * as Settings from "../../config/Settings.ts"
import { version } from "../../domain/Version.ts"
import { Environment } from "../../platform/Environment.ts"
import { Executable } from "../../platform/Executable.ts"
import * as AtomicFile from "./AtomicFile.ts"
import {
  CacheDirectoryMissing,
  DirectoryForeign,
  ExecutableMissing,
  ShimForeign,
  WorkspaceMissing
} from "./InstallError.ts"
import * as Shim from "./Shim.ts"

/**
 * A file, and whether it was written.
 *
 * @since 0.2.0
 * @category models
 */
export interface InstalledFile {
  readonly path: string
  readonly outcome: "installed" | "unchanged"
}

const rootFiles = ["MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "REPO.bazel"]

const isRoot = (path: string) =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) => Effect.exists(rootFiles, (name) => Effect.orElseSucceed(fs.exists(`${path}/${name}`), () => false))
  )

const withoutSlash = (path: string): string => path.replace(/\/+$/, "")

/** A directory and those above it, from the inside out. */
const ancestors = (path: string): ReadonlyArray<string> =>
  path === "" ? [] : [path, ...ancestors(path.slice(0, Math.max(0, path.lastIndexOf("/"))))]

/**
 * Checked, so that nothing is written to a working directory that is not a workspace. From a directory in a workspace, the root
 * is searched as Bazel does; a variable has to name the root.
 */
const workspaceRoot = Effect.gen(function*() {
  const environment = yield* Environment
  const path = withoutSlash(yield* PathExpansion.make(environment).workspace)
  const searched = path === withoutSlash(environment.cwd) ? ancestors(path) : [path]
  const found = yield* Effect.findFirst(searched, isRoot)
  if (Option.isSome(found)) return found.value
  return yield* new WorkspaceMissing({ path, files: rootFiles, isSearched: searched.length > 1 })
})

/** Under `sudo -E`, the home directory is another user's, who could not use or remove what root creates there. */
const requireOwn = (file: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { uid } = yield* Environment
    for (const path of ancestors(file)) {
      const info = yield* Effect.option(fs.stat(path))
      if (Option.isNone(info)) continue
      const { mode, uid: owner } = info.value
      if (Option.isNone(uid) || Option.isNone(owner) || uid.value === owner.value || (mode & 0o1000) !== 0) return
      return yield* new DirectoryForeign({ path, uid: owner.value })
    }
  })

/** One for all workspaces of the user, because the executable is large. Its name contains the version. */
const executablePath = Effect.gen(function*() {
  const { expand } = PathExpansion.make(yield* Environment)
  const workdir = yield* Settings.get(Settings.workdir)
  const directory = yield* expand(Option.getOrElse(workdir, () => "%cache%/tweag-credential-helper"))
  if (Option.isNone(directory)) return yield* new CacheDirectoryMissing()
  const path = `${withoutSlash(directory.value)}/bin/credential-helper-${version}`
  if (Option.isNone(workdir)) yield* requireOwn(path)
  return path
})

/** Whether two files have the same content, if both can be read. */
const isSame = (a: string, b: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const [one, other] = yield* Effect.all([fs.stat(a), fs.stat(b)])
    if (one.size !== other.size || (other.mode & 0o111) !== 0o111) return false
    return Buffer.compare(yield* fs.readFile(a), yield* fs.readFile(b)) === 0
  }).pipe(Effect.orElseSucceed(() => false))

const installExecutable = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { path: source } = yield* Executable
    const isFile = Effect.map(fs.stat(source), ({ type }) => type === "File")
    if (!(yield* Effect.orElseSucceed(isFile, () => false))) return yield* new ExecutableMissing({ path: source })
    if (yield* isSame(source, path)) return "unchanged"
    yield* AtomicFile.write(path, (fs, temporary) => fs.copyFile(source, temporary))
    return "installed"
  })

/** The existing file at the shim's path, if any. An unreadable one counts as foreign. */
const existing = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { mode } = yield* fs.stat(path)
    const text = yield* Effect.orElseSucceed(fs.readFileString(path), () => "")
    return { text, isExecutable: (mode & 0o111) === 0o111 }
  }).pipe(Effect.option)

/**
 * Installs both files. Everything that can be checked is checked before the first one is written.
 *
 * @since 0.1.0
 * @category running
 */
export const install = Effect.fn("Workspace.install")(function*({ force }: { readonly force: boolean }) {
  const shim = `${yield* workspaceRoot}/tools/credential-helper`
  const path = yield* executablePath
  const old = yield* existing(shim)
  if (!force && Option.exists(old, ({ text }) => !Shim.isOurs(text))) {
    return yield* new ShimForeign({ path: shim, isTweag: Option.exists(old, ({ text }) => Shim.isTweag(text)) })
  }
  const executable: InstalledFile = { path, outcome: yield* installExecutable(path) }
  if (Option.exists(old, ({ isExecutable, text }) => isExecutable && text === Shim.text)) {
    return [executable, { path: shim, outcome: "unchanged" }] satisfies ReadonlyArray<InstalledFile>
  }
  yield* AtomicFile.write(shim, (fs, temporary) => fs.writeFileString(temporary, Shim.text, { flag: "wx" }))
  return [executable, { path: shim, outcome: "installed" }] satisfies ReadonlyArray<InstalledFile>
})
