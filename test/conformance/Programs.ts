/** Runs programs of the system and collects their output. */
import * as Effect from "effect/Effect"
import { execFile, execFileSync } from "node:child_process"
import { existsSync } from "node:fs"

/** Programs that the tests need, and their Debian packages. */
const packages = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  htpasswd: "apache2-utils",
  openssl: "openssl"
}

const isInstalled = (name: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** The program of this project, as a user starts it. */
export const credentialHelper = new URL("../../bin/credential-helper", import.meta.url).pathname

/**
 * Whether all programs are installed. Missing ones are reported on stderr, and are an error on CI.
 */
export const areInstalled = (): boolean => {
  if (!existsSync(new URL("../../dist/bin/credential-helper.cjs", import.meta.url))) {
    throw new Error("the program is not built. Run: npm run build")
  }
  const missing = Object.entries(packages).filter(([name]) => !isInstalled(name))
  if (missing.length === 0) return true
  const message = `the conformance tests need ${
    missing.map(([name, pkg]) => `${name} (Debian package ${pkg})`).join(", ")
  }`
  if (process.env["CI"] === "true") throw new Error(message)
  process.stderr.write(`\nSKIPPED: ${message}\n\n`)
  return false
}

export interface Output {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export const run = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {}
): Effect.Effect<Output> =>
  Effect.async((resume) => {
    const { cwd = ".", env = {}, stdin = "" } = options
    const child = execFile(
      program,
      [...args],
      { cwd, env: { PATH: process.env["PATH"], ...env }, encoding: "utf8" },
      (error, stdout, stderr) =>
        resume(Effect.succeed({
          exitCode: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
          stdout,
          stderr: error === null || typeof error.code === "number" ? stderr : `${error.message}`
        }))
    )
    // A program may exit without reading its stdin.
    child.stdin?.on("error", () => undefined)
    child.stdin?.end(stdin)
    return Effect.sync(() => child.kill())
  })

/** Its output. Fails the test if the program fails. */
export const must = (...args: Parameters<typeof run>): Effect.Effect<string> =>
  Effect.flatMap(
    run(...args),
    ({ exitCode, stderr, stdout }) =>
      exitCode === 0 ? Effect.succeed(stdout) : Effect.dieMessage(`${args[0]} ended with ${exitCode}: ${stderr}`)
  )
