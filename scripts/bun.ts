// Bun and the flags that make an executable with it, shared by the program (build-exe.ts) and the benchmark's baseline.
import { fileURLToPath } from "node:url"

export const bun = fileURLToPath(new URL("../node_modules/bun/bin/bun.exe", import.meta.url))

/**
 * `--compile-jit-policy`: a `get` without an agent ends before compiling to machine code pays off.
 *
 * `--no-compile-autoload-*`: otherwise a workspace could run code with ./bunfig.toml or set variables with ./.env.
 */
export const flags: ReadonlyArray<string> = [
  ...["--compile", "--minify", "--bytecode", "--splitting", "--format=esm", "--target=bun"],
  "--compile-jit-policy=100",
  ...["dotenv", "bunfig", "tsconfig", "package-json"].map((file) => `--no-compile-autoload-${file}`)
]
