// The environment of the benchmark: a registry, home directories with an agent each, and empty programs as a baseline.
import { execFileSync, fork } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { bun, flags } from "../scripts/bun.ts"
import { type Call, drained, run, WrongAnswer } from "./measure.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

export const programs = { executable: `${root}dist/credential-helper`, node: `${root}bin/credential-helper` }

/** Processes do not inherit the environment: some variables slow down the start of Node.js, but not of Bun. */
const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

/** A URI and a check of the answer. */
export interface Query {
  readonly uri: string
  readonly isRight: Call["isRight"]
}

export interface RequestCounts {
  readonly challenges: number
  readonly tokens: number
  readonly others: number
}

interface Started {
  readonly origin: string
  readonly username: string
  readonly password: string
}

export interface Registry extends Started {
  readonly host: string
  readonly count: () => Promise<RequestCounts>
  readonly close: () => void
}

interface AgentStatus {
  readonly identity: string
  readonly pid: number
  readonly memoryBytes: number
  readonly entries: ReadonlyArray<unknown>
}

/** A user of one of the programs, with a home directory and an agent. */
export interface Home {
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly program: string
  readonly get: (query: Query) => Call
  readonly status: () => Promise<AgentStatus>
  /** A request to the agent as the thin client sends it. */
  readonly line: (build: string, uri: string) => string
}

export interface World {
  readonly registry: Registry
  readonly home: (
    program: string,
    options?: { readonly isLoggedIn?: boolean; readonly isStandalone?: boolean }
  ) => Home
  readonly shutDown: (home: Home) => Promise<void>
  readonly close: () => Promise<void>
  readonly at: (repository: string, rest: string) => string
  readonly emptyExecutable: Call
  readonly emptyNode: Call
}

const compileEmpty = (folder: string): string => {
  writeFileSync(`${folder}/empty.ts`, "export {}\n")
  execFileSync(bun, ["build", "empty.ts", ...flags, "--outfile", `${folder}/empty`], { cwd: folder, stdio: "pipe" })
  return `${folder}/empty`
}

const startRegistry = async (): Promise<Registry> => {
  const child = fork(`${root}node_modules/vite-node/vite-node.mjs`, [`${root}bench/registry.ts`])
  const started = await new Promise<Started>((resolve, reject) => {
    child.once("message", (message: Started) => resolve(message))
    child.once("exit", () => reject(new Error("the registry did not start")))
  })
  const count = () =>
    new Promise<RequestCounts>((resolve) => {
      child.once("message", (message: RequestCounts) => resolve(message))
      child.send("count")
    })
  return { ...started, host: new URL(started.origin).host, count, close: () => child.disconnect() }
}

/** Whether the answer has a token for this repository and user. */
export const grants = (repository: string, user?: string) => (stdout: string): boolean => {
  try {
    const [authorization] = JSON.parse(stdout).headers.Authorization
    const claims = JSON.parse(Buffer.from(authorization.replace(/^Bearer /, ""), "base64url").toString("utf8"))
    return claims.user === user && claims.access.includes(`repository:${repository}:pull`) &&
      claims.expires > Date.now()
  } catch {
    return false
  }
}

const makeHome = (
  home: string,
  program: string,
  registry: Registry,
  { isLoggedIn, isStandalone }: { readonly isLoggedIn: boolean; readonly isStandalone: boolean }
): Home => {
  const cwd = `${home}/workspace`
  const env = {
    PATH: path,
    HOME: home,
    // Agents exit soon even if the benchmark is killed.
    CREDENTIAL_HELPER_IDLE_TIMEOUT: "10m",
    ...(isStandalone ? { CREDENTIAL_HELPER_STANDALONE: "1" } : {})
  }
  for (const folder of [cwd, `${home}/.docker`]) mkdirSync(folder, { recursive: true })
  const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64")
  const config = isLoggedIn ? { auths: { [registry.host]: { auth } } } : {}
  const workspace = { urls: [{ host: "127.0.0.1:*", helper: "oci" }] }
  writeFileSync(`${home}/.docker/config.json`, JSON.stringify(config), { mode: 0o600 })
  writeFileSync(`${cwd}/.tweag-credential-helper.json`, JSON.stringify(workspace))
  const call = (args: ReadonlyArray<string>, stdin: string, isRight: Call["isRight"]): Call => ({
    command: program,
    args,
    cwd,
    env,
    stdin,
    isRight
  })
  const status = async (): Promise<AgentStatus> => {
    const { code, stderr, stdout } = await run(call(["agent-status", "--json"], "", () => true))
    if (code !== 0) throw new WrongAnswer(`agent-status: ${stderr}`)
    return JSON.parse(stdout)
  }
  const input = (uri: string) => JSON.stringify({ uri })
  const get = ({ isRight, uri }: Query) => call(["get"], input(uri), isRight)
  const line = (build: string, uri: string) => `${JSON.stringify({ build, input: input(uri), cwd, env })}\n`
  return { home, cwd, env, program, get, status, line }
}

/** Whether there is a socket, or the marker file of an agent that is starting. */
const hasAgent = (home: string): boolean => {
  const folders = ["/.cache", "/Library/Caches"].map((folder) => `${home}${folder}/credential-helper`)
  return folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder)).some((name) =>
    /\.sock(\.start)?$/.test(name)
  )
}

const shutDown = async ({ cwd, env, home, program }: Home): Promise<void> => {
  for (let tries = 0; tries < 30 && hasAgent(home); tries++) {
    try {
      execFileSync(program, ["agent-shutdown"], { cwd, env, stdio: "ignore" })
    } catch {
      // It is starting, or has just exited.
    }
    await sleep(100)
  }
}

export const makeWorld = async (): Promise<World> => {
  // A short path on every system, because socket paths are limited to about 100 bytes.
  const folder = mkdtempSync("/tmp/ch-bench-")
  const homes: Array<Home> = []
  let registry: Registry | undefined
  const close = async () => {
    await drained()
    for (const home of homes) await shutDown(home)
    registry?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const started = await startRegistry()
    registry = started
    const bare = { cwd: folder, env: { PATH: path, HOME: folder }, isRight: (stdout: string) => stdout === "" }
    const home: World["home"] = (program, { isLoggedIn = true, isStandalone = false } = {}) => {
      const made = makeHome(`${folder}/${homes.length}`, program, started, { isLoggedIn, isStandalone })
      homes.push(made)
      return made
    }
    return {
      registry: started,
      home,
      shutDown,
      close,
      at: (repository, rest) => new URL(`/v2/${repository}/${rest}`, started.origin).href,
      emptyExecutable: { ...bare, command: compileEmpty(folder), args: [] },
      // Through env, like the first line of bin/credential-helper.
      emptyNode: { ...bare, command: "/usr/bin/env", args: ["node", "-e", "0"] }
    }
  } catch (error) {
    await close()
    throw error
  }
}
