import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Files from "../../src/platform/Files.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

const files = {
  "/home/u/config": "text",
  "/home/u/bom": new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
  "/home/u/secret": { mode: 0o000, text: "s" },
  "/home/u/empty": MemoryFileSystem.directory
}

const layer = Layer.provideMerge(Files.layer, MemoryFileSystem.layer(files))

describe("MemoryFileSystem", () => {
  it.effect("is read by Files like any other file system", () =>
    Effect.gen(function*() {
      const { readText } = yield* Files.Files
      assert.deepStrictEqual(yield* readText("/home/u/config"), Option.some("text"))
      assert.deepStrictEqual(yield* readText("/home/u/bom"), Option.some("{}"))
      assert.deepStrictEqual(yield* readText("/home/u/empty"), Option.none())
      assert.deepStrictEqual(yield* readText("/home/u/none"), Option.none())
      assert.deepStrictEqual(yield* readText("/home/u/config/below"), Option.none())
      assert.strictEqual((yield* Effect.flip(readText("/home/u/secret"))).reason, "permission denied")
    }).pipe(Effect.provide(layer)))

  it.effect("changes the fingerprint of a file with each change", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = "/home/u/config"
      const print = Files.fingerprint(fs, path)
      const seen = [yield* print]
      yield* fs.writeFileString(path, "TEXT")
      seen.push(yield* print)
      yield* fs.writeFileString(`${path}.new`, "TEXT")
      yield* fs.rename(`${path}.new`, path)
      seen.push(yield* print)
      yield* fs.remove(path)
      seen.push(yield* print)
      assert.strictEqual(new Set(seen).size, seen.length)
      yield* fs.chmod("/home/u/secret", 0o600)
      assert.strictEqual(yield* fs.readFileString("/home/u/secret"), "s")
    }).pipe(Effect.provide(layer)))

  it.effect("contains the parent directories of its files", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      assert.deepStrictEqual(yield* fs.readDirectory("/home"), ["u"])
      assert.sameMembers([...yield* fs.readDirectory("/home/u")], ["config", "bom", "secret", "empty"])
      assert.strictEqual((yield* fs.stat("/home")).type, "Directory")
      assert.strictEqual((yield* Effect.flip(fs.readFile("/home")))._tag, "SystemError")
    }).pipe(Effect.provide(layer)))
})

describe("TestEnvironment", () => {
  it.effect("shows nothing of the process that runs the test", () =>
    Effect.gen(function*() {
      const environment = TestEnvironment.make({ A: "1", EMPTY: "" }, { cwd: "/elsewhere" })
      assert.deepStrictEqual(yield* environment.get("PATH"), Option.none())
      assert.deepStrictEqual(yield* environment.get("EMPTY"), Option.none())
      assert.deepStrictEqual(yield* environment.home, Option.none())
      assert.deepStrictEqual([environment.cwd, environment.tmp], ["/elsewhere", "/tmp"])
    }))
})
