// npm run bench: what a `get` costs on this machine, as ratios to an empty program. Prints a table; tests nothing.
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const program = `${root}bin/credential-helper`
const rounds = 30
const home = mkdtempSync(`${tmpdir()}/credential-helper-bench-`)

const environment = (extra) => ({ PATH: process.env.PATH, HOME: home, ...extra })

const run = ([command, ...args], stdin, env) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command, args, { cwd: home, env: environment(env) })
    child.stdout.resume()
    child.stderr.resume()
    child.on("error", reject)
    child.on("exit", (code) =>
      code === 0 ? resolve(performance.now() - started) : reject(new Error(`${command} ended with ${code}`)))
    child.stdin.on("error", () => undefined)
    child.stdin.end(stdin)
  })

const foreign = JSON.stringify({ uri: "https://example.com/file" })
const gitHub = JSON.stringify({ uri: "https://github.com/org/repo/archive/v1.tar.gz" })
const node = process.execPath

const figures = [
  { name: "an empty program (node -e 0)", command: [node, "-e", "0"], stdin: "", env: {} },
  { name: "get, foreign host, by itself", command: [node, program, "get"], stdin: foreign, env: { CREDENTIAL_HELPER_STANDALONE: "1" } },
  { name: "get, GitHub token, by itself", command: [node, program, "get"], stdin: gitHub, env: { CREDENTIAL_HELPER_STANDALONE: "1", GH_TOKEN: "t" } },
  { name: "get, foreign host, from the agent", command: [node, program, "get"], stdin: foreign, env: {} },
  { name: "get, GitHub token, from the agent", command: [node, program, "get"], stdin: gitHub, env: { GH_TOKEN: "t" } }
]

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

try {
  const times = figures.map(() => [])
  // Interleaved, so that whatever else the machine does weighs on all alike.
  for (let round = -2; round < rounds; round++) {
    for (const [index, { command, env, stdin }] of figures.entries()) {
      const elapsed = await run(command, stdin, env)
      if (round >= 0) times[index].push(elapsed)
    }
  }
  const [empty] = times.map(median)
  const rows = figures.map(({ name }, index) => ({
    name,
    millis: Math.round(median(times[index]) * 10) / 10,
    ratio: Math.round(median(times[index]) / empty * 100) / 100
  }))
  for (const { millis, name, ratio } of rows) {
    process.stdout.write(`${name.padEnd(38)} ${millis.toFixed(1).padStart(8)} ms ${ratio.toFixed(2).padStart(7)} x\n`)
  }
  mkdirSync(`${root}bench/results`, { recursive: true })
  writeFileSync(
    `${root}bench/results/latest.json`,
    `${JSON.stringify({ node: process.version, rounds, rows }, undefined, 2)}\n`
  )
} finally {
  await run([node, program, "agent-shutdown"], "", {}).catch(() => undefined)
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}
