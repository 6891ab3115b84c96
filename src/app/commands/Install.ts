/**
 * `install-workspace`: the program, pinned, in a Bazel workspace.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { Environment } from "../../platform/Environment.ts"
import { Stdio } from "../../platform/Stdio.ts"
import * as Workspace from "../install/Workspace.ts"
import { UsageError } from "../UsageError.ts"

/** The hosts that need no configuration and that most workspaces download from. */
const hosts = ["ghcr.io", "index.docker.io", "github.com", "*.github.com", "raw.githubusercontent.com"]

const bazelrc = [
  "Add to .bazelrc, one line for each host that you download from:",
  "",
  ...hosts.map((host) => `common --credential_helper=${host}=%workspace%/tools/credential-helper`)
]

const force = Options.boolean("force").pipe(
  Options.withDescription("Overwrite a tools/credential-helper that this program has not made.")
)

/**
 * @since 0.1.0
 * @category commands
 */
export const name = "install-workspace"

/**
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make(name, { force }, (options) =>
  Effect.gen(function*() {
    const { platform } = yield* Environment
    if (platform === "win32") {
      return yield* new UsageError({
        reason: "install-workspace makes a shell script, which Bazel cannot run on Windows",
        hint: "Name the executable in .bazelrc: --credential_helper=ghcr.io=C:/path/to/credential-helper.exe"
      })
    }
    const files = yield* Workspace.install(options)
    const { stdout } = yield* Stdio
    const lines = [...files.map(({ outcome, path }) => `${outcome}: ${path}`), "", ...bazelrc]
    yield* stdout(`${lines.join("\n")}\n`)
  })).pipe(Command.withDescription(
    "Install the executable for this user and tools/credential-helper, which runs it, in this Bazel workspace; print the lines for .bazelrc."
  ))

/**
 * @since 0.2.0
 * @category commands
 */
export const options: Readonly<Record<string, ReadonlyArray<string>>> = { [name]: ["--force"] }
