/**
 * Whether the inputs of an answer still are what they were, for the environment of a caller.
 *
 * @since 0.2.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type * as Provenance from "../domain/Provenance.ts"
import * as Environment from "../platform/Environment.ts"
import * as Files from "../platform/Files.ts"

type Variables = ReadonlyMap<string, string>

const isUnchanged =
  (fs: FileSystem.FileSystem, variables: Variables) => (input: Provenance.Input): Effect.Effect<boolean> => {
    switch (input._tag) {
      case "Variable":
        return Effect.succeed(Environment.fingerprint(variables.get(input.name)) === input.fingerprint)
      case "File":
        return Files.fingerprint(fs, input.path).pipe(
          Effect.map((fingerprint) => fingerprint === input.fingerprint),
          Effect.orElseSucceed(() => false)
        )
      case "Program":
        return Effect.succeed(true)
    }
  }

/**
 * May block on a hung file system. No heartbeat is sent meanwhile, so the client times out and resolves by itself.
 *
 * @since 0.2.0
 * @category predicates
 */
export const areUnchanged = (
  fs: FileSystem.FileSystem,
  inputs: ReadonlyArray<Provenance.Input>,
  variables: Variables
): Effect.Effect<boolean> => Effect.every(inputs, isUnchanged(fs, variables))
