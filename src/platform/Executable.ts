/**
 * The program that is running, as a file that others can run.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"
import { isExecutable } from "../domain/Version.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Executable extends Context.Tag("CredentialHelper/Executable")<Executable, {
  /** Where the one file is that needs no Node.js. In a package that has not been compiled, nothing is there. */
  readonly path: string
}>() {}

/**
 * The bundle is in `dist/bin`, and the library's copy of this module in `dist/platform`: the executable is a floor above
 * either.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProcess: Layer.Layer<Executable> = Layer.sync(Executable, () => ({
  path: isExecutable ? process.execPath : fileURLToPath(new URL("../credential-helper", import.meta.url))
}))
