import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
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
        environment: { cwd: project },
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
      assert.include(again, `unchanged: ${shim}\n`)
      const elsewhere = { ...setup, executable: installed }
      assert.include(yield* Program.succeeds(["install-workspace"], elsewhere), `unchanged: ${installed}\n`)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("requires a workspace", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(3, ["install-workspace"], { ...workspace, files: { [executable]: "program" } })
      assert.match(line, /^\/home\/u\/project is not the root of a Bazel workspace \(it has none of MODULE\.bazel, /)
      assert.include(line, "CREDENTIAL_HELPER_WORKSPACE_DIRECTORY")
    }))

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

  it.effect("refers to the npm package on Windows", () =>
    Effect.gen(function*() {
      const line = yield* Program.fails(2, ["install-workspace"], { ...workspace, environment: { platform: "win32" } })
      assert.include(line, "credential-helper.cmd")
    }))
})
