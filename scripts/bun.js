// bun, and how it makes an executable: for the program (build-exe.js), and for what the benchmark compares it with.
import { fileURLToPath } from "node:url"

export const bun = fileURLToPath(new URL("../node_modules/bun/bin/bun.exe", import.meta.url))

/**
 * A `get` that resolves by itself ends before code that is compiled to machine code pays; with the usual threshold the
 * compiler takes more time than the answer.
 *
 * The other flags keep a workspace from being obeyed: without them ./bunfig.toml can run code, and ./.env sets variables.
 */
export const flags = [
  ...["--compile", "--minify", "--bytecode", "--splitting", "--format=esm", "--target=bun"],
  "--compile-jit-policy=100",
  ...["dotenv", "bunfig", "tsconfig", "package-json"].map((file) => `--no-compile-autoload-${file}`)
]
