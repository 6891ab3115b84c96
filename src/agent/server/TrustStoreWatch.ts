/**
 * Watches the CA certificate files. A process reads them only once, so an agent started before a change would go on
 * rejecting the servers that they now allow.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NetworkVariables from "../../http/NetworkVariables.ts"
import { Environment } from "../../platform/Environment.ts"
import * as Files from "../../platform/Files.ts"

/**
 * Makes an effect that tells whether a file has changed since.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Effect.Effect<boolean>, never, Environment | FileSystem.FileSystem> = Effect.gen(
  function*() {
    const environment = yield* Environment
    const fs = yield* FileSystem.FileSystem
    const paths = (yield* Effect.forEach(NetworkVariables.files, environment.get)).flatMap(Option.toArray)
    if (paths.length === 0) return Effect.succeed(false)
    const fingerprints = Effect.forEach(
      paths,
      (path) => Effect.orElseSucceed(Files.fingerprint(fs, path), () => "unreadable")
    )
    const before = yield* fingerprints
    return Effect.map(fingerprints, (now) => now.join() !== before.join())
  }
)
