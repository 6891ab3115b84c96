/**
 * The credential helper on Node.js, with everything it needs from the outside world.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Layer from "effect/Layer"
import * as CredentialHelper from "./CredentialHelper.ts"
import * as DockerCredentialHelper from "./docker/DockerCredentialHelper.ts"
import * as DockerCredentials from "./docker/DockerCredentials.ts"
import * as BuiltIn from "./helper/BuiltIn.ts"
import type { Helpers } from "./helper/Helper.ts"
import * as Router from "./helper/Router.ts"
import * as LookupChain from "./lookup/LookupChain.ts"
import * as Environment from "./platform/Environment.ts"
import * as Files from "./platform/Files.ts"
import * as Http from "./platform/Http.ts"
import * as HttpNode from "./platform/HttpNode.ts"
import * as Keyring from "./platform/Keyring.ts"
import * as Process from "./platform/Process.ts"
import * as Challenges from "./registry/Challenges.ts"
import * as Tokens from "./registry/Tokens.ts"

/**
 * What one process may share between callers: the network, and what registries said.
 *
 * @since 0.1.0
 * @category models
 */
export type Shared = Challenges.Challenges | FileSystem.FileSystem | Tokens.Tokens

/**
 * The built-in helpers, for one caller's environment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHelpers: Layer.Layer<
  Helpers,
  never,
  Environment.Environment | Process.Process | Shared
> = BuiltIn.layer.pipe(
  Layer.provide([LookupChain.layer, DockerCredentials.layer]),
  Layer.provide([DockerCredentialHelper.layer, Keyring.layer]),
  Layer.provide(Files.layer)
)

/**
 * A credential helper for one caller, on top of whatever helpers there are.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerRouter: Layer.Layer<
  CredentialHelper.CredentialHelper,
  never,
  Environment.Environment | FileSystem.FileSystem | Helpers
> = CredentialHelper.layer.pipe(Layer.provide(Router.layer), Layer.provide(Files.layer))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerCaller: Layer.Layer<
  CredentialHelper.CredentialHelper,
  never,
  Environment.Environment | Process.Process | Shared
> = layerRouter.pipe(Layer.provide(layerHelpers))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerShared: Layer.Layer<Shared, never, Environment.Environment> = Tokens.layer.pipe(
  Layer.provideMerge(Challenges.layer),
  Layer.provide(Http.layer),
  Layer.provide(HttpNode.layer),
  Layer.provideMerge(NodeFileSystem.layer)
)

/**
 * The programs of the system: credential helpers, the keyring's.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProcess: Layer.Layer<Process.Process, never, Environment.Environment> = Process.layer.pipe(
  Layer.provide(NodeFileSystem.layer)
)

/**
 * For an environment of one's choice.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEnvironment: Layer.Layer<
  CredentialHelper.CredentialHelper,
  never,
  Environment.Environment
> = layerCaller.pipe(Layer.provide([layerProcess, layerShared]))

/**
 * For the process that it runs in.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CredentialHelper.CredentialHelper> = layerEnvironment.pipe(
  Layer.provide(Environment.layerProcess)
)
