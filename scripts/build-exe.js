// npm run build:exe: the program as one executable for this machine, dist/credential-helper.
// npm run build:exe -- --all: one for each platform, dist/credential-helper-<platform>, with their SHA256SUMS.
//
// bun compiles it; the same sources give the same bytes wherever that is done. What it is compiled onto, bun's runtime for
// each platform, comes from the package registry, and is held to the digests of package-lock.json.
import { execFile, execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { bun, flags } from "./bun.js"
import { digestOfSources } from "./digest.js"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Our names for the platforms, and bun's. */
const platforms = {
  "linux-x64": "linux-x64",
  "linux-x64-baseline": "linux-x64-baseline",
  "linux-x64-musl": "linux-x64-musl",
  "linux-arm64": "linux-aarch64",
  "linux-arm64-musl": "linux-aarch64-musl",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-aarch64",
  "windows-x64": "windows-x64",
  "windows-arm64": "windows-aarch64"
}

/** No package of ours depends on this one, so that the lock file does not hold its digest. */
const unlocked = {
  "@oven/bun-linux-x64-baseline@1.4.5":
    "sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA=="
}

class BuildFailed extends Error {}

const run = async (command, args, cwd) => {
  try {
    return (await promisify(execFile)(command, args, { cwd, maxBuffer: 16 * 1024 * 1024 })).stdout
  } catch (error) {
    throw new BuildFailed(`${command} ${args[0]} failed (${error.code}):\n${error.stderr}${error.stdout}`.trim())
  }
}

/** One fixed name for all that is compiled: it is part of the bytes. */
const compile = async (folder, runtime = []) => {
  const defines = { CREDENTIAL_HELPER_BUILD: JSON.stringify(digestOfSources()), CREDENTIAL_HELPER_EXECUTABLE: "true" }
  const defined = Object.entries(defines).flatMap(([name, value]) => ["--define", `${name}=${value}`])
  await run(bun, ["build", "src/app/exe.ts", ...flags, ...defined, "--outfile", `${folder}/credential-helper`, ...runtime], root)
  const made = ["", ".exe"].map((ending) => `${folder}/credential-helper${ending}`).find((path) => existsSync(path))
  if (made === undefined) throw new BuildFailed("bun has made nothing")
  chmodSync(made, 0o755)
  return made
}

/** bun's runtime for a platform, unpacked in the folder. */
const fetchRuntime = async (name, folder) => {
  const locked = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")).packages
  const id = `@oven/bun-${name}@${locked["node_modules/bun"].version}`
  const integrity = locked[`node_modules/@oven/bun-${name}`]?.integrity ?? unlocked[id]
  if (integrity === undefined) throw new BuildFailed(`no digest of ${id} is known`)
  const packed = JSON.parse(await run("npm", ["pack", id, "--json", "--pack-destination", folder], root))
  const archive = `${folder}/${packed[0].filename}`
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`
  if (found !== integrity) throw new BuildFailed(`${id} is not what it was: its digest is another one`)
  await run("tar", ["-xzf", archive, "-C", folder], root)
  return `${folder}/package/bin/bun${name.startsWith("windows") ? ".exe" : ""}`
}

const withFolder = async (use) => {
  const folder = mkdtempSync(`${tmpdir()}/credential-helper-build-`)
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Moved into place when it is whole; the folder may be on another file system. */
const place = (made, name) => {
  const temporary = `${root}dist/.${name}.${process.pid}`
  mkdirSync(`${root}dist`, { recursive: true })
  writeFileSync(temporary, readFileSync(made), { mode: 0o755 })
  chmodSync(temporary, 0o755)
  renameSync(temporary, `${root}dist/${name}`)
  return createHash("sha256").update(readFileSync(`${root}dist/${name}`)).digest("hex")
}

const buildOne = (platform, name) =>
  withFolder(async (folder) => {
    const runtime = await fetchRuntime(name, folder)
    const made = await compile(folder, [`--target=bun-${name}`, `--compile-executable-path=${runtime}`])
    const file = `credential-helper-${platform}${made.endsWith(".exe") ? ".exe" : ""}`
    return `${place(made, file)}  ${file}\n`
  })

const buildAll = async () => {
  const sums = []
  for (const [platform, name] of Object.entries(platforms)) {
    sums.push(await buildOne(platform, name))
    process.stdout.write(sums.at(-1))
  }
  writeFileSync(`${root}dist/SHA256SUMS`, sums.join(""))
}

const buildOwn = () => withFolder(async (folder) => void place(await compile(folder), "credential-helper"))

try {
  execFileSync(bun, ["--version"], { stdio: "ignore" })
} catch {
  process.stderr.write("build:exe: bun cannot be started. Run npm ci, with the install script of the package bun allowed\n")
  process.exit(1)
}
const [option, ...more] = process.argv.slice(2)
if (more.length > 0 || (option !== undefined && option !== "--all")) {
  process.stderr.write("build:exe: the only option is --all\n")
  process.exit(2)
}
try {
  await (option === "--all" ? buildAll() : buildOwn())
} catch (error) {
  if (!(error instanceof BuildFailed)) throw error
  process.stderr.write(`build:exe: ${error.message}\n`)
  process.exitCode = 1
}
