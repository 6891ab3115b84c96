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
import { CacheDirectoryMissing, ExecutableMissing, ShimForeign, WorkspaceMissing } from "./InstallError.ts"
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

/** Checked, so that nothing is written to a working directory that is not a workspace. */
const workspaceRoot = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = (yield* PathExpansion.make(yield* Environment).workspace).replace(/\/+$/, "")
  const found = yield* Effect.findFirst(
    rootFiles,
    (name) => Effect.orElseSucceed(fs.exists(`${path}/${name}`), () => false)
  )
  return Option.isSome(found) ? path : yield* new WorkspaceMissing({ path, files: rootFiles })
})

/** One for all workspaces of the user, because the executable is large. Its name contains the version. */
const executablePath = Effect.gen(function*() {
  const { expand } = PathExpansion.make(yield* Environment)
  const workdir = yield* Settings.get(Settings.workdir)
  const directory = yield* expand(Option.getOrElse(workdir, () => "%cache%/tweag-credential-helper"))
  if (Option.isNone(directory)) return yield* new CacheDirectoryMissing()
  return `${directory.value.replace(/\/+$/, "")}/bin/credential-helper-${version}`
})

const installExecutable = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { path: source } = yield* Executable
    const isFile = Effect.map(fs.stat(source), ({ type }) => type === "File")
    if (!(yield* Effect.orElseSucceed(isFile, () => false))) return yield* new ExecutableMissing({ path: source })
    const [from, to] = yield* Effect.all([Effect.option(fs.realPath(source)), Effect.option(fs.realPath(path))])
    if (Option.isSome(from) && Option.contains(to, from.value)) return "unchanged"
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
  if (!force && Option.exists(old, ({ text }) => !Shim.isOurs(text))) return yield* new ShimForeign({ path: shim })
  const executable: InstalledFile = { path, outcome: yield* installExecutable(path) }
  if (Option.exists(old, ({ isExecutable, text }) => isExecutable && text === Shim.text)) {
    return [executable, { path: shim, outcome: "unchanged" }] satisfies ReadonlyArray<InstalledFile>
  }
  yield* AtomicFile.write(shim, (fs, temporary) => fs.writeFileString(temporary, Shim.text, { flag: "wx" }))
  return [executable, { path: shim, outcome: "installed" }] satisfies ReadonlyArray<InstalledFile>
})
