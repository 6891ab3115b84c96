/**
 * Where the agent of this process's environment listens, for the commands that run and control it.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../agent/endpoint/Endpoint.ts"
import * as UnixSocket from "../agent/endpoint/UnixSocket.ts"
import * as SocketLock from "../agent/server/SocketLock.ts"
import { build } from "../domain/Version.ts"
import { Environment } from "../platform/Environment.ts"
import { Stdio } from "../platform/Stdio.ts"
import { UsageError } from "./UsageError.ts"

/** The endpoint that a `get` in this environment would prefer. */
const preferred = Effect.gen(function*() {
  const { platform, uid, variables } = yield* Environment
  const found = Endpoint.fromCaller({
    variables: { ...Object.fromEntries(variables), CREDENTIAL_HELPER_STANDALONE: undefined },
    platform,
    uid: Option.getOrElse(uid, () => -1),
    build
  })
  if (found !== undefined) return found
  return yield* new UsageError({
    reason: platform === "win32"
      ? "there is no agent on Windows; every get resolves its own request"
      : "the socket path of the agent is not usable",
    hint:
      "CREDENTIAL_HELPER_AGENT_SOCKET must be an absolute path of at most 95 bytes, and certificate variables must be absolute paths"
  })
})

const note = (text: string) => Effect.flatMap(Stdio, ({ stderr }) => stderr(`credential-helper: ${text}\n`))

/** Says why the agent is not where it would be. A directory outside of the user's home is not theirs to repair. */
const explain = (unused: string, { path, uid }: Endpoint.Foreign) =>
  Effect.gen(function*() {
    const home = Option.getOrElse(yield* (yield* Environment).home, () => "/")
    const repair = path.startsWith(`${home}/`) ? ` If it is yours, run: sudo chown -R "$(id -u)" ${path}` : ""
    yield* note(`${unused} is not used, because ${path} belongs to user ${uid}, not to you.${repair}`)
  })

/**
 * The endpoint that a `get` in this environment would use.
 *
 * @since 0.2.0
 * @category accessors
 */
export const unchecked = Effect.gen(function*() {
  const found = yield* preferred
  const uid = Option.getOrElse((yield* Environment).uid, () => -1)
  if (found.fallback === undefined) return found
  const foreign = yield* Effect.promise(() => Endpoint.findForeign(found.directory, uid, UnixSocket.stat))
  if (foreign === undefined) return found
  yield* explain(found.directory, foreign)
  return found.fallback
})

/**
 * The same, if its directory is private: another user's process must not be taken for the agent.
 *
 * @since 0.2.0
 * @category accessors
 */
export const current = Effect.gen(function*() {
  const found = yield* unchecked
  const { uid } = yield* Environment
  yield* SocketLock.requirePrivate(found.directory, Option.getOrUndefined(uid))
  return found
})
