/**
 * The credential helper on Node.js, with everything it needs from the outside world.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CredentialHelper from "./CredentialHelper.ts"
import * as DockerCredentialHelper from "./docker/DockerCredentialHelper.ts"
import * as Http from "./http/Http.ts"
import * as Runtime from "./http/Runtime.ts"
import * as Environment from "./platform/Environment.ts"
import * as Files from "./platform/Files.ts"
import * as Keyring from "./platform/Keyring.ts"
import * as Process from "./platform/Process.ts"
import { Helpers } from "./provider/Provider.ts"
import * as Providers from "./provider/Providers.ts"
import * as Router from "./provider/Router.ts"
import * as Challenges from "./registry/Challenges.ts"
import * as Tokens from "./registry/Tokens.ts"
import * as DockerConfig from "./source/DockerConfig.ts"
import * as LookupChain from "./source/LookupChain.ts"
import * as Wiring from "./Wiring.ts"

/**
 * What one process may share between callers: the network, and what registries said.
 *
 * @since 0.1.0
 * @category models
 */
export type Shared = Challenges.Challenges | FileSystem.FileSystem | Tokens.Tokens

const files = Wiring.make(Files.Files, Effect.map(FileSystem.FileSystem, Files.make))

const network = Wiring.make(HttpClient.HttpClient, Runtime.make).pipe(
  Wiring.and(Wiring.make(Http.Http, Http.make(Http.defaults))),
  Wiring.and(Wiring.make(Challenges.Challenges, Challenges.make)),
  Wiring.and(Wiring.make(Tokens.Tokens, Tokens.make))
)

const helpers = files.pipe(
  Wiring.and(Wiring.make(Keyring.Keyring, Keyring.make)),
  Wiring.and(Wiring.make(
    DockerCredentialHelper.DockerCredentialHelper,
    DockerCredentialHelper.make(DockerCredentialHelper.defaults)
  )),
  Wiring.and(Wiring.make(DockerConfig.DockerCredentials, DockerConfig.make)),
  Wiring.and(
    Wiring.make(LookupChain.LookupChain, Effect.zipWith(Environment.Environment, Keyring.Keyring, LookupChain.make))
  ),
  Wiring.and(Wiring.make(Helpers, Providers.make))
)

const router = files.pipe(
  Wiring.and(Wiring.make(Router.Router, Router.make)),
  Wiring.and(Wiring.make(CredentialHelper.CredentialHelper, CredentialHelper.make))
)

const processes = Wiring.make(Process.Process, Process.make)

/**
 * The helper and all that it is made of, for a program that makes it beside services of its own.
 *
 * @since 0.1.0
 * @category wiring
 */
export const wiring = Layer.build(NodeFileSystem.layer).pipe(
  Wiring.and(network),
  Wiring.and(processes),
  Wiring.and(helpers),
  Wiring.and(router)
)

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
> = Wiring.layer(Helpers, helpers)

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
> = Wiring.layer(CredentialHelper.CredentialHelper, router)

/**
 * @since 0.1.0
 * @category layers
 */
export const layerCaller: Layer.Layer<
  CredentialHelper.CredentialHelper,
  never,
  Environment.Environment | Process.Process | Shared
> = Wiring.layer(CredentialHelper.CredentialHelper, helpers.pipe(Wiring.and(router)))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerShared: Layer.Layer<Shared, never, Environment.Environment> = Layer.scopedContext(network).pipe(
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
> = Wiring.layer(CredentialHelper.CredentialHelper, wiring)

/**
 * For the process that it runs in.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CredentialHelper.CredentialHelper> = layerEnvironment.pipe(
  Layer.provide(Environment.layerProcess)
)
