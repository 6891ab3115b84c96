// Builds dist/: the library as ES modules with types, and the program as a bundle whose rarely used parts are chunks.
import { execFileSync } from "node:child_process"
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))

rmSync(`${root}dist`, { recursive: true, force: true })
execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit"
})
await build({
  absWorkingDir: root,
  entryPoints: { "credential-helper": "src/bin.ts" },
  outdir: "dist/bin",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // Some dependencies are CommonJS and call require.
  banner: { js: "import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url);" },
  logLevel: "warning"
})
