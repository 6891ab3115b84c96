/** The file system in memory does what that of Node.js does. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SystemError from "../../src/platform/SystemError.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"

type Step = readonly [
  name: string,
  run: (fs: FileSystem.FileSystem, at: (path: string) => string) => Effect.Effect<unknown, PlatformError>
]

const text = (content: string) => new TextEncoder().encode(content)
const modeOf = (fs: FileSystem.FileSystem, path: string) => Effect.map(fs.stat(path), ({ mode }) => mode & 0o777)

const steps: ReadonlyArray<Step> = [
  ["write into a missing directory", (fs, at) => fs.writeFileString(at("a/file"), "x")],
  ["make a directory in a missing one", (fs, at) => fs.makeDirectory(at("a/b"))],
  ["make a directory", (fs, at) => fs.makeDirectory(at("a"))],
  ["make it again", (fs, at) => fs.makeDirectory(at("a"))],
  ["make it again, recursively", (fs, at) => fs.makeDirectory(at("a"), { recursive: true })],
  ["make a path", (fs, at) => Effect.asVoid(fs.makeDirectory(at("a/b/c/"), { recursive: true, mode: 0o700 }))],
  ["mode of a directory", (fs, at) => modeOf(fs, at("a/b"))],
  ["write a file", (fs, at) => fs.writeFileString(at("a/file"), "x", { mode: 0o777 })],
  ["mode of a file", (fs, at) => modeOf(fs, at("a/file"))],
  ["write it with another mode", (fs, at) => fs.writeFileString(at("a/file"), "long", { mode: 0o600 })],
  ["mode of a file that was there", (fs, at) => modeOf(fs, at("a/file"))],
  ["write it exclusively", (fs, at) => fs.writeFileString(at("a/file"), "x", { flag: "wx" })],
  ["append to it", (fs, at) => fs.writeFile(at("a/file"), text("er"), { flag: "a" })],
  ["write over its start", (fs, at) => fs.writeFile(at("a/file"), text("L"), { flag: "r+" })],
  ["read it", (fs, at) => fs.readFileString(at("a/file"))],
  ["write over a missing file", (fs, at) => fs.writeFile(at("a/none"), text(""), { flag: "r+" })],
  ["write to a directory", (fs, at) => fs.writeFileString(at("a"), "x")],
  ["read a directory", (fs, at) => fs.readFile(at("a"))],
  ["read below a file", (fs, at) => fs.readFile(at("a/file/below"))],
  ["read a file with a slash", (fs, at) => fs.readFile(at("a/file/"))],
  ["write below a file", (fs, at) => fs.writeFileString(at("a/file/below"), "x")],
  ["list a file", (fs, at) => fs.readDirectory(at("a/file"))],
  ["list a missing directory", (fs, at) => fs.readDirectory(at("none"))],
  ["list a directory", (fs, at) => Effect.map(fs.readDirectory(at("a")), (names) => names.toSorted())],
  [
    "list what is below",
    (fs, at) => Effect.map(fs.readDirectory(at(""), { recursive: true }), (all) => all.toSorted())
  ],
  ["whether below a file exists", (fs, at) => fs.exists(at("a/file/below"))],
  ["whether a missing file exists", (fs, at) => fs.exists(at("a/none"))],
  ["dots in a path", (fs, at) => fs.readFileString(at("a/b/.././/file"))],
  ["dots below a file", (fs, at) => fs.readFileString(`${at("a/file")}/../file`)],
  ["make a directory where a file is", (fs, at) => fs.makeDirectory(at("a/file"), { recursive: true })],
  ["make a directory below a file", (fs, at) => fs.makeDirectory(at("a/file/b/c"), { recursive: true })],

  ["make a link", (fs, at) => fs.symlink("a/file", at("link"))],
  ["make it again", (fs, at) => fs.symlink("a/file", at("link"))],
  ["read through it", (fs, at) => fs.readFileString(at("link"))],
  ["its target", (fs, at) => fs.readLink(at("link"))],
  ["the target of a file", (fs, at) => fs.readLink(at("a/file"))],
  ["the type behind it", (fs, at) => Effect.map(fs.stat(at("link")), ({ size, type }) => [type, `${size}`])],
  ["write through it", (fs, at) => fs.writeFileString(at("link"), "new")],
  ["what was written", (fs, at) => fs.readFileString(at("a/file"))],
  ["make a link to a directory", (fs, at) => fs.symlink("a", at("dir"))],
  ["list through it", (fs, at) => Effect.map(fs.readDirectory(at("dir")), (names) => names.toSorted())],
  ["the path of a file through it", (fs, at) => Effect.map(fs.realPath(at("dir/file")), (_) => _.split("/").slice(-2))],
  ["make links in a circle", (fs, at) => Effect.zip(fs.symlink("y", at("x")), fs.symlink("x", at("y")))],
  ["read one of them", (fs, at) => fs.readFile(at("x"))],
  ["make a link to nothing", (fs, at) => fs.symlink("nothing", at("dangling"))],
  ["read it", (fs, at) => fs.readFile(at("dangling"))],
  ["whether it exists", (fs, at) => fs.exists(at("dangling"))],
  ["write through it exclusively", (fs, at) => fs.writeFileString(at("dangling"), "x", { flag: "wx" })],
  ["write through it", (fs, at) => fs.writeFileString(at("dangling"), "x")],
  ["what it led to", (fs, at) => fs.readFileString(at("nothing"))],
  ["remove it", (fs, at) => fs.remove(at("dangling"))],
  ["what it led to is still there", (fs, at) => fs.exists(at("nothing"))],
  ["make a hard link", (fs, at) => fs.link(at("nothing"), at("hard"))],
  ["write to one of both", (fs, at) => fs.writeFileString(at("hard"), "both")],
  ["read the other", (fs, at) => fs.readFileString(at("nothing"))],
  ["copy a file", (fs, at) => fs.copyFile(at("hard"), at("copy"))],
  ["copy a missing file", (fs, at) => fs.copyFile(at("none"), at("copy"))],
  ["read the copy", (fs, at) => fs.readFileString(at("copy"))],

  ["rename a directory", (fs, at) => fs.rename(at("a"), at("moved"))],
  ["read below it", (fs, at) => fs.readFileString(at("moved/file"))],
  ["rename it into itself", (fs, at) => fs.rename(at("moved"), at("moved/b/d"))],
  ["rename a missing file", (fs, at) => fs.rename(at("none"), at("moved/none"))],
  ["rename a file into a missing directory", (fs, at) => fs.rename(at("copy"), at("none/copy"))],
  ["rename a file to a directory", (fs, at) => fs.rename(at("copy"), at("moved"))],
  ["rename a directory to a file", (fs, at) => fs.rename(at("moved"), at("copy"))],
  ["rename a directory to one with content", (fs, at) => fs.rename(at("moved/b/c"), at("moved"))],
  ["rename a file to a file", (fs, at) => fs.rename(at("copy"), at("moved/file"))],
  ["read what replaced it", (fs, at) => fs.readFileString(at("moved/file"))],
  ["remove a directory", (fs, at) => fs.remove(at("moved"))],
  ["remove a missing file", (fs, at) => fs.remove(at("none"))],
  ["remove a missing file by force", (fs, at) => fs.remove(at("none"), { force: true })],
  ["remove a tree", (fs, at) => fs.remove(at("moved"), { recursive: true })],
  ["what is left", (fs, at) => Effect.map(fs.readDirectory(at("")), (names) => names.toSorted())],
  ["change the mode of a missing file", (fs, at) => fs.chmod(at("none"), 0o600)],
  ["change a mode", (fs, at) => Effect.zipRight(fs.chmod(at("hard"), 0o640), modeOf(fs, at("nothing")))],
  ["set a time", (fs, at) =>
    Effect.zipRight(
      fs.utimes(at("hard"), 5, 7),
      Effect.map(fs.stat(at("hard")), ({ mtime }) => Option.getOrThrow(mtime).getTime())
    )]
]

/** The modes in memory are those of the usual umask. */
const comparable = steps.filter(([name]) => !name.startsWith("mode of") || process.umask() === 0o022)

