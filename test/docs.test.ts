import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, dirname, posix, resolve } from "node:path"
import * as YAML from "yaml"
import * as ConfigFile from "../src/config/ConfigFile.ts"
import * as Errors from "../src/Errors.ts"
import * as Node from "../src/Node.ts"
import * as KnownRegistries from "../src/registry/KnownRegistries.ts"
import * as Testing from "../src/testing.ts"
import { options } from "./config/schemas.ts"

const root = new URL("..", import.meta.url).pathname
const read = (path: string) => readFileSync(`${root}${path}`, "utf8")

const pages = [
  "README.md",
  ...readdirSync(`${root}docs`).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)
]

const sources = readdirSync(`${root}src`, { recursive: true })
  .map((name) => `${name}`.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".ts"))

const blocks = (page: string, language: string): ReadonlyArray<string> =>
  [...read(page).matchAll(/^( *)```(\w*)\n([^]*?)^ *```$/gm)]
    .filter(([, , name]) => name === language)
    .map(([, , , block = ""]) => block)

/** Fenced blocks and inline code. */
const code = (page: string): ReadonlyArray<string> => {
  const text = read(page)
  const prose = text.replace(/^( *)```[^]*?^ *```$/gm, "")
  return [
    ...[...text.matchAll(/^( *)```\w*\n([^]*?)^ *```$/gm)].map(([, , block = ""]) => block),
    ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, words = ""]) => words)
  ]
}

const allMatches = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  [...text.matchAll(pattern)].map(([, match = ""]) => match)

const decode = ConfigFile.decoder(options)

const loads = (path: string, text: string): void => {
  const result = Effect.runSync(Effect.either(decode(path, text)))
  assert.isTrue(Either.isRight(result), `${path}: ${text}`)
}

/** Headings as GitHub turns them into anchors. */
const anchors = (path: string): ReadonlyArray<string> =>
  allMatches(read(path), /^#+ (.+)$/gm).map((heading) =>
    heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  )

describe("the documentation", () => {
  for (const page of pages) {
    it(`${page} has only configurations that load`, () => {
      for (const block of blocks(page, "json")) if (block.includes("\"urls\"")) loads(page, block)
    })

    it(`${page} has no broken link`, () => {
      for (const link of allMatches(read(page), /\]\(([^)]+)\)/g)) {
        if (link.includes("://")) continue
        const [path = "", anchor] = link.split("#")
        const target = path === "" ? page : posix.join(dirname(page), path)
        assert.isTrue(existsSync(resolve(root, target)), link)
        if (anchor !== undefined) assert.include(anchors(target), anchor, link)
      }
    })
  }

  it("starts every page with a paragraph that says what it is about", () => {
    for (const page of pages) assert.match(read(page), /^# .+\n\n[A-Z`*[][^]*?[.:]\n\n/, page)
  })

  it("includes a configuration of this repository that loads", () => {
    loads(".tweag-credential-helper.json", read(".tweag-credential-helper.json"))
  })

  it("names every command, and none that does not exist", () => {
    const help = execFileSync(`${root}bin/credential-helper`, ["--help"], { encoding: "utf8" })
    const commands = allMatches(help, /^ {2}- ([a-z-]+)/gm)
    const named = pages.flatMap((page) =>
      code(page).flatMap((text) => allMatches(text, /credential-helper ([a-z][a-z-]*)/g))
    )
    for (const command of named) assert.include(commands, command)
    for (const command of commands) assert.include(read("README.md"), `\`${command}\``)
  })

  it("has only YAML that is valid", () => {
    for (const page of pages) {
      for (const block of blocks(page, "yaml")) assert.doesNotThrow(() => YAML.parse(block), page)
    }
  })

  it("names no script that does not exist", () => {
    const { scripts } = JSON.parse(read("package.json"))
    for (const page of pages) {
      for (const script of allMatches(read(page), /npm run (?:-s )?([\w:]+)/g)) assert.property(scripts, script, page)
    }
  })
})

describe("package-lock.json", () => {
  const { packages }: {
    readonly packages: Readonly<Record<string, { readonly integrity?: string; readonly resolved?: string }>>
  } = JSON.parse(read("package-lock.json"))
  const installed = Object.entries(packages).filter(([path]) => path !== "")

  it("has a digest of every package, for all platforms", () => {
    assert.isAbove(installed.length, 300)
    assert.deepStrictEqual(installed.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path), [])
  })

  it("names no registry", () => {
    assert.deepStrictEqual(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path), [])
  })
})

