/**
 * The program on Node.js. `get`, which Bazel starts hundreds of times a minute, asks the agent before anything is loaded;
 * all else is loaded when it is needed.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off
import * as ThinClient from "./agent/ThinClient.ts"
import * as ThinNode from "./agent/ThinNode.ts"
import { build } from "./domain/Version.ts"

const args = process.argv.slice(2)
const command = [process.execPath, process.argv[1] ?? ""]

if (args.length === 1 && args[0] === "get") {
  await ThinClient.run(ThinNode.runtime(), build, {
    start: async (place) => (await import("./agent/Starter.ts")).start(place, command),
    fallBack: async (input) => (await import("./Main.ts")).get(input)
  })
} else {
  await (await import("./cli/Commands.ts")).main(args)
}
