import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Misplaced from "../../src/docker/Misplaced.ts"

const config = `{"auths":{"a.io":{"auth":"dTpw"}}}`
const base64 = Buffer.from(config).toString("base64")

describe("Misplaced", () => {
  it("tells a config from a path", () => {
    for (const text of [config, ` \n${config}`, `\uFEFF${config}`, base64, `${base64}\n`, base64.replace(/=+$/, "")]) {
      assert.isTrue(Misplaced.isConfig(text), text)
    }
    for (
      const text of ["/home/u/.docker", "docker", "eyes/auth.json", "ewe", "C:\\docker", "~/.docker", "auth.json", ""]
    ) {
      assert.isFalse(Misplaced.isConfig(text), text)
    }
  })

  it("says what stands in the place of a config", () => {
    const what = (text: string) => Option.getOrElse(Misplaced.describe(text), () => "").split(",", 1)[0]
    for (const text of [base64, base64.replace(/.{8}/g, "$&\r\n")]) assert.strictEqual(what(text), "it is base64")
    for (const text of [`'${config}'`, JSON.stringify(config)]) assert.strictEqual(what(text), "it is in quotes")
    for (const text of ["/tmp/x.json", "~/.docker/config.json", "./x", "../x", "C:\\x"]) {
      assert.strictEqual(what(text), "it is a path")
    }
    for (const text of ["hunter2", "[]", "{", "a/b", "// {}", "dGV4dA=="]) assert.strictEqual(what(text), "")
  })

  it("takes linear time on one MiB of the worst inputs", () => {
    for (const part of ["a", "a  ", " ", "=", "\n", "/", "~", "."]) {
      for (const end of ["", "!", "{"]) {
        const text = part.repeat(Math.ceil(1024 * 1024 / part.length)) + end
        const started = performance.now()
        Misplaced.describe(text)
        Misplaced.describe(`a${text}`)
        assert.isBelow(performance.now() - started, 30_000, part)
      }
    }
  }, 240_000)
})