describe("README.md", () => {
  it("lists every dependency", () => {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(read("package.json"))
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })) {
      assert.include(read("README.md"), `\`${name}\``)
    }
  })

  it("lists every exit code", () => {
    for (const line of allMatches(read("docs/architecture.md"), /^\| (\d+) \|/gm)) {
      assert.match(read("README.md"), new RegExp(`^\\| ${line} \\|`, "m"))
    }
  })
})

describe("docs/configuration.md", () => {
  it("names every CREDENTIAL_HELPER_* variable", () => {
    const page = read("docs/configuration.md")
    const names = sources.flatMap((name) => allMatches(read(`src/${name}`), /["$](CREDENTIAL_HELPER_[A-Z_]+[A-Z])\b/g))
    for (const name of names) assert.include(page, `\`${name}\``)
  })
})

describe("docs/registries.md", () => {
  it("names every registry, its token services and its variables", () => {
    const page = read("docs/registries.md")
    for (const { environment = [], pattern, realms = [] } of KnownRegistries.all) {
      const variables = environment.flatMap(({ password, username }) =>
        "variable" in username ? [password, username.variable] : [password]
      )
      const host = pattern.replace(/\.cn$/, "")
      for (const word of [host, ...realms, ...variables]) assert.include(page, `\`${word}\``)
    }
  })
})

describe("docs/embedding.md", () => {
  it("names every layer of Node", () => {
    for (const name of Object.keys(Node)) assert.include(read("docs/embedding.md"), `| \`${name}\` |`)
  })
})

describe("docs/testing.md", () => {
  it("names every namespace of the testing kit", () => {
    for (const name of Object.keys(Testing)) assert.include(read("docs/testing.md"), `\`${name}`)
  })
})

describe("docs/architecture.md", () => {
  /** Directories and files of src/ from the lowest floor to the highest, as the page lists them. */
  const floors = [
    ["domain"],
    ["platform"],
    ["http"],
    ["cache"],
    ["config"],
    ["docker"],
    ["registry"],
    ["source"],
    ["provider"],
    ["CredentialHelper.ts"],
    ["Errors.ts", "Node.ts", "Wiring.ts", "index.ts"],
    ["Promise.ts"],
    ["agent"],
    ["app"]
  ]
  const topOf = (name: string): string => name.split("/")[0] ?? name
  const floorOf = (name: string): number => floors.findIndex((floor) => floor.includes(topOf(name)))
  const isTesting = (name: string): boolean => name.startsWith("testing/") || name === "testing.ts"
  const modules = sources.filter((name) => !isTesting(name))

  /** Including type imports and dynamic imports. */
  const importsOf = (name: string): ReadonlyArray<string> =>
    allMatches(read(`src/${name}`), /(?:from|import)[ (]"(\.[^"]+)"/g).map((path) => posix.join(dirname(name), path))

  it("names every module", () => {
    const page = blocks("docs/architecture.md", "")[0] ?? ""
    for (const name of modules) assert.match(page, new RegExp(`\\b${basename(name, ".ts")}\\b`), name)
  })

  it("lists every directory on one floor", () => {
    for (const top of new Set(modules.map(topOf))) {
      assert.strictEqual(floors.filter((floor) => floor.includes(top)).length, 1, top)
    }
  })

  it("allows imports only from the same floor or below", () => {
    for (const name of modules) {
      for (const imported of importsOf(name)) {
        assert.isTrue(floorOf(imported) >= 0 && floorOf(imported) <= floorOf(name), `${name} imports ${imported}`)
      }
    }
  })

  it("allows no import cycle between files", () => {
    const finished = new Set<string>()
    const visit = (name: string, path: ReadonlyArray<string>): void => {
      if (finished.has(name)) return
      assert.notInclude(path, name, [...path, name].join(" → "))
      for (const imported of importsOf(name)) visit(imported, [...path, name])
      finished.add(name)
    }
    for (const name of sources) visit(name, [])
  })

  it("allows only the testing kit to import the testing kit", () => {
    for (const name of modules) {
      for (const imported of importsOf(name)) assert.isFalse(isTesting(imported), `${name} imports ${imported}`)
    }
  })

  it("lists every error under its exit code", () => {
    const page = read("docs/architecture.md")
    const sourceOf = sources.map((name) => read(`src/${name}`))
    const classes = sourceOf.flatMap((
      text
    ) => [...text.matchAll(/export class (\w+) extends Data\.TaggedError[^]*?readonly exitCode = ExitCode\.(\w+)/g)])
    const codes: Readonly<Record<string, number>> = Errors.ExitCode
    assert.isAbove(classes.length, 25)
    for (const [, tag = "", name = ""] of classes) {
      const code = codes[name]
      assert.match(page, new RegExp(`^\\| ${code} \\|.*\`${tag}\``, "m"))
    }
  })
})
