import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import * as Provenance from "../../src/domain/Provenance.ts"
import * as Files from "../../src/platform/Files.ts"
import * as NodeFiles from "../../src/platform/NodeFiles.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"

/** A file of this machine, whose time of change is long ago for the reader. */
const onDisk = <A, E>(use: (path: string) => Effect.Effect<A, E, Files.Files | FileSystem.FileSystem>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => Fs.mkdtempSync(`${tmpdir()}/ch-`)),
    (directory) => use(`${directory}/c.json`),
    (directory) => Effect.sync(() => Fs.rmSync(directory, { recursive: true }))
  ).pipe(Effect.provide(Layer.provideMerge(Files.layer, NodeFiles.layer)))

const fingerprint = (path: string) => Effect.flatMap(FileSystem.FileSystem, (fs) => Files.fingerprint(fs, path))

/** The fingerprint that a read records. */
const recorded = (path: string) =>
  Provenance.recording((sofar) =>
    Effect.gen(function*() {
      yield* (yield* Files.Files).readText(path)
      const [input] = (yield* sofar).inputs
      return input?._tag === "File" ? input.fingerprint : assert.fail("no file was read")
    })
  )

const inMemory = (files: Parameters<typeof MemoryFileSystem.layer>[0]) =>
  Layer.provide(Files.layer, MemoryFileSystem.layer(files))

const readText = (path: string) => Effect.flatMap(Files.Files, (files) => files.readText(path))

describe("the fingerprint of a file", () => {
  it.live("changes with each replacement, though time of modification and size are kept", () =>
    onDisk((path) =>
      Effect.gen(function*() {
        const prints = new Set<string>()
        for (let number = 0; number < 8; number++) {
          Fs.writeFileSync(`${path}.new`, `${number}`)
          Fs.utimesSync(`${path}.new`, 1_000_000_000, 1_000_000_000)
          Fs.renameSync(`${path}.new`, path)
          prints.add(yield* fingerprint(path))
        }
        assert.strictEqual(prints.size, 8)
      })
    ))

  it.live("that was written just now does not last", () =>
    onDisk((path) =>
      Effect.gen(function*() {
        // A busy machine may let the tick pass between the write and the look.
        let isRacy = false
        for (let attempt = 0; attempt < 50 && !isRacy; attempt++) {
          Fs.writeFileSync(path, `${attempt}`)
          isRacy = (yield* recorded(path)) !== (yield* fingerprint(path))
        }
        assert.isTrue(isRacy)
        yield* Effect.sleep("30 millis")
        assert.strictEqual(yield* recorded(path), yield* fingerprint(path))
      })
    ))

  it.live("differs after two writes in place, however fast they follow", () =>
    onDisk((path) =>
      Effect.gen(function*() {
        for (let round = 0; round < 50; round++) {
          Fs.writeFileSync(path, "1")
          const before = yield* recorded(path)
          Fs.writeFileSync(path, "2")
          assert.notStrictEqual(yield* fingerprint(path), before)
        }
      })
    ))

  it.live("tells what is not there from a directory and from a device", () =>
    onDisk((path) =>
      Effect.gen(function*() {
        Fs.mkdirSync(path)
        Fs.writeFileSync(`${path}/f`, "")
        const prints = yield* Effect.forEach([path, `${path}/nope`, `${path}/f/below`, "/dev/null"], fingerprint)
        assert.deepStrictEqual([...new Set(prints)], ["directory", "absent", "device"])
      })
    ))
})

describe("Files.readText", () => {
  it.effect("refuses a file of more than 1 MiB, before it is read", () =>
    Effect.gen(function*() {
      assert.isTrue(Option.isSome(yield* readText("/ok")))
      const error = yield* Effect.flip(readText("/large"))
      assert.strictEqual(
        error.message,
        "/large cannot be read (larger than 1 MiB). A configuration file is much smaller: check what is in it"
      )
    }).pipe(Effect.provide(inMemory({ "/ok": "x".repeat(1024 * 1024), "/large": "x".repeat(1024 * 1024 + 1) }))))

  it.live("refuses a sparse file by its size", () =>
    onDisk((path) =>
      Effect.gen(function*() {
        Fs.writeFileSync(path, "")
        Fs.truncateSync(path, 3_000_000_000)
        assert.include((yield* Effect.flip(readText(path))).message, "larger than 1 MiB")
      })
    ))
})

describe("Files.read", () => {
  it.live("tells with the text who may write the file, and what else is at a path", () =>
    onDisk((path) =>
      Effect.gen(function*() {
        const files = yield* Files.Files
        const read = (mode: number) => {
          Fs.writeFileSync(path, "\uFEFFx")
          Fs.chmodSync(path, mode)
          return files.read(path)
        }
        const owner = process.getuid?.() ?? 0
        const text = (worldWritable: boolean) =>
          Files.Content.Text({ text: "x", access: Option.some({ owner, worldWritable }) })
        assert.deepStrictEqual(yield* read(0o600), text(false))
        assert.deepStrictEqual(yield* read(0o664), text(false))
        assert.deepStrictEqual(yield* read(0o666), text(true))
        const others = yield* Effect.forEach([`${path}.no`, "/dev/null", "/"], files.read)
        assert.deepStrictEqual(others.map(({ _tag }) => _tag), ["Absent", "Device", "Directory"])
      })
    ))
})

const failing = (code: string) =>
  Files.make(FileSystem.makeNoop({
    stat: (path) =>
      Effect.fail(
        new SystemError({
          module: "FileSystem",
          method: "stat",
          reason: "Unknown",
          pathOrDescriptor: path,
          cause: Object.assign(new Error(code), { code })
        })
      )
  }))

describe("Files.readText, of a system that fails", () => {
  it.effect("does not blame a file for a limit of the process", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(failing("EMFILE").readText("/a"))
      assert.strictEqual(error.message, "/a cannot be read (too many open files). Raise the limit: ulimit -n 1024")
    }))

  it.effect("names the system's error code", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(failing("EIO").readText("/a"))).reason, "input/output error")
      assert.strictEqual((yield* Effect.flip(failing("ESTALE").readText("/a"))).reason, "ESTALE")
    }))
})
