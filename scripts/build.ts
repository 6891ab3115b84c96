// Builds dist/: the library as ES modules with types, and the program for Node.js. The program is one small CommonJS file,
// which Node.js starts faster than an ES module, and bundles in chunks that it loads when the agent does not answer.
// Everything is built in a temporary directory that then replaces dist/, so that dist/ is never incomplete.
import { build, type BuildOptions, type Plugin } from "esbuild"
import { execFile } from "node:child_process"
import { chmodSync, renameSync, rmSync } from "node:fs"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { digestOfSources } from "./digest.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const fresh = `dist.${process.pid}`

const buildLibrary = () =>
  promisify(execFile)(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, "-p", "tsconfig.build.json", "--outDir", fresh],
    { cwd: root }
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
} satisfies BuildOptions

const buildParts = () =>
  build({
    ...common,
    entryPoints: ["src/app/Run.ts", "src/app/commands/Commands.ts", "src/agent/client/Launcher.ts"],
    entryNames: "[name]",
    splitting: true,
    format: "esm",
    // Use the ES module of packages that have both: a dynamic import of CommonJS has no named exports.
    mainFields: ["module", "main"],
    conditions: ["module"],
    alias: { yaml: `${root}node_modules/yaml/browser/index.js` },
    // Some dependencies are CommonJS and call require.
    banner: { js: "import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url);" }
  })

/** Leaves the dynamic imports of the program to the chunks of `buildParts`. */
const parts: Plugin = {
  name: "parts",
  setup: ({ onResolve }) =>
    onResolve(
      { filter: /\.ts$/ },
      ({ kind, path }) =>
        kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.js`, external: true } : undefined
    )
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

/** What the compiler printed. esbuild has printed its messages already. */
const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return `${error}\n`
  if ("errors" in error) return ""
  if ("stdout" in error && "stderr" in error) return `${error.stdout}${error.stderr}`
  return `${error.message}\n`
}

// All of them end before the directory is removed.
const results = await Promise.allSettled([buildLibrary(), buildParts(), buildProgram()])
const failures = results.filter((result) => result.status === "rejected")
try {
  if (failures.length === 0) {
    // bin/credential-helper of a checkout is a link to this file: starting a second one would slow each call by 5 %.
    chmodSync(`${root}${fresh}/bin/credential-helper.cjs`, 0o755)
    rmSync(`${root}dist`, { recursive: true, force: true })
    renameSync(`${root}${fresh}`, `${root}dist`)
  }
} finally {
  rmSync(`${root}${fresh}`, { recursive: true, force: true })
}
for (const { reason } of failures) process.stderr.write(messageOf(reason))
if (failures.length > 0) process.exitCode = 1
