// npm run diagnostics: the Effect diagnostics of tsconfig.json, which TypeScript itself does not know.
//
// @effect/tsgo is a build of TypeScript that has them. It is no dependency, because package-lock.json would need a digest for
// each of its platforms: the one of this platform is downloaded and checked here.
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Failed, unpack, withDirectory } from "./unpack.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

const version = "0.45.0"
const digests: Readonly<Record<string, string>> = {
  "linux-x64": "sha512-aWt0G8celAxJOis4+xiILkyMP/3J+vukimUhSoCmUAPt8zoT9qhZcN64XYZE7jfqp88ByRdgN9GK1/C7YfPtcQ=="
}

const platform = `${process.platform}-${process.arch}`
const digest = digests[platform]

const check = async (digest: string) =>
  withDirectory(async (directory) => {
    const content = await unpack(`@effect/tsgo-${platform}@${version}`, digest, directory)
    try {
      execFileSync(`${content}/lib/tsc`, ["-p", root], { stdio: "inherit" })
    } catch {
      throw new Failed("there are diagnostics")
    }
  })

try {
  if (digest === undefined) {
    process.stdout.write(`diagnostics: not checked, they run on ${Object.keys(digests).join(", ")}\n`)
  } else await check(digest)
} catch (error) {
  if (!(error instanceof Failed)) throw error
  process.stderr.write(`diagnostics: ${error.message}\n`)
  process.exitCode = 1
}