const outcomes = (fs: FileSystem.FileSystem, folder: string) =>
  Effect.forEach(comparable, ([name, run]) =>
    run(fs, (path) => `${folder}/${path}`).pipe(
      Effect.map((value) => [name, value] as const),
      Effect.catchAll((error) =>
        Effect.succeed([name, `${SystemError.codeOf(error)}, ${"reason" in error ? error.reason : ""}`] as const)
      )
    ))

const inNode = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  return yield* outcomes(fs, yield* fs.makeTempDirectoryScoped())
}).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

/** Whether a change gives a file, or its directory, another modification time. */
const changes = (change: (fs: FileSystem.FileSystem, file: string) => Effect.Effect<void, PlatformError>) =>
  Effect.gen(function*() {
    const fs = MemoryFileSystem.make({ "/d/file": "x" })
    const times = Effect.forEach(
      ["/d/file", "/d"],
      (path) => Effect.map(Effect.option(fs.stat(path)), Option.flatMap(({ mtime }) => mtime))
    )
    const before = yield* times
    yield* change(fs, "/d/file")
    return (yield* times).map((time, index) =>
      Option.getOrUndefined(time)?.getTime() !==
        Option.getOrUndefined(before[index] ?? Option.none())?.getTime()
    )
  })

describe("MemoryFileSystem and NodeFileSystem", () => {
  it.live.skipIf(process.platform === "win32")("have the same outcomes", () =>
    Effect.gen(function*() {
      const expected = yield* inNode
      const found = yield* outcomes(MemoryFileSystem.make({ "/folder": MemoryFileSystem.directory }), "/folder")
      for (const [index, outcome] of expected.entries()) assert.deepStrictEqual(found[index], outcome)
    }))
})

