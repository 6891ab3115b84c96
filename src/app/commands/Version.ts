/**
 * `version`: which program this is.
 *
 * @since 0.2.0
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { build, version } from "../../domain/Version.ts"
import { Environment } from "../../platform/Environment.ts"
import { Executable } from "../../platform/Executable.ts"
import { Stdio } from "../../platform/Stdio.ts"

const print = (text: string) => Effect.flatMap(Stdio, ({ stdout }) => stdout(`${text}\n`))

const Details = Schema.parseJson(Schema.Struct({
  version: Schema.String,
  /** An agent answers only callers of the same build. */
  build: Schema.String,
  platform: Schema.String,
  runtime: Schema.String
}))

const details = Effect.gen(function*() {
  const { platform } = yield* Environment
  const { architecture, runtime } = yield* Executable
  return Schema.encodeSync(Details)({ version, build, platform: `${platform}-${architecture}`, runtime })
})

/**
 * The version with the name of the program in front, as `--version` prints it.
 *
 * @since 0.2.0
 * @category commands
 */
export const long = print(`credential-helper ${version}`)

const json = Options.boolean("json").pipe(
  Options.withDescription("Print the version, build, platform and runtime as JSON.")
)

/**
 * Prints the bare number: scripts compare it.
 *
 * @since 0.2.0
 * @category commands
 */
export const command = Command.make(
  "version",
  { json },
  ({ json }) => json ? Effect.flatMap(details, print) : print(version)
)
  .pipe(Command.withDescription("Print the version number."))

/**
 * @since 0.2.0
 * @category commands
 */
export const options: Readonly<Record<string, ReadonlyArray<string>>> = { version: ["--json"] }
