// What the benchmark runs in: a registry, homes with agents of their own, and the empty programs to compare with.
import { execFileSync, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { bun, flags } from "../scripts/bun.js"
import { drained, run, WrongAnswer } from "./measure.js"

const root = fileURLToPath(new URL("..", import.meta.url))

export const programs = { executable: `${root}dist/credential-helper`, node: `${root}bin/credential-helper` }

/** Nothing of the caller's environment: some of its variables make Node.js start slower, and not bun. */
const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

const compileEmpty = (folder) => {
  writeFileSync(`${folder}/empty.ts`, "export {}\n")
  execFileSync(bun, ["build", "empty.ts", ...flags, "--outfile", `${folder}/empty`], { cwd: folder, stdio: "pipe" })
  return `${folder}/empty`
}

const startRegistry = async () => {
  const child = fork(`${root}bench/registry.js`)
  const [started] = await Promise.race([once(child, "message"), once(child, "exit")])
  if (started?.origin === undefined) throw new Error("the registry did not start")
  const count = async () => {
    const answer = once(child, "message")
    child.send("count")
    return (await answer)[0]
  }
  return { ...started, host: new URL(started.origin).host, count, close: () => child.disconnect() }
}

/** Does the answer hold a token for this repository, of this user? */
export const grants = (repository, user) => (stdout) => {
  try {
    const [authorization] = JSON.parse(stdout).headers.Authorization
    const claims = JSON.parse(Buffer.from(authorization.replace(/^Bearer /, ""), "base64url").toString("utf8"))
    return claims.user === user && claims.access.includes(`repository:${repository}:pull`) && claims.expires > Date.now()
  } catch {
    return false
  }
}

/** A user of one of the programs. `call` describes a process, for `run`. */
const makeHome = (home, program, registry, isLoggedIn) => {
  const cwd = `${home}/work`
  // Should the benchmark be killed, its agents do not stay for hours.
  const env = { PATH: path, HOME: home, CREDENTIAL_HELPER_IDLE_TIMEOUT: "10m" }
  for (const folder of [cwd, `${home}/.docker`]) mkdirSync(folder, { recursive: true })
  const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64")
  const config = isLoggedIn ? { auths: { [registry.host]: { auth } } } : {}
  const workspace = { urls: [{ host: "127.0.0.1:*", helper: "oci" }] }
  writeFileSync(`${home}/.docker/config.json`, JSON.stringify(config), { mode: 0o600 })
  writeFileSync(`${cwd}/.tweag-credential-helper.json`, JSON.stringify(workspace))
  const call = (args, stdin, isRight) => ({ command: program, args, cwd, env, stdin, isRight })
  const status = async () => {
    const { code, stderr, stdout } = await run(call(["agent-status", "--json"], ""))
    if (code !== 0) throw new WrongAnswer(`agent-status: ${stderr}`)
    return JSON.parse(stdout)
  }
  const input = (uri) => JSON.stringify({ uri })
  const get = (uri, isRight) => call(["get"], input(uri), isRight)
  const line = (build, uri) => `${JSON.stringify({ build, input: input(uri), cwd, env })}\n`
  return { home, cwd, env, program, get, status, line }
}

/** The socket or the mark of an agent that starts. */
const hasAgent = (home) => {
  const folders = ["/.cache", "/Library/Caches"].map((folder) => `${home}${folder}/credential-helper`)
  return folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder)).some((name) =>
    /\.sock(\.start)?$/.test(name)
  )
}

const shutDown = async ({ cwd, env, home, program }) => {
  for (let tries = 0; tries < 30 && hasAgent(home); tries++) {
    try {
      execFileSync(program, ["agent-shutdown"], { cwd, env, stdio: "ignore" })
    } catch {
      // It starts, or it has just ended.
    }
    await sleep(100)
  }
}

export const makeWorld = async () => {
  // A short path on every system: a socket's has to fit into 100 bytes.
  const folder = mkdtempSync("/tmp/ch-bench-")
  const homes = []
  let registry
  const close = async () => {
    await drained()
    for (const home of homes) await shutDown(home)
    registry?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    registry = await startRegistry()
    const bare = { cwd: folder, env: { PATH: path, HOME: folder }, isRight: (stdout) => stdout === "" }
    const home = (program, { isLoggedIn = true, isAlone = false } = {}) => {
      const made = makeHome(`${folder}/${homes.length}`, program, registry, isLoggedIn)
      if (isAlone) made.env.CREDENTIAL_HELPER_STANDALONE = "1"
      homes.push(made)
      return made
    }
    return {
      registry,
      home,
      shutDown,
      close,
      at: (repository, rest) => new URL(`/v2/${repository}/${rest}`, registry.origin).href,
      emptyExecutable: { ...bare, command: compileEmpty(folder), args: [] },
      // By way of env, as the first line of bin/credential-helper starts it.
      emptyNode: { ...bare, command: "/usr/bin/env", args: ["node", "-e", "0"] }
    }
  } catch (error) {
    await close()
    throw error
  }
}
