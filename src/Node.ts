/**
 * The credential helper on Node.js, with everything it needs from the outside world.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as CredentialHelper from "./CredentialHelper.ts"
import * as HttpRuntime from "./http/Runtime.ts"
import * as Environment from "./platform/Environment.ts"
import * as NodeFiles from "./platform/NodeFiles.ts"
import * as Process from "./platform/Process.ts"

/**
 * The network, with the proxies and certificates that the environment names.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerHttpClient: Layer.Layer<
  HttpClient.HttpClient,
  never,
  Environment.Environment | FileSystem.FileSystem
> = Layer.scoped(HttpClient.HttpClient, HttpRuntime.make)

/**
 * Files, network and programs of this machine, for an environment of the application's choice.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerPlatform: Layer.Layer<
  FileSystem.FileSystem | HttpClient.HttpClient | Process.Process,
  never,
  Environment.Environment
> = Layer.provideMerge(Layer.merge(layerHttpClient, Process.layer), NodeFiles.layer)

/**
 * The service of `layerEnvironment`. It does without the layers of the platform: they cost a process that answers one
 * request a sixth of its time.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make: Effect.Effect<
  CredentialHelper.CredentialHelper["Type"],
  never,
  Environment.Environment | Scope.Scope
> = CredentialHelper.makeAlone.pipe(
  Effect.provideServiceEffect(HttpClient.HttpClient, HttpRuntime.make),
  Effect.provideServiceEffect(Process.Process, Process.make),
  Effect.provideServiceEffect(
    FileSystem.FileSystem,
    Effect.map(Layer.build(NodeFiles.layer), Context.get(FileSystem.FileSystem))
  )
)

/**
 * For an environment of the application's choice.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEnvironment: Layer.Layer<
  CredentialHelper.CredentialHelper,
  never,
  Environment.Environment
> = Layer.scoped(CredentialHelper.CredentialHelper, make)

/**
 * For the process that it runs in.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CredentialHelper.CredentialHelper> = Layer.provide(
  layerEnvironment,
  Environment.layerProcess
)
