/**
 * What a person types. A caller's `get` does not come through here, because parsing costs start-up time: see `Program.ts`.
 *
 * @since 0.1.0
 */
import type { CliApp } from "@effect/cli/CliApp"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { version } from "../../domain/Version.ts"
import { Environment } from "../../platform/Environment.ts"
import * as Executable from "../../platform/Executable.ts"
import { Stdio } from "../../platform/Stdio.ts"
import type { ProgramError } from "../ProgramError.ts"
import * as Run from "../Run.ts"
import { UsageError } from "../UsageError.ts"
import * as Agent from "./Agent.ts"
import * as GetUri from "./GetUri.ts"
import * as Install from "./Install.ts"
import * as Unknown from "./Unknown.ts"
import * as Version from "./Version.ts"

const name = "credential-helper"

const names: ReadonlyArray<string> = ["get", "version", Install.name, ...Agent.names]

const root = Command.make(name).pipe(
  Command.withDescription(
    "A credential helper for Bazel and every tool that speaks the credential-helper protocol: it finds the credentials that docker login, gh auth login or the environment left, and turns them into HTTP headers."
  ),
  Command.withSubcommands([GetUri.command, Version.command, Install.command, ...Agent.commands])
)

const seeHelp = `Run ${name} --help`

/** @effect/cli colours its texts even where there is no terminal. */
// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, "")

const invalid = (error: ValidationError.ValidationError): UsageError =>
  new UsageError({ reason: plain(HelpDoc.toAnsiText(error.error)).trim().replace(/\.$/, ""), hint: seeHelp })

/** Help goes to stdout without colours; the messages of failures are ours to print, once. */
const quietConsole = Effect.gen(function*() {
  const { stdout } = yield* Stdio
  const runFork = Runtime.runFork(yield* Effect.runtime())
  const console = yield* Effect.console
  return {
    ...console,
    log: (...args: ReadonlyArray<unknown>) => Effect.ignore(stdout(`${plain(args.join(" ")).trimEnd()}\n`)),
    error: () => Effect.void,
    unsafe: { ...console.unsafe, log: (...args: ReadonlyArray<unknown>) => void runFork(stdout(`${args.join(" ")}\n`)) }
  } satisfies Console.Console
})

const config = CliConfig.make({ isCaseSensitive: true, showBuiltIns: false, autoCorrectLimit: 0 })

const shells = ["bash", "zsh", "fish", "sh"]

/** `--completions`, which takes the name of a shell. */
const completions = (words: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, UsageError> => {
  const [shell = ""] = words.flatMap((word) => word.split("=")).slice(1)
  return shells.includes(shell)
    ? Effect.succeed(["--completions", shell])
    : new UsageError({
      reason: "--completions takes the name of a shell",
      hint: `Run ${name} --completions bash, zsh or fish`
    })
}

const options: Readonly<Record<string, ReadonlyArray<string>>> = {
  ...Agent.options,
  ...Install.options,
  ...Version.options
}

const optionsOf = (command: string): ReadonlyArray<string> => ["--help", "-h", ...(options[command] ?? [])]

/** How many arguments a command takes. */
const maxArguments = (command: string): number => ["get", "agent-invalidate"].includes(command) ? 1 : 0

/** `@effect/cli` would suggest nothing, and repeat words that may be secrets. */
const check = (command: string, words: ReadonlyArray<string>): Effect.Effect<void, UsageError> => {
  const end = words.indexOf("--")
  const [before, after] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end + 1)]
  const options = before.filter((word) => word.startsWith("-"))
  const unknown = options.find((option) => !optionsOf(command).includes(option))
  if (unknown !== undefined) return Unknown.option(command, unknown, optionsOf(command))
  const count = before.length - options.length + after.length
  return count > maxArguments(command) ? Unknown.argument(command, maxArguments(command)) : Effect.void
}

/** `help COMMAND` and `--help COMMAND` are `COMMAND --help`. */
const help = ([command]: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, UsageError> =>
  command === undefined
    ? Effect.succeed(["--help"])
    : names.includes(command)
    ? Effect.succeed([command, "--help"])
    : Unknown.command([command], names)

/** The command line as `@effect/cli` takes it, if it makes sense. */
const parse = ([command = "", ...rest]: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, UsageError> => {
  if (["help", "--help", "-h"].includes(command)) return help(rest)
  if (/^--completions(?:=|$)/.test(command)) return completions([command, ...rest])
  if (command.startsWith("-")) return Unknown.option("", command, ["--help", "--version", "--completions"])
  if (!names.includes(command)) return Unknown.command([command, ...rest], names)
  return Effect.as(check(command, rest), [command, ...rest])
}

/** tweag/credential-helper installs itself when this variable is set, whatever the command. */
const noCommand = Effect.flatMap(Environment, ({ get }) => get("CREDENTIAL_HELPER_INSTALLER_RUN")).pipe(
  Effect.flatMap((value) =>
    Option.contains(value, "1") ? Unknown.command(["installer-run"], names) : new UsageError({
      reason: `no command; usage: ${name} <command>, where the command is one of ${names.join(", ")}`,
      hint: seeHelp
    })
  )
)

/**
 * Runs the command line, without the program's own name in front.
 *
 * @since 0.1.0
 * @category commands
 */
export const run = (
  args: ReadonlyArray<string>
): Effect.Effect<void, ProgramError, Run.Services | CliApp.Environment | Executable.Executable> =>
  Effect.gen(function*() {
    const [command] = args
    if (command === undefined) return yield* noCommand
    if (["--version", "-v"].includes(command)) return yield* Version.long
    const words = yield* parse(args)
    return yield* Command.run(root, { name, version })(["node", name, ...words]).pipe(
      Effect.withConsole(yield* quietConsole),
      Effect.catchIf(ValidationError.isValidationError, (error) => Effect.fail(invalid(error)))
    )
  }).pipe(Effect.provideService(CliConfig.CliConfig, config))

/**
 * @since 0.1.0
 * @category running
 */
export const main = (args: ReadonlyArray<string>): void =>
  Run.run(Effect.provide(run(args), Layer.merge(NodeContext.layer, Executable.layerProcess)))
