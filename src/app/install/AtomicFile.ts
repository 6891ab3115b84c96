/**
 * Putting an executable file in its place: whole and executable, or not at all.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { PlacementFailed } from "./InstallError.ts"

/** The system's code, which says more than the platform's reason: `ENOSPC`, `EROFS`. */
const codeOf = (error: PlatformError.PlatformError): string =>
  /\bE[A-Z0-9]{2,}\b/.exec(`${error.description}`)?.[0] ?? (error._tag === "SystemError" ? error.reason : "bad path")

/**
 * `write` fills a temporary file in the folder of `path`. It takes the name afterwards, so that nobody ever runs half of
 * it, and so that a program which is running may be replaced.
 *
 * @since 0.1.0
 * @category running
 */
export const place = Effect.fn("Placement.place")(function*(
  path: string,
  write: (fs: FileSystem.FileSystem, temporary: string) => Effect.Effect<void, PlatformError.PlatformError>
) {
  const fs = yield* FileSystem.FileSystem
  const temporary = `${path}.${(yield* Random.nextIntBetween(0, 2 ** 48)).toString(36)}.tmp`
  const publish = Effect.gen(function*() {
    yield* write(fs, temporary)
    // A mode that is given at creation is subject to the umask.
    yield* fs.chmod(temporary, 0o755)
    yield* Effect.scoped(Effect.flatMap(fs.open(temporary, { flag: "r+" }), (file) => file.sync))
    yield* fs.rename(temporary, path)
  })
  yield* fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true }).pipe(
    Effect.zipRight(Effect.onError(publish, () => Effect.ignore(fs.remove(temporary, { force: true })))),
    Effect.mapError((error) => new PlacementFailed({ path, code: codeOf(error) }))
  )
})
