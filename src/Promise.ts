/**
 * The credential helper for programs without Effect: promises, an `AbortSignal`, and errors that can be caught by name.
 *
 * @since 0.1.0
 */
// @effect-diagnostics asyncFunction:off
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialHelper } from "./CredentialHelper.ts"
import type { GetCredentialsResponse } from "./domain/GetCredentials.ts"
import * as Node from "./Node.ts"
import * as Environment from "./platform/Environment.ts"

/**
 * The headers for a request, readable: they hold secrets.
 *
 * @since 0.1.0
 * @category models
 */
export interface Credentials {
  readonly headers: Readonly<Record<string, ReadonlyArray<string>>>
  /** The headers must not be used after this instant; absent when it is not known. */
  readonly expires?: Date
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Client {
  /**
   * The headers that make a request for a URI succeed; none for a URI that is not ours.
   *
   * Rejects with one of the typed errors, where `error._tag` names it and `error.message` says what to do; or, after an
   * abort, with the signal's reason.
   */
  readonly get: (
    request: string | { readonly uri: string },
    options?: { readonly signal?: AbortSignal }
  ) => Promise<Credentials>
  /** Gives back what the client holds. */
  readonly dispose: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The environment variables to look in, in place of the process' own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the workspace is; the process' own working directory if not given. */
  readonly cwd?: string
}

const environment = ({ cwd, env }: Options): Layer.Layer<Environment.Environment> =>
  Layer.unwrapEffect(
    Effect.map(Environment.Environment, (environment) =>
      Environment.layer({
        ...environment,
        cwd: cwd ?? environment.cwd,
        variables: env === undefined
          ? environment.variables
          : new Map(
            Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const])
          )
      }))
  ).pipe(Layer.provide(Environment.layerProcess))

const readable = ({ expires, headers }: GetCredentialsResponse): Credentials => ({
  headers: Object.fromEntries([...headers].map(([name, values]) => [name, values.map(Redacted.value)] as const)),
  ...(Option.isSome(expires) ? { expires: DateTime.toDateUtc(expires.value) } : {})
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Client => {
  const runtime = ManagedRuntime.make(Node.layerEnvironment.pipe(Layer.provide(environment(options))))
  const dispose = () => runtime.dispose()
  return {
    get: async (request, options) => {
      const { uri } = typeof request === "string" ? { uri: request } : request
      const asked = Effect.flatMap(CredentialHelper, (helper) => helper.get({ uri }))
      const exit = await runtime.runPromiseExit(asked, options)
      if (Exit.isSuccess(exit)) return readable(exit.value)
      // After an abort, the caller expects the signal's reason.
      options?.signal?.throwIfAborted()
      const error = Cause.squash(exit.cause)
      throw error instanceof Error ? error : new Error(String(error))
    },
    dispose,
    [Symbol.asyncDispose]: dispose
  }
}
