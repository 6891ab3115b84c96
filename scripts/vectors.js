// npm run vectors -- FILE.json: runs a file of test vectors and prints what did not come out as it should.
import { readFileSync } from "node:fs"
import { resolve } from "node:path"

const stop = (message) => {
  process.stderr.write(`vectors: ${message}\n`)
  process.exit(2)
}

const load = async () => {
  try {
    return [await import("../test/vectors/Vectors.ts"), await import("effect/Effect")]
  } catch (error) {
    return stop(`the library is not built (${error.code ?? error.message}). Run: npm run build`)
  }
}

const read = (path) => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    return stop(`${path} cannot be read (${error.code ?? error.message}).`)
  }
}

const [path, ...rest] = process.argv.slice(2)
if (path === undefined || rest.length > 0) stop("one argument is expected. Usage: npm run vectors -- FILE.json")

// npm runs scripts in the root of the project, wherever the person is who types the path.
const { INIT_CWD: typedIn, npm_lifecycle_event: script } = process.env
const text = read(resolve(script === "vectors" && typedIn !== undefined ? typedIn : ".", path))
const [Vectors, Effect] = await load()
const outcome = await Effect.runPromise(Effect.either(Vectors.run(text)))
if (outcome._tag === "Left") stop(`${path}: ${outcome.left.message}`)

process.stdout.write(`${Vectors.report(outcome.right).join("\n")}\n`)
process.exitCode = outcome.right.every(({ passed }) => passed) ? 0 : 1
