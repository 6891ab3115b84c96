// npm run build:exe: the program as one executable for this machine, dist/credential-helper.
// npm run build:exe -- --all: one for each platform, dist/credential-helper-<platform>, with their SHA256SUMS.
//
// Bun compiles it; the same sources give the same bytes on every machine. Bun's runtime for each platform comes from the
// package registry and is checked against the digests in package-lock.json.
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { bun, flags } from "./bun.ts"
import { digestOfSources } from "./digest.ts"
import { Failed, run, unpack, withDirectory } from "./unpack.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Our names for the platforms, and Bun's. */
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

/** No package depends on this one, so the lock file has no digest of it. */
const unlocked: Readonly<Record<string, string>> = {
  "@oven/bun-linux-x64-baseline@1.4.5":
    "sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA=="
}

/** The output always has the same name, because the name is part of the bytes. */
const compile = async (directory: string, runtime: ReadonlyArray<string> = []): Promise<string> => {
  const defines = { CREDENTIAL_HELPER_BUILD: JSON.stringify(digestOfSources()), CREDENTIAL_HELPER_EXECUTABLE: "true" }
  const defined = Object.entries(defines).flatMap(([name, value]) => ["--define", `${name}=${value}`])
  await run(bun, [
    "build",
    "src/app/exe.ts",
    ...flags,
    ...defined,
    "--outfile",
    `${directory}/credential-helper`,
    ...runtime
  ], root)
  const made = ["", ".exe"].map((ending) => `${directory}/credential-helper${ending}`).find((path) => existsSync(path))
  if (made === undefined) throw new Failed("bun wrote no executable")
  chmodSync(made, 0o755)
  return made
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>
}

/** Downloads Bun's runtime for a platform and unpacks it in the directory. */
const fetchRuntime = async (name: string, directory: string): Promise<string> => {
  const { packages: locked }: LockFile = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8"))
  const id = `@oven/bun-${name}@${locked["node_modules/bun"]?.version}`
  const integrity = locked[`node_modules/@oven/bun-${name}`]?.integrity ?? unlocked[id]
  if (integrity === undefined) throw new Failed(`no digest of ${id} is known`)
  return `${await unpack(id, integrity, directory)}/bin/bun${name.startsWith("windows") ? ".exe" : ""}`
}

/** Copies the file and then renames it, because the directory may be on another file system. Returns its SHA-256. */
const place = (made: string, name: string): string => {
  const temporary = `${root}dist/.${name}.${process.pid}`
  mkdirSync(`${root}dist`, { recursive: true })
  writeFileSync(temporary, readFileSync(made), { mode: 0o755 })
  chmodSync(temporary, 0o755)
  renameSync(temporary, `${root}dist/${name}`)
  return createHash("sha256").update(readFileSync(`${root}dist/${name}`)).digest("hex")
}

const buildOne = (platform: string, name: string): Promise<string> =>
  withDirectory(async (directory) => {
    const runtime = await fetchRuntime(name, directory)
    const made = await compile(directory, [`--target=bun-${name}`, `--compile-executable-path=${runtime}`])
    const file = `credential-helper-${platform}${made.endsWith(".exe") ? ".exe" : ""}`
    return `${place(made, file)}  ${file}\n`
  })

const buildAll = async () => {
  const sums: Array<string> = []
  for (const [platform, name] of Object.entries(platforms)) {
    const sum = await buildOne(platform, name)
    process.stdout.write(sum)
    sums.push(sum)
  }
  writeFileSync(`${root}dist/SHA256SUMS`, sums.join(""))
}

const buildOwn = () => withDirectory(async (directory) => void place(await compile(directory), "credential-helper"))

try {
  execFileSync(bun, ["--version"], { stdio: "ignore" })
} catch {
  process.stderr.write(
    "build:exe: bun cannot be started. Run: npm ci (the install script of the package bun must be allowed)\n"
  )
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
  if (!(error instanceof Failed)) throw error
  process.stderr.write(`build:exe: ${error.message}\n`)
  process.exitCode = 1
}
