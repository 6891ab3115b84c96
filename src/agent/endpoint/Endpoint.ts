/**
 * The socket path of a caller's agent. One agent serves one user, one build of the program and one set of process-wide
 * settings (proxies and certificates); callers with other settings use another agent.
 *
 * The thin client runs this first, so it imports nothing but a list.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off
import * as NetworkVariables from "../../http/NetworkVariables.ts"

/**
 * What the socket path depends on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Caller {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly uid: number
  /** The build of the program. A caller uses only agents of the same build. */
  readonly build: string
}

/**
 * Where an agent listens.
 *
 * @since 0.2.0
 * @category models
 */
export interface Endpoint {
  /** The directory of the socket: mode 0700, owned by the user. */
  readonly directory: string
  /** The path of the socket. */
  readonly socket: string
  /** Where the agent listens if `directory` is in another user's; nowhere, if the user has set the path. */
  readonly fallback?: Endpoint
}

/**
 * The owner and mode of a file or directory; rejects if it cannot be examined.
 *
 * @since 0.2.0
 * @category models
 */
export type Stat = (path: string) => Promise<{ readonly uid: number; readonly mode: number }>

/**
 * A directory of another user.
 *
 * @since 0.2.0
 * @category models
 */
export interface Foreign {
  readonly path: string
  readonly uid: number
}

/**
 * Whether a directory has mode 0700 and belongs to the user; `undefined` stands for any user.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isPrivate = (
  directory: { readonly uid: number; readonly mode: number },
  uid: number | undefined
): boolean => (uid === undefined || directory.uid === uid) && (directory.mode & 0o777) === 0o700

/** Any user may create files in a sticky directory such as `/tmp`, and none can remove those of others. */
const isSticky = ({ mode }: { readonly mode: number }): boolean => (mode & 0o1000) !== 0

/**
 * The directory of another user that stands where `directory` is or would be created. Under `sudo -E`, the home directory is
 * another user's, who could not use what root creates there.
 *
 * @since 0.2.0
 * @category predicates
 */
export const findForeign = async (directory: string, uid: number, stat: Stat): Promise<Foreign | undefined> => {
  // If a directory does not exist, or may not be examined, the one above it decides.
  for (let path = directory;; path = path.slice(0, path.lastIndexOf("/")) || "/") {
    const info = await stat(path).catch(() => undefined)
    if (info === undefined && path !== "/") continue
    const isUsable = info === undefined || info.uid === uid || (path !== directory && isSticky(info))
    return isUsable ? undefined : { path, uid: info.uid }
  }
}

/**
 * The endpoint, or its fallback if it is in a directory of another user.
 *
 * @since 0.2.0
 * @category constructors
 */
export const choose = async (endpoint: Endpoint, uid: number, stat: Stat): Promise<Endpoint> =>
  endpoint.fallback !== undefined && await findForeign(endpoint.directory, uid, stat) !== undefined
    ? endpoint.fallback
    : endpoint

/** A 53-bit hash (cyrb53). It names the socket and hides nothing; the mode of the directory protects the socket. */
const digest = (text: string): string => {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36)
}

/** The part of the socket's name that all builds share, by which an agent finds those of older builds. */
const settingsDigest = ({ uid, variables }: Caller): string =>
  digest([uid, ...NetworkVariables.variables.map((name) => `${name}=${variables[name] ?? ""}`)].join("\n"))

/**
 * A socket path has at most 104 bytes on macOS and 108 on Linux, including the NUL; longer ones are truncated. The agent
 * first binds to a longer path, which ends in a dot and its process ID.
 */
const maxPathBytes = 95

const fits = (socket: string): boolean =>
  socket.startsWith("/") && new TextEncoder().encode(socket).length <= maxPathBytes

const split = (socket: string): Endpoint => ({
  socket,
  directory: socket.slice(0, Math.max(1, socket.lastIndexOf("/")))
})

const nonEmpty = (value: string | undefined): string | undefined => value === "" ? undefined : value

const isOn = (value: string | undefined): boolean => !["", "0", "false", undefined].includes(value)

const parentDirectory = ({ platform, variables }: Caller): string | undefined => {
  const runtime = nonEmpty(variables["XDG_RUNTIME_DIR"])
  if (runtime !== undefined) return runtime
  const cache = nonEmpty(variables["XDG_CACHE_HOME"])
  if (cache !== undefined) return cache
  const home = nonEmpty(variables["HOME"])
  if (home === undefined) return undefined
  return platform === "darwin" ? `${home}/Library/Caches` : `${home}/.cache`
}

/**
 * The endpoint of the caller's agent; `undefined` if the caller uses no agent, or if the socket path is not usable.
 *
 * `$CREDENTIAL_HELPER_AGENT_SOCKET` if it is set, else `credential-helper/` in `$XDG_RUNTIME_DIR` or in the cache directory,
 * else, if that path is too long or `$HOME` is not set, a directory in `/tmp`; see also `choose`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const fromCaller = (caller: Caller): Endpoint | undefined => {
  const { platform, uid, variables } = caller
  if (platform === "win32" || isOn(variables["CREDENTIAL_HELPER_STANDALONE"])) return undefined
  // The agent does not run in the caller's working directory, so it could not find a relative path.
  // SSL_CERT_DIR lists several.
  const paths = NetworkVariables.files.flatMap((name) => (variables[name] ?? "").split(":"))
  if (paths.some((path) => path !== "" && !path.startsWith("/"))) return undefined
  const explicit = nonEmpty(variables["CREDENTIAL_HELPER_AGENT_SOCKET"])
  if (explicit !== undefined) return fits(explicit) ? split(explicit) : undefined
  const name = `agent-${settingsDigest(caller)}-${digest(caller.build)}.sock`
  const parent = parentDirectory(caller)
  const socket = `${parent}/credential-helper/${name}`
  const fallback = split(`/tmp/credential-helper-${uid}/${name}`)
  return parent !== undefined && fits(socket) ? { ...split(socket), fallback } : fallback
}
