// npm run vectors -- FILE.json: runs a file of test vectors and prints the cases that fail.
import { readFileSync } from "node:fs"
import { resolve } from "node:path"

const stop = (message: string): never => {
  process.stderr.write(`vectors: ${message}\n`)
  process.exit(2)
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    return stop(`${path} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

const [path, ...rest] = process.argv.slice(2)
if (path === undefined || rest.length > 0) stop("expected one argument. Usage: npm run vectors -- FILE.json")

// npm runs scripts in the project's root directory; a relative path is meant from where npm was called.
const { INIT_CWD: calledFrom = ".", npm_lifecycle_event: script } = process.env
const text = read(resolve(script === "vectors" ? calledFrom : ".", path ?? ""))

// Loaded only now, because loading takes longer than the checks above.
const [Effect, Either, Vectors] = await Promise.all([
  import("effect/Effect"),
  import("effect/Either"),
  import("../test/vectors/Vectors.ts")
])
const outcome = await Effect.runPromise(Effect.either(Vectors.run(text)))
const results = Either.getOrElse(outcome, ({ message }) => stop(`${path}: ${message}`))
process.stdout.write(`${Vectors.report(results).join("\n")}\n`)
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
