// Builds dist/: the library as ES modules with types, and the program for Node.js. That is one small CommonJS file, which
// Node.js starts faster than a module, and bundles in chunks that it loads when the agent does not answer.
// All is built beside the old one and takes its place when it is whole, so that nobody ever sees half of it.
import { execFileSync } from "node:child_process"
import { chmodSync, renameSync, rmSync } from "node:fs"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { digestOfSources } from "./digest.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const fresh = `dist.${process.pid}`

const buildLibrary = () =>
  execFileSync(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, "-p", "tsconfig.build.json", "--outDir", fresh],
    { cwd: root, stdio: "inherit" }
  )

const common = {
  absWorkingDir: root,
  outdir: `${fresh}/bin`,
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20.19",
  define: { CREDENTIAL_HELPER_BUILD: JSON.stringify(digestOfSources()) },
  logLevel: "warning"
}

const buildParts = () =>
  build({
    ...common,
    entryPoints: ["src/app/Run.ts", "src/app/commands/Commands.ts", "src/agent/client/Launcher.ts"],
    entryNames: "[name]",
    splitting: true,
    format: "esm",
    // The ES modules of packages that have both: a dynamic import of CommonJS would see no names.
    mainFields: ["module", "main"],
    conditions: ["module"],
    alias: { yaml: `${root}node_modules/yaml/browser/index.js` },
    // Some dependencies are CommonJS and call require.
    banner: { js: "import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url);" }
  })

/** What the program imports when it needs it are the parts above. */
const parts = {
  name: "parts",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\.ts$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.js`, external: true } : undefined)
}

const buildProgram = () =>
  build({
    ...common,
    entryPoints: { "credential-helper": "src/app/bin.ts" },
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    plugins: [parts]
  })

try {
  buildLibrary()
  await Promise.all([buildParts(), buildProgram()])
  // bin/credential-helper of a checkout is a link to it: a second file would cost a twentieth of an answer.
  chmodSync(`${root}${fresh}/bin/credential-helper.cjs`, 0o755)
  rmSync(`${root}dist`, { recursive: true, force: true })
  renameSync(`${root}${fresh}`, `${root}dist`)
} catch (error) {
  // The compilers have said what is wrong.
  process.exitCode = typeof error.status === "number" ? error.status : 1
  if (error.status === undefined && error.errors === undefined) process.stderr.write(`${error.message}\n`)
} finally {
  rmSync(`${root}${fresh}`, { recursive: true, force: true })
}
