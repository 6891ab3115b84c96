/**
 * Puts the program where every workspace of the user finds it, and a shim that runs it into this workspace.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PathExpansion from "../../config/PathExpansion.ts"
import { version } from "../../domain/Version.ts"
import { Environment } from "../../platform/Environment.ts"
import { Executable } from "../../platform/Executable.ts"
import * as AtomicFile from "./AtomicFile.ts"
import { ExecutableMissing, InstallFolderMissing, ShimForeign, WorkspaceMissing } from "./InstallError.ts"
import * as Shim from "./Shim.ts"

/**
 * What has become of a file.
 *
 * @since 0.1.0
 * @category models
 */
export interface Placed {
  readonly path: string
  readonly outcome: "installed" | "unchanged"
}

const rootFiles = ["MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "REPO.bazel"]

/** Nothing is put into a folder that merely happens to be the working directory. */
const root = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = (yield* PathExpansion.workspace).replace(/\/+$/, "")
  const found = yield* Effect.findFirst(
    rootFiles,
    (name) => Effect.orElseSucceed(fs.exists(`${path}/${name}`), () => false)
  )
  return Option.isSome(found) ? path : yield* new WorkspaceMissing({ path, files: rootFiles })
})

/** One for all workspaces: the program is large, and its version is in its name. */
const destination = Effect.gen(function*() {
  const own = yield* (yield* Environment).get("CREDENTIAL_HELPER_WORKDIR")
  const folder = yield* PathExpansion.expand(Option.getOrElse(own, () => "%cache%/tweag-credential-helper"))
  if (Option.isNone(folder)) return yield* new InstallFolderMissing()
  return `${folder.value.replace(/\/+$/, "")}/bin/credential-helper-${version}`
})

const placeExecutable = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { path: executable } = yield* Executable
    const isFile = Effect.map(fs.stat(executable), ({ type }) => type === "File")
    if (!(yield* Effect.orElseSucceed(isFile, () => false))) return yield* new ExecutableMissing({ path: executable })
    const [from, to] = yield* Effect.forEach([executable, path], (path) => Effect.option(fs.realPath(path)))
    if (from !== undefined && to !== undefined && Option.isSome(from) && Option.contains(to, from.value)) {
      return "unchanged"
    }
    yield* AtomicFile.place(path, (fs, temporary) => fs.copyFile(executable, temporary))
    return "installed"
  })

/** What is at the shim's place; `None` when nothing is. What cannot be read is somebody else's. */
const present = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { mode } = yield* fs.stat(path)
    const text = yield* Effect.orElseSucceed(fs.readFileString(path), () => "")
    return { text, isExecutable: (mode & 0o111) === 0o111 }
  }).pipe(Effect.option)

/**
 * All that can be refused is refused before the first file is written.
 *
 * @since 0.1.0
 * @category running
 */
export const install = Effect.fn("Workspace.install")(function*({ force }: { readonly force: boolean }) {
  const shim = `${yield* root}/tools/credential-helper`
  const executable = yield* destination
  const old = yield* present(shim)
  if (!force && Option.exists(old, ({ text }) => !Shim.isOurs(text))) return yield* new ShimForeign({ path: shim })
  const placed: Placed = { path: executable, outcome: yield* placeExecutable(executable) }
  if (Option.exists(old, ({ isExecutable, text }) => isExecutable && text === Shim.text)) {
    return [placed, { path: shim, outcome: "unchanged" }] satisfies ReadonlyArray<Placed>
  }
  yield* AtomicFile.place(shim, (fs, temporary) => fs.writeFileString(temporary, Shim.text, { flag: "wx" }))
  return [placed, { path: shim, outcome: "installed" }] satisfies ReadonlyArray<Placed>
})
