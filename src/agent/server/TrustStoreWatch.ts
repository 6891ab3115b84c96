/**
 * Watches the CA certificates. A process reads them only once, so an agent started before a change would go on rejecting the
 * servers that they now allow.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SystemCertificates from "../../http/SystemCertificates.ts"
import { Environment } from "../../platform/Environment.ts"
import * as Files from "../../platform/Files.ts"

/** The variables that name one file. */
const variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]

/** `Files.fingerprint` does not tell one directory from another. */
const directoryFingerprint = (fs: FileSystem.FileSystem, path: string) =>
  Effect.map(
    fs.stat(path),
    ({ ino, mtime }) =>
      [Option.match(mtime, { onNone: () => 0, onSome: (_) => _.getTime() }), Option.getOrElse(ino, () => 0)].join(":")
  )

/**
 * Makes an effect that tells whether a file or directory has changed since. The places of the system are looked at once a
 * second.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Effect.Effect<boolean>, never, Environment | FileSystem.FileSystem> = Effect.gen(
  function*() {
    const environment = yield* Environment
    const fs = yield* FileSystem.FileSystem
    const named = (yield* Effect.forEach(variables, environment.get)).flatMap(Option.toArray)
    const places = yield* SystemCertificates.places(environment)
    const watch = (fingerprints: ReadonlyArray<Effect.Effect<string, unknown>>) =>
      Effect.gen(function*() {
        const now = Effect.forEach(
          fingerprints,
          Effect.orElseSucceed(() => "unreadable"),
          { concurrency: "unbounded" }
        )
        const before = yield* now
        return fingerprints.length === 0
          ? Effect.succeed(false)
          : Effect.map(now, (now) => now.join() !== before.join())
      })
    const isNamedOutdated = yield* watch(named.map((path) => Files.fingerprint(fs, path)))
    const isSystemOutdated = yield* watch([
      ...places.files.map((path) => Files.fingerprint(fs, path)),
      ...places.directories.map((path) => directoryFingerprint(fs, path))
    ])
    return Effect.zipWith(
      isNamedOutdated,
      yield* Effect.cachedWithTTL(Effect.uninterruptible(isSystemOutdated), "1 second"),
      (named, system) => named || system
    )
  }
)
