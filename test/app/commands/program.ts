/** Runs the command line in this process, with fakes in place of the outside world. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { assert } from "vitest"
import * as Commands from "../../../src/app/commands/Commands.ts"
import * as Run from "../../../src/app/Run.ts"
import { CredentialHelper } from "../../../src/CredentialHelper.ts"
import type * as Provenance from "../../../src/domain/Provenance.ts"
import type * as Environment from "../../../src/platform/Environment.ts"
import { Executable } from "../../../src/platform/Executable.ts"
import * as FakeStdio from "../../../src/testing/FakeStdio.ts"
import * as MemoryFileSystem from "../../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../../src/testing/TestEnvironment.ts"

export interface Setup {
  readonly stdio?: FakeStdio.Options
  readonly variables?: Readonly<Record<string, string>>
  readonly environment?: Partial<Omit<Environment.Options, "variables">>
  /** Files in memory, or the file system of this machine. */
  readonly files?: Readonly<Record<string, MemoryFileSystem.Entry>> | "real"
  /** The outcome of a lookup, and the steps that are recorded on the way to it. */
  readonly get?: CredentialHelper["Type"]["get"]
  readonly steps?: ReadonlyArray<Provenance.Step>
  /** The path of the compiled executable. */
  readonly executable?: string
}

export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const fileSystem = (files: Setup["files"] = {}): Layer.Layer<FileSystem.FileSystem> =>
  files === "real" ? NodeFileSystem.layer : MemoryFileSystem.layer(files)

const helper = ({ get, steps = [] }: Setup): Partial<CredentialHelper["Type"]> =>
  get === undefined ? {} : {
    resolve: ({ text }) =>
      Effect.map(Effect.either(get({ uri: Redacted.value(text) })), (result) => ({
        result,
        provenance: { steps, inputs: [] }
      }))
  }

export const run = (args: ReadonlyArray<string>, setup: Setup = {}): Effect.Effect<Result> =>
  Effect.gen(function*() {
    const code = yield* Run.exitCode(Commands.run(args))
    const { stderr, stdout } = yield* FakeStdio.Written
    return { code, stdout: yield* stdout, stderr: yield* stderr }
  }).pipe(Effect.provide(Layer.mergeAll(
    NodeContext.layer,
    fileSystem(setup.files),
    FakeStdio.layer(setup.stdio),
    TestEnvironment.layer(setup.variables, setup.environment),
    Layer.mock(CredentialHelper, helper(setup)),
    Layer.succeed(Executable, {
      path: setup.executable ?? "/nonexistent/credential-helper",
      architecture: "x64",
      runtime: "node 20.19.0"
    })
  )))

/** The stdout of a command that succeeds. */
export const succeeds = (args: ReadonlyArray<string>, setup: Setup = {}): Effect.Effect<string> =>
  Effect.map(run(args, setup), ({ code, stderr, stdout }) => {
    assert.deepStrictEqual([code, stderr], [0, ""])
    return stdout
  })

/** The line on stderr of a command that fails, without the name of the program in front. */
export const fails = (code: number, args: ReadonlyArray<string>, setup: Setup = {}): Effect.Effect<string> =>
  Effect.map(run(args, setup), (result) => {
    assert.deepStrictEqual([result.code, result.stdout], [code, ""])
    const [, line = ""] = /^credential-helper: ([^\n]+)\n$/.exec(result.stderr) ?? assert.fail(result.stderr)
    return line
  })
