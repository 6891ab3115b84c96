/**
 * Writes an executable file atomically.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as SystemError from "../../platform/SystemError.ts"
import { PlacementFailed } from "./InstallError.ts"

const failed = (path: string) => (error: PlatformError.PlatformError) =>
  new PlacementFailed({
    path,
    code: SystemError.codeOf(error) ?? (error._tag === "SystemError" ? error.reason : "bad path")
  })

/**
 * `fill` writes a temporary file in the directory of `path`, which is created if necessary. The file is then renamed to
 * `path`: it is never run half-written, and may replace a running executable. On failure, `path` is unchanged.
 *
 * @since 0.2.0
 * @category running
 */
export const write = Effect.fn("AtomicFile.write")(function*(
  path: string,
  fill: (fs: FileSystem.FileSystem, temporary: string) => Effect.Effect<void, PlatformError.PlatformError>
) {
  const fs = yield* FileSystem.FileSystem
  const temporary = `${path}.${(yield* Random.nextIntBetween(0, 2 ** 48)).toString(36)}.tmp`
  const publish = Effect.gen(function*() {
    yield* fill(fs, temporary)
    // The umask applies to a mode given at creation, but not to chmod.
    yield* fs.chmod(temporary, 0o755)
    yield* Effect.scoped(Effect.flatMap(fs.open(temporary, { flag: "r+" }), (file) => file.sync))
    yield* fs.rename(temporary, path)
  })
  yield* fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true }).pipe(
    Effect.zipRight(Effect.onError(publish, () => Effect.ignore(fs.remove(temporary, { force: true })))),
    Effect.mapError(failed(path))
  )
})
