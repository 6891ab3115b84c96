/**
 * The certificate files that the runtime, or the HTTP client, reads once in a process. An agent whose files have changed
 * would go on refusing what they now allow.
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
 * Whether a file is another one than it was when this was made.
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
    const look = Effect.forEach(paths, (path) => Effect.orElseSucceed(Files.fingerprint(fs, path), () => "unreadable"))
    const before = yield* look
    return Effect.map(look, (now) => now.join() !== before.join())
  }
)
