/**
 * Which agent a caller belongs to, and where it listens. One agent serves one user, one build of the program, and one
 * set of the settings that work for a process as a whole; other settings mean another agent, never wrong TLS or proxies.
 *
 * The thin client runs this before anything is loaded, so it imports nothing but a list.
 *
 * @since 0.1.0
 */
import * as NetworkVariables from "../../http/NetworkVariables.ts"

/**
 * What the socket's place depends on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Caller {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly uid: number
  /** The build of the program: agents of another build are never asked. */
  readonly build: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** The folder that must be ours alone: mode 0700, our user. */
  readonly directory: string
  readonly socket: string
}

/** 53 bits of a text (cyrb53): a name, not a secret; the folder's owner is what protects the socket. */
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

/**
 * The part of a socket's name that all builds share: agents that differ in the build alone replace each other.
 *
 * @since 0.1.0
 * @category identity
 */
export const settings = ({ uid, variables }: Caller): string =>
  digest([uid, ...NetworkVariables.variables.map((name) => `${name}=${variables[name] ?? ""}`)].join("\n"))

/**
 * A socket's path has 104 bytes on macOS and 108 on Linux, with the NUL at its end; longer ones are cut silently. The agent
 * binds it under a longer name first, which ends in a dot and its process id.
 */
const longest = 95

const fits = (socket: string): boolean => socket.startsWith("/") && new TextEncoder().encode(socket).length <= longest

const split = (socket: string): Place => ({ socket, directory: socket.slice(0, Math.max(1, socket.lastIndexOf("/"))) })

const nonEmpty = (value: string | undefined): string | undefined => value === "" ? undefined : value

const isOn = (value: string | undefined): boolean => !["", "0", "false", undefined].includes(value)

const folder = ({ platform, variables }: Caller): string | undefined => {
  const runtime = nonEmpty(variables["XDG_RUNTIME_DIR"])
  if (runtime !== undefined) return runtime
  const cache = nonEmpty(variables["XDG_CACHE_HOME"])
  if (cache !== undefined) return cache
  const home = nonEmpty(variables["HOME"])
  if (home === undefined) return undefined
  return platform === "darwin" ? `${home}/Library/Caches` : `${home}/.cache`
}

/**
 * Where the caller's agent listens; `undefined` when the caller wants none, or when the place cannot be used.
 *
 * `$CREDENTIAL_HELPER_AGENT_SOCKET` decides; else it is a folder of ours below `$XDG_RUNTIME_DIR`, the cache folder, or,
 * when that path is too long or there is no home, `/tmp`.
 *
 * @since 0.1.0
 * @category identity
 */
export const place = (caller: Caller): Place | undefined => {
  const { platform, uid, variables } = caller
  if (platform === "win32" || isOn(variables["CREDENTIAL_HELPER_STANDALONE"])) return undefined
  // An agent has no working directory of a caller to find them in.
  if (NetworkVariables.files.some((name) => !/^(?:\/|$)/.test(variables[name] ?? ""))) return undefined
  const explicit = nonEmpty(variables["CREDENTIAL_HELPER_AGENT_SOCKET"])
  if (explicit !== undefined) return fits(explicit) ? split(explicit) : undefined
  const name = `agent-${settings(caller)}-${digest(caller.build)}.sock`
  const parent = folder(caller)
  const socket = `${parent}/credential-helper/${name}`
  return split(parent !== undefined && fits(socket) ? socket : `/tmp/credential-helper-${uid}/${name}`)
}
