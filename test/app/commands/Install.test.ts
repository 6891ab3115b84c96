import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Shim from "../../../src/app/install/Shim.ts"
import { version } from "../../../src/domain/Version.ts"
import * as MemoryFileSystem from "../../../src/testing/MemoryFileSystem.ts"
import * as Program from "./program.ts"

const executable = "/opt/credential-helper"

/** A workspace in the working directory, and an executable. */
const workspace: Program.Setup = {
  variables: { HOME: "/home/u" },
  files: { "/home/u/project/MODULE.bazel": "", [executable]: "program" },
  executable
}

/** A home directory that is a workspace, in the file system of this machine. */
const real = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const home = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(`${home}/WORKSPACE`, "")
  const setup: Program.Setup = {
    files: "real",
    variables: { HOME: home },
    environment: { cwd: home, uid: Option.fromNullable(process.getuid?.()) },
    executable: `${home}/WORKSPACE`
  }
  return { fs, home, setup }
})

describe("install-workspace", () => {
  it.scopedLive("installs the executable and the shim, and prints the lines for .bazelrc", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const home = yield* fs.makeTempDirectoryScoped()
      const project = `${home}/project`
      yield* fs.makeDirectory(project)
      yield* fs.writeFileString(`${project}/WORKSPACE`, "")
      yield* fs.writeFileString(`${home}/executable`, "program")
      const setup: Program.Setup = {
        files: "real",
        variables: { HOME: home },
        environment: { cwd: project, uid: Option.fromNullable(process.getuid?.()) },
        executable: `${home}/executable`
      }
      const installed = `${home}/.cache/tweag-credential-helper/bin/credential-helper-${version}`
      const shim = `${project}/tools/credential-helper`

      const lines = (yield* Program.succeeds(["install-workspace"], setup)).split("\n")
      assert.deepStrictEqual(lines.slice(0, 2), [`installed: ${installed}`, `installed: ${shim}`])
      assert.include(lines, "common --credential_helper=ghcr.io=%workspace%/tools/credential-helper")
      assert.strictEqual(yield* fs.readFileString(installed), "program")
      assert.strictEqual(yield* fs.readFileString(shim), Shim.text)
      for (const path of [installed, shim]) assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o755)

      const again = yield* Program.succeeds(["install-workspace"], setup)
      assert.include(again, `unchanged: ${installed}\nunchanged: ${shim}\n`)
      const elsewhere = { ...setup, executable: installed }
      assert.include(yield* Program.succeeds(["install-workspace"], elsewhere), `unchanged: ${installed}\n`)
      yield* fs.writeFileString(`${home}/executable`, "changed")
      assert.include(
        yield* Program.succeeds(["install-workspace"], setup),
        `installed: ${installed}\nunchanged: ${shim}\n`
      )
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("requires a workspace", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(3, ["install-workspace"], { ...workspace, files: { [executable]: "program" } })
      assert.match(
        line,
        /^\/home\/u\/project is not in a Bazel workspace \(neither it nor a directory above it has one of /
      )
      assert.include(line, "CREDENTIAL_HELPER_WORKSPACE_DIRECTORY")
    }))

  it.scopedLive("searches the root from a directory in the workspace, and takes one that a variable names as it is", () =>
    Effect.gen(function*() {
      const { fs, home, setup } = yield* real
      yield* fs.makeDirectory(`${home}/src/lib`, { recursive: true })
      const below = { ...setup, environment: { ...setup.environment, cwd: `${home}/src/lib` } }
      assert.include(
        yield* Program.succeeds(["install-workspace"], below),
        `installed: ${home}/tools/credential-helper\n`
      )
      const variables = { HOME: home, CREDENTIAL_HELPER_WORKSPACE_DIRECTORY: `${home}/src` }
      const line = yield* Program.fails(3, ["install-workspace"], { ...below, variables })
      assert.include(line, `${home}/src is not the root of a Bazel workspace `)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("requires a compiled executable", () =>
    Effect.gen(function*() {
      for (const files of [{}, { [executable]: MemoryFileSystem.directory }]) {
        const line = yield* Program.fails(3, ["install-workspace"], {
          ...workspace,
          files: { "/home/u/project/REPO.bazel": "", ...files }
        })
        assert.match(line, /^there is no executable at \/opt\/credential-helper\. .*npm run build:exe$/)
      }
    }))

  it.effect("requires a cache directory", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* Program.fails(3, ["install-workspace"], { ...workspace, variables: {} }),
        "no cache directory: HOME is not set. Set HOME or CREDENTIAL_HELPER_WORKDIR."
      )
    }))

  it.scopedLive("recognizes the shim of tweag-credential-helper, which --force replaces", () =>
    Effect.gen(function*() {
      const { fs, home, setup } = yield* real
      const shim = `${home}/tools/credential-helper`
      yield* fs.makeDirectory(`${home}/tools`)
      const text = "# This is a shell stub that wraps the real credential helper binary."
      yield* fs.writeFileString(shim, `#!/usr/bin/env bash\n\n${text}\nset -e\n`)
      const line = yield* Program.fails(3, ["install-workspace"], setup)
      assert.include(line, `${shim} is the shim of tweag-credential-helper.`)
      assert.match(line, /install-workspace --force\. .*CREDENTIAL_HELPER_BIN/)
      assert.include(yield* Program.succeeds(["install-workspace", "--force"], setup), `installed: ${shim}`)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.scopedLive("installs nothing in the home directory of another user", () =>
    Effect.gen(function*() {
      const { fs, home, setup } = yield* real
      const other = { ...setup, environment: { cwd: home, uid: Option.some((process.getuid?.() ?? 0) + 1) } }
      const line = yield* Program.fails(3, ["install-workspace"], other)
      assert.include(
        line,
        `${home} belongs to user ${process.getuid?.()}, not to you. Run install-workspace without sudo`
      )
      assert.deepStrictEqual(yield* fs.readDirectory(home), ["WORKSPACE"])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("keeps a file that it did not create", () =>
    Effect.gen(function*() {
      const shim = "/home/u/project/tools/credential-helper"
      const foreign: ReadonlyArray<MemoryFileSystem.Entry> = ["#!/bin/sh\n", { text: Shim.text, mode: 0o000 }]
      for (const file of foreign) {
        const line = yield* Program.fails(3, ["install-workspace"], {
          ...workspace,
          files: { "/home/u/project/MODULE.bazel": "", [executable]: "program", [shim]: file }
        })
        assert.match(line, /^\/home\/u\/project\/tools\/credential-helper already exists .*install-workspace --force$/)
      }
    }))

  it.scopedLive("reports a file that cannot be written with the system's error code", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${directory}/WORKSPACE`, "")
      const line = yield* Program.fails(3, ["install-workspace"], {
        files: "real",
        variables: { CREDENTIAL_HELPER_WORKDIR: `${directory}/WORKSPACE/below` },
        environment: { cwd: directory },
        executable: `${directory}/WORKSPACE`
      })
      assert.include(line, `${directory}/WORKSPACE/below/bin/credential-helper-${version} cannot be written (ENOTDIR)`)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("refers to the executable on Windows", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, ["install-workspace"], { ...workspace, environment: { platform: "win32" } })
      assert.include(line, "credential-helper.exe")
    }))
})
