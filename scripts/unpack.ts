// Packages of the registry that are not installed: downloaded by name and version, and checked against a digest.
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"

export class Failed extends Error {}

export const run = (command: string, args: ReadonlyArray<string>, cwd: string): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile(command, [...args], { cwd, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Failed(`${command} ${args[0]} failed (${error.code}):\n${stderr}${stdout}`.trim()))
    })
  )

export const withDirectory = async <A>(use: (directory: string) => Promise<A>): Promise<A> => {
  const directory = mkdtempSync(`${tmpdir()}/credential-helper-build-`)
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Unpacks a package, such as `bun@1.4.5`, in a directory, and returns the path of its content. */
export const unpack = async (id: string, integrity: string, directory: string): Promise<string> => {
  const packed: ReadonlyArray<{ readonly filename: string }> = JSON.parse(
    await run("npm", ["pack", id, "--json", "--pack-destination", directory], directory)
  )
  const archive = `${directory}/${packed[0]?.filename}`
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`
  if (found !== integrity) throw new Failed(`${id} does not match its digest`)
  await run("tar", ["-xzf", archive, "-C", directory], directory)
  return `${directory}/package`
}
