/**
 * Chooses the HTTP client for the runtime and its network settings, and loads only that one.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { isExecutable } from "../domain/Version.ts"
import { Environment } from "../platform/Environment.ts"
import * as NetworkVariables from "./NetworkVariables.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  HttpClient.HttpClient,
  never,
  Environment | FileSystem.FileSystem | Scope.Scope
> = Effect.gen(function*() {
  const { variables } = yield* Environment
  const isUnset = (name: string) => (variables.get(name) ?? "") === ""
  if (isExecutable && NetworkVariables.variables.every(isUnset)) {
    return yield* Effect.flatMap(Effect.promise(() => import("./ClientBun.ts")), ({ make }) => make)
  }
  return yield* Effect.flatMap(Effect.promise(() => import("./ClientNode.ts")), ({ make }) => make)
})
