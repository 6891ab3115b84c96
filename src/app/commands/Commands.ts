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
import * as NearMiss from "../../config/NearMiss.ts"
import { version } from "../../domain/Version.ts"
import * as Executable from "../../platform/Executable.ts"
import { Stdio } from "../../platform/Stdio.ts"
import type { ProgramError } from "../ProgramError.ts"
import * as Run from "../Run.ts"
import { UsageError } from "../UsageError.ts"
import * as Agent from "./Agent.ts"
import * as Get from "./Get.ts"
import * as Install from "./Install.ts"

const name = "credential-helper"

const get = Command.make("get", {}, () => Get.get).pipe(
  Command.withDescription(
    "Read {\"uri\":\"https://...\"} from stdin and print the HTTP headers for it. This is what Bazel runs."
  )
)

const printVersion = Command.make(
  "version",
  {},
  () => Effect.flatMap(Stdio, ({ stdout }) => stdout(`${name} ${version}\n`))
)
  .pipe(Command.withDescription("Print the version."))

const names: ReadonlyArray<string> = ["get", "version", Install.name, ...Agent.names]

const root = Command.make(name).pipe(
  Command.withDescription(
    "A credential helper for Bazel and every tool that speaks the credential-helper protocol: it finds the credentials that docker login, gh auth login or the environment left, and turns them into HTTP headers."
  ),
  Command.withSubcommands([get, printVersion, Install.command, ...Agent.commands])
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

const unknown = (command: string): UsageError => {
  const meant = NearMiss.find(command, names)
  return new UsageError({
    reason: `"${command.slice(0, 60)}" is not a command; the commands are ${names.join(", ")}`,
    hint: Option.match(meant, { onNone: () => seeHelp, onSome: (word) => `Did you mean "${word}"? ${seeHelp}` })
  })
}

const config = CliConfig.make({ isCaseSensitive: true, showBuiltIns: false, autoCorrectLimit: 0 })

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
    if (command === undefined) {
      return yield* new UsageError({
        reason: `no command; usage: ${name} <command>, where the command is one of ${names.join(", ")}`,
        hint: seeHelp
      })
    }
    if (command === "--version" || command === "-v") return yield* run(["version"])
    if (!command.startsWith("-") && !names.includes(command)) return yield* unknown(command)
    return yield* Command.run(root, { name, version })(["node", name, ...args]).pipe(
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
