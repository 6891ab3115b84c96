/**
 * The program. `get`, which Bazel starts hundreds of times a minute, asks the agent before anything is loaded; all else is
 * loaded when it is needed.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off preferSchemaOverJson:off
import * as ThinClient from "../agent/client/ThinClient.ts"
import { build } from "../domain/Version.ts"

/** Whatever comes here would print pages of source text otherwise: a part of the installation is missing, say. */
const broken = (error: unknown): string => {
  const kind = error instanceof Error ? error.name : typeof error
  const code = error instanceof Error && "code" in error ? ` ${String(error.code)}` : ""
  return `credential-helper: the program cannot be loaded (${kind}${code}). Install it again.\n`
}

/** The request of `get URI`: with any other arguments, the command line is parsed. */
const requestOf = ([command, uri = "-", ...rest]: ReadonlyArray<string>): string | undefined =>
  command !== "get" || rest.length > 0 || uri.startsWith("-") ? undefined : JSON.stringify({ uri })

/**
 * Runs to the end of the process. `command` is how this program is started, without arguments.
 *
 * @since 0.1.0
 * @category running
 */
export const main = async (runtime: ThinClient.Runtime, command: ReadonlyArray<string>): Promise<void> => {
  const args = process.argv.slice(2)
  try {
    const request = requestOf(args)
    if (request === undefined && (args.length !== 1 || args[0] !== "get")) {
      return (await import("./commands/Commands.ts")).main(args)
    }
    const stdin = request === undefined ? runtime.stdin : async () => request
    return await ThinClient.run({ ...runtime, stdin }, build, {
      startAgent: async (endpoint) => (await import("../agent/client/Launcher.ts")).start(endpoint, command),
      resolve: async (input) => (await import("./Run.ts")).get(input)
    })
  } catch (error) {
    await runtime.write("stderr", broken(error))
    process.exit(70)
  }
}
