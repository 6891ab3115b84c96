// Identifies a build: an agent answers only callers of its own build. The program for Node.js and the executable count as
// one build if they are made from the same sources.
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

export const digestOfSources = (): string => {
  const hash = createHash("sha256")
  for (const name of readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).sort()) {
    if (name.endsWith(".ts")) hash.update(name).update(readFileSync(`${root}src/${name}`))
  }
  return hash.update(readFileSync(`${root}package-lock.json`)).digest("base64url").slice(0, 16)
}
