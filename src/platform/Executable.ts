/**
 * The compiled executable of this program.
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
  /** The path of the executable that needs no Node.js. The file is missing if the package has not been compiled. */
  readonly path: string
  /** `process.arch`. */
  readonly architecture: string
  /** The JavaScript runtime and its version, such as `node 20.19.0`. */
  readonly runtime: string
}>() {}

/**
 * The running executable, or the one next to the bundle: both `dist/bin` and `dist/platform` are one directory below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProcess: Layer.Layer<Executable> = Layer.sync(Executable, () => ({
  path: isExecutable ? process.execPath : fileURLToPath(new URL("../credential-helper", import.meta.url)),
  architecture: process.arch,
  runtime: process.versions.bun === undefined ? `node ${process.versions.node}` : `bun ${process.versions.bun}`
}))
