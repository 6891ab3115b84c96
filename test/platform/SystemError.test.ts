import { assert, describe, it } from "@effect/vitest"
import * as SystemError from "../../src/platform/SystemError.ts"

const withCode = (code: unknown, cause?: unknown) => Object.assign(new Error("x", { cause }), { code })

describe("SystemError.codeOf", () => {
  it("returns the code at the root of the causes", () => {
    assert.strictEqual(SystemError.codeOf(withCode("ENOENT")), "ENOENT")
    assert.strictEqual(SystemError.codeOf(new Error("x", { cause: withCode("ECONNREFUSED") })), "ECONNREFUSED")
    assert.strictEqual(SystemError.codeOf(withCode("ERR_OUTER", withCode("EPIPE"))), "EPIPE")
    assert.strictEqual(SystemError.codeOf(withCode("ERR_OUTER", new Error("no code"))), "ERR_OUTER")
  })

  it("returns undefined when there is no code", () => {
    for (const error of [undefined, null, "ENOENT", 2, new Error("ENOENT"), withCode(2)]) {
      assert.isUndefined(SystemError.codeOf(error))
    }
  })
})

describe("SystemError.describe", () => {
  it("says common codes in words, and leaves others", () => {
    assert.strictEqual(SystemError.describe("EMFILE"), "too many open files")
    assert.strictEqual(SystemError.describe("ENFILE"), "too many open files on this machine")
    assert.strictEqual(SystemError.describe("EOTHER"), "EOTHER")
  })
})