describe("MemoryFileSystem", () => {
  it.effect("denies what modes do not permit", () =>
    Effect.gen(function*() {
      const fs = MemoryFileSystem.make({
        "/readonly": { directory: true, mode: 0o500 },
        "/readonly/file": "x",
        "/unlisted": { directory: true, mode: 0o300 },
        "/unlisted/file": "x",
        "/closed": { directory: true, mode: 0o600 },
        "/closed/file": "x",
        "/secret": { mode: 0o200, text: "s" }
      })
      const denied = [
        fs.writeFileString("/readonly/new", ""),
        fs.remove("/readonly/file"),
        fs.rename("/readonly/file", "/file"),
        fs.makeDirectory("/readonly/d"),
        fs.symlink("x", "/readonly/link"),
        fs.readDirectory("/unlisted"),
        fs.stat("/closed/file"),
        fs.exists("/closed/file"),
        fs.readFile("/secret"),
        fs.access("/secret", { readable: true })
      ]
      for (const operation of denied) {
        assert.strictEqual(SystemError.codeOf(yield* Effect.flip(Effect.asVoid(operation))), "EACCES")
      }
      yield* fs.writeFileString("/readonly/file", "y")
      yield* fs.access("/secret", { writable: true })
      assert.strictEqual(yield* fs.readFileString("/unlisted/file"), "x")
    }))

  it.effect("sets the times that a change sets on Linux", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* changes((fs, file) => fs.writeFileString(file, "y")), [true, false])
      assert.deepStrictEqual(yield* changes((fs, file) => fs.chmod(file, 0o600)), [false, false])
      assert.deepStrictEqual(yield* changes((fs) => fs.writeFileString("/d/new", "")), [false, true])
      assert.deepStrictEqual(yield* changes((fs, file) => fs.remove(file)), [true, true])
      // The file that was renamed keeps its own.
      const fs = MemoryFileSystem.make({ "/a": "x" })
      const before = yield* fs.stat("/a")
      yield* fs.rename("/a", "/b")
      assert.deepStrictEqual(yield* fs.stat("/b"), before)
    }))

  it.effect("says which of its files are not possible together", () =>
    Effect.sync(() => {
      const files = { "/a": "x", "/a/b": "y" }
      assert.throws(() => MemoryFileSystem.make(files), "/a/b cannot be a part of this file system: EEXIST")
    }))
})
