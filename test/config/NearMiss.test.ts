import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as NearMiss from "../../src/config/NearMiss.ts"

const keys = ["scheme", "host", "path", "helper", "required", "config", "parse_docker_config", "username"]

describe("NearMiss.find", () => {
  it("finds the nearest known word, or none", () => {
    const meant = (typed: string) => Option.getOrUndefined(NearMiss.find(typed, keys))
    assert.strictEqual(meant("hots"), "host")
    assert.strictEqual(meant("Scheme"), "scheme")
    assert.strictEqual(meant("helpr"), "helper")
    assert.strictEqual(meant("parse-docker-config"), "parse_docker_config")
    assert.strictEqual(meant("user"), "username")
    assert.strictEqual(meant("frobnicate"), undefined)
    assert.strictEqual(meant(""), undefined)
    assert.strictEqual(meant("x".repeat(100_000)), undefined)
  })

  it.prop("returns a known word itself", [FastCheck.constantFrom(...keys)], ([key]) => {
    assert.deepStrictEqual(NearMiss.find(key, keys), Option.some(key))
  })
})
