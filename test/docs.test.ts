import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import * as HelperConfig from "../src/config/HelperConfig.ts"
import { helpers } from "./config/schemas.ts"

const root = new URL("..", import.meta.url).pathname
const pages = [
  "README.md",
  ...readdirSync(`${root}docs`).filter((name) => name.endsWith(".md")).map((_) => `docs/${_}`)
]
const read = (page: string) => readFileSync(`${root}${page}`, "utf8")

const decode = HelperConfig.decoder(helpers)

const loads = (path: string, text: string): void => {
  const result = Effect.runSync(Effect.either(decode(path, text)))
  assert.isTrue(Either.isRight(result), `${path}: ${text}`)
}

describe("the documentation", () => {
  for (const page of pages) {
    it(`${page}: every configuration loads`, () => {
      for (const [, block = ""] of read(page).matchAll(/```json\n([^]*?)```/g)) {
        if (block.includes("\"urls\"")) loads(page, block)
      }
    })

    it(`${page}: every link leads somewhere`, () => {
      for (const [, target = ""] of read(page).matchAll(/\]\(([^)]+)\)/g)) {
        if (!target.includes("://")) {
          assert.isTrue(existsSync(resolve(root, dirname(page), target.split("#")[0] ?? "")), target)
        }
      }
    })
  }

  it("the repository's own configuration loads", () => {
    loads("own", read(".tweag-credential-helper.json"))
  })

  it("every command that is named exists", () => {
    const help = execFileSync(`${root}bin/credential-helper`, ["--help"], { encoding: "utf8" })
    for (const page of pages) {
      for (const [, command = ""] of read(page).matchAll(/`?credential-helper (agent-[a-z]+|get|version)/g)) {
        assert.include(help, command)
      }
    }
  })
})
