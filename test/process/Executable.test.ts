/** The executable is self-contained, ignores files of the workspace, and has reproducible bytes. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { execFile, execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import * as World from "./World.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const uri = "https://github.com/o/r/archive/v1.tar.gz"

/** The modules of Node.js that an entry point imports statically. */
const loadedAtStart = (entry: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(() =>
    build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      outdir: "unused",
      write: false,
      metafile: true,
      logLevel: "silent"
    })
  ).pipe(Effect.map(({ metafile: { outputs } }) => {
    const imports = (name: string): ReadonlyArray<string> =>
      (outputs[name]?.imports ?? []).filter(({ kind }) => kind !== "dynamic-import").flatMap(({ external, path }) =>
        external === true ? [path] : imports(path)
      )
    return imports(Object.keys(outputs).find((name) => outputs[name]?.entryPoint === entry) ?? "")
  }))

describe("the thin client", () => {
  it.effect("loads no module of Node.js in the executable, and two on Node.js", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* loadedAtStart("src/app/exe.ts"), [])
      assert.deepStrictEqual([...yield* loadedAtStart("src/app/bin.ts")].sort(), ["node:fs", "node:net"])
    }))
})

describe("the executable", () => {
  const [, users] = World.all.find(([form]) => form === "as an executable") ?? assert.fail("there is no executable")

  it.scopedLive("needs neither Node.js nor any other program on PATH", () =>
    Effect.gen(function*() {
      const world = yield* users.make()
      yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
      for (const env of [{}, { CREDENTIAL_HELPER_STANDALONE: "1" }]) {
        const output = yield* world.get(uri, { GH_TOKEN: "t", PATH: "/nowhere", ...env })
        assert.strictEqual(output.stdout, `{"headers":{"Authorization":["Bearer t"]}}\n`, output.stderr)
      }
      const status = yield* world.run(["agent-status"], "", { PATH: "/nowhere" })
      assert.match(status.stdout, /^pid +\d+/)
    }))

  it.scopedLive("ignores configuration files of Bun and Node.js in the workspace", () =>
    Effect.gen(function*() {
      const world = yield* users.make()
      yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
      const trace = `${world.home}/was-here`
      world.write(
        "workspace/evil.ts",
        `require("node:fs").writeFileSync(${JSON.stringify(trace)}, process.argv.join(" "))`
      )
      world.write("workspace/bunfig.toml", `preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n`)
      for (const name of [".env", ".env.local", ".env.production"]) {
        world.write(`workspace/${name}`, "GH_TOKEN=planted\n")
      }
      world.write("workspace/package.json", { type: "commonjs", imports: { "#x": "./evil.ts" }, main: "./evil.ts" })
      world.write("workspace/tsconfig.json", { compilerOptions: { paths: { "*": ["./evil.ts"] } } })
      world.write("workspace/node_modules/effect/index.js", "require('../../evil.ts')")
      const outputs = [
        yield* world.get(uri),
        yield* world.get(uri),
        yield* world.get(uri, { CREDENTIAL_HELPER_STANDALONE: "1" })
      ]
      for (const output of outputs) assert.strictEqual(output.stdout, `{"headers":{}}\n`, output.stderr)
      assert.strictEqual((yield* world.run(["version"])).code, 0)
      assert.isFalse(existsSync(trace))
    }))

  it.scopedLive("starts an agent without the environment variables of the runtimes", () =>
    Effect.gen(function*() {
      const world = yield* users.make()
      yield* Effect.addFinalizer(() => world.run(["agent-shutdown"]))
      const env = {
        BUN_CONFIG_VERBOSE_FETCH: "1",
        BUN_OPTIONS: "--smol",
        NODE_OPTIONS: "--no-deprecation",
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        GH_TOKEN: "t"
      }
      assert.include((yield* world.get(uri, env)).stdout, "Bearer t")
      const { pid } = JSON.parse((yield* world.run(["agent-status", "--json"])).stdout)
      const environ = readFileSync(`/proc/${pid}/environ`, "utf8")
      for (const name of Object.keys(env)) assert.notInclude(environ, `${name}=`)
    }))

  it.scopedLive("has the same bytes in whichever directory it is compiled", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(`${tmpdir()}/ch-build-`)),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
      for (const name of ["src", "scripts", "package.json", "package-lock.json", "tsconfig.json"]) {
        cpSync(`${root}${name}`, `${folder}/${name}`, { recursive: true })
      }
      execFileSync("cp", ["-a", `${root}node_modules`, folder])
      yield* Effect.async<void>((resume) =>
        void execFile("node_modules/.bin/vite-node", [`${folder}/scripts/build-exe.ts`], { cwd: folder }, (error) =>
          resume(error === null ? Effect.void : Effect.die(error)))
      )
      assert.isTrue(readFileSync(`${folder}/dist/credential-helper`).equals(readFileSync(users.program)))
    }), 60_000)
})
