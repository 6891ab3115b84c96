// Tells builds apart: an agent answers callers of its own build alone. The program for Node.js and the executable are one
// build when they are made of the same sources.
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

export const digestOfSources = () => {
  const hash = createHash("sha256")
  for (const name of readdirSync(`${root}src`, { recursive: true }).sort()) {
    if (name.endsWith(".ts")) hash.update(name).update(readFileSync(`${root}src/${name}`))
  }
  return hash.update(readFileSync(`${root}package-lock.json`)).digest("base64url").slice(0, 16)
}
