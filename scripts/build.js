// Builds dist/: the library as ES modules with types, and the program as a bundle whose rarely used parts are chunks.
// It is built beside the old one and takes its place when it is whole, so that nobody ever sees half of it.
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const fresh = `dist.${process.pid}`

/** Tells builds apart: an agent answers callers of its own build alone. */
const digestOfSources = () => {
  const hash = createHash("sha256")
  for (const name of readdirSync(`${root}src`, { recursive: true }).sort()) {
    if (name.endsWith(".ts")) hash.update(name).update(readFileSync(`${root}src/${name}`))
  }
  return hash.update(readFileSync(`${root}package-lock.json`)).digest("base64url").slice(0, 16)
}

const buildLibrary = () =>
  execFileSync(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, "-p", "tsconfig.build.json", "--outDir", fresh],
    { cwd: root, stdio: "inherit" }
  )

const buildProgram = () =>
  build({
    absWorkingDir: root,
    entryPoints: { "credential-helper": "src/bin.ts" },
    outdir: `${fresh}/bin`,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // The ES modules of packages that have both: a dynamic import of CommonJS would see no names.
    mainFields: ["module", "main"],
    conditions: ["module"],
    alias: { yaml: `${root}node_modules/yaml/browser/index.js` },
    define: { CREDENTIAL_HELPER_BUILD: JSON.stringify(digestOfSources()) },
    // Some dependencies are CommonJS and call require.
    banner: { js: "import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url);" },
    logLevel: "warning"
  })

try {
  buildLibrary()
  await buildProgram()
  rmSync(`${root}dist`, { recursive: true, force: true })
  renameSync(`${root}${fresh}`, `${root}dist`)
} catch (error) {
  // The compilers have said what is wrong.
  process.exitCode = typeof error.status === "number" ? error.status : 1
  if (error.status === undefined && error.errors === undefined) process.stderr.write(`${error.message}\n`)
} finally {
  rmSync(`${root}${fresh}`, { recursive: true, force: true })
}
