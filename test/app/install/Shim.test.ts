/** Runs the shim with every POSIX shell of this machine. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { afterAll } from "vitest"
import * as Shim from "../../../src/app/install/Shim.ts"
import { version } from "../../../src/domain/Version.ts"

const home = mkdtempSync(`${tmpdir()}/ch "shim" of Tim's `)
afterAll(() => rmSync(home, { recursive: true, force: true }))

const write = (path: string, text: string, mode = 0o755): string => {
  mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const shim = write(`${home}/place/tools/credential-helper`, Shim.text)

/** Prints its name, its process id, its stdin and its arguments. */
const double = (path: string, name: string): string =>
  write(path, `#!/bin/sh\nread -r line\nprintf '%s\\n' ${name} "$$" "$line" "$@"\nexit 9\n`)

const named = (directory: string, name: string): string => double(`${directory}/bin/credential-helper-${version}`, name)

named(`${home}/workdir`, "workdir")
named(`${home}/xdg/tweag-credential-helper`, "xdg")
named(`${home}/mac/Library/Caches/tweag-credential-helper`, "mac")
named(`${home}/linux/.cache/tweag-credential-helper`, "linux")
const own = double(`${home}/my own`, "own")
write(`${home}/broken/bin/credential-helper-${version}`, "not executable", 0o644)
mkdirSync(`${home}/place/bin`, { recursive: true })

type Shell = readonly [program: string, ...options: Array<string>]

const shells = [["/bin/sh"], ["dash"], ["bash", "--posix"], ["busybox", "ash"], ["mksh"], ["yash", "--posixly-correct"]]
  .flatMap(([name = "", ...options]): ReadonlyArray<Shell> => {
    const path = ["", "/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"].map((directory) =>
      `${directory}${name}`
    )
      .find((path) => path.startsWith("/") && existsSync(path))
    return path === undefined ? [] : [[path, ...options]]
  })

/** With an empty PATH, only builtins are found. */
const run = ([shell, ...options]: Shell, env: Readonly<Record<string, string>>) => {
  const child = spawnSync(shell, [...options, shim, "get", "a b", "*", "it's"], {
    cwd: `${home}/place`,
    env: { PATH: "", ...env },
    input: "the request\n",
    encoding: "utf8",
    timeout: 10_000
  })
  return { ...child, lines: child.stdout.split("\n") }
}

const runs = (shell: Shell, name: string, env: Readonly<Record<string, string>>): void => {
  const { lines, pid, status, stderr } = run(shell, env)
  assert.deepStrictEqual([status, stderr], [9, ""])
  assert.deepStrictEqual(lines, [name, `${pid}`, "the request", "get", "a b", "*", "it's", ""])
}

const fails = (shell: Shell, env: Readonly<Record<string, string>>): string => {
  const { status, stderr, stdout } = run(shell, env)
  assert.deepStrictEqual([status, stdout], [3, ""])
  assert.match(stderr, /^credential-helper: [^\n]+\. [^\n]+\n$/)
  return stderr
}

for (const shell of shells) {
  describe(`the shim with ${shell.join(" ")}`, () => {
    it("replaces itself with the executable from any of the cache directories", () => {
      runs(shell, "xdg", { XDG_CACHE_HOME: `${home}/xdg`, HOME: `${home}/linux` })
      runs(shell, "mac", { XDG_CACHE_HOME: `${home}/nothing`, HOME: `${home}/mac` })
      runs(shell, "linux", { HOME: `${home}/linux` })
      runs(shell, "linux", { XDG_CACHE_HOME: "../xdg", HOME: `${home}/linux` })
      runs(shell, "xdg", { XDG_CACHE_HOME: `${home}/xdg` })
    })

    it("prefers the paths in variables, which may contain spaces and quotes", () => {
      const caches = { XDG_CACHE_HOME: `${home}/xdg`, HOME: `${home}/linux` }
      runs(shell, "workdir", { ...caches, CREDENTIAL_HELPER_WORKDIR: `${home}/workdir` })
      runs(shell, "own", { ...caches, CREDENTIAL_HELPER_WORKDIR: `${home}/workdir`, CREDENTIAL_HELPER_BIN: own })
      runs(shell, "own", { CREDENTIAL_HELPER_BIN: "../my own" })
      runs(shell, "xdg", { ...caches, CREDENTIAL_HELPER_WORKDIR: "", CREDENTIAL_HELPER_BIN: "" })
    })

    it("fails with one line that says how to install the executable", () => {
      const workdir = fails(shell, { HOME: `${home}/linux`, CREDENTIAL_HELPER_WORKDIR: `${home}/broken` })
      assert.include(workdir, `(searched ${home}/broken/bin)`)
      assert.include(
        workdir,
        `Run version ${version} of the program in this workspace: credential-helper install-workspace`
      )
      assert.include(fails(shell, { HOME: home }), `${home}/.cache/tweag-credential-helper/bin`)
      assert.include(fails(shell, {}), "(no cache directory: HOME is not set)")
      for (const path of [`${home}/nothing`, "bin", `${home}/broken/bin/credential-helper-${version}`]) {
        assert.include(
          fails(shell, { HOME: `${home}/linux`, CREDENTIAL_HELPER_BIN: path }),
          `CREDENTIAL_HELPER_BIN is ${path}, which is not an executable file`
        )
      }
    })
  })
}

describe("Shim", () => {
  it("recognizes its own text in any version and with any line ending, and no other", () => {
    for (const text of [Shim.text, Shim.text.replace(version, "9.9.9"), Shim.text.replaceAll("\n", "\r\n")]) {
      assert.isTrue(Shim.isOurs(text))
    }
    assert.isFalse(Shim.isOurs("#!/bin/sh\nexec my-helper # or credential-helper install-workspace\n"))
  })
})
