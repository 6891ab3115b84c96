/** An agent without a socket: its service over a registry, programs and files that are in memory. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as RequestHandler from "../../src/agent/server/RequestHandler.ts"
import * as AnswerCache from "../../src/cache/AnswerCache.ts"
import * as ProcessCache from "../../src/cache/ProcessCache.ts"
import * as CredentialHelper from "../../src/CredentialHelper.ts"
import { build } from "../../src/domain/Version.ts"
import * as Http from "../../src/http/Http.ts"
import * as Environment from "../../src/platform/Environment.ts"
import * as Challenges from "../../src/registry/Challenges.ts"
import * as Tokens from "../../src/registry/Tokens.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"

export interface Options {
  readonly registry: FakeRegistry.Description
  readonly files?: Readonly<Record<string, MemoryFileSystem.Entry>>
  readonly programs?: Parameters<typeof FakeProcess.layer>[0]
  readonly isOutdated?: Effect.Effect<boolean>
  readonly answers?: Layer.Layer<AnswerCache.AnswerCache, never, FileSystem.FileSystem>
}

const service = (isOutdated: Effect.Effect<boolean>) =>
  Layer.scoped(
    RequestHandler.RequestHandler,
    Effect.gen(function*() {
      const shared = yield* Effect.context<
        CredentialHelper.Shared | FileSystem.FileSystem | ProcessCache.ProcessAnswers | Programs
      >()
      return yield* RequestHandler.make({
        socket: "/run/agent.sock",
        process: { ...TestEnvironment.defaults, variables: new Map() },
        isOutdated,
        forCaller: (environment) =>
          CredentialHelper.layerCaller.pipe(
            Layer.provide(ProcessCache.layer),
            Layer.provideMerge(Environment.layer(environment)),
            Layer.provide(Layer.succeedContext(shared))
          )
      })
    })
  )

const failures = { failureTtl: "2 seconds" } as const

type Programs = Layer.Layer.Success<ReturnType<typeof FakeProcess.layer>>

export const layer = (options: Options) =>
  service(options.isOutdated ?? Effect.succeed(false)).pipe(
    Layer.provideMerge(Layer.merge(options.answers ?? AnswerCache.layer, ProcessCache.layerAnswers(failures))),
    Layer.provideMerge(Tokens.layerWith(failures)),
    Layer.provideMerge(Challenges.layerWith(failures)),
    Layer.provide(Layer.effect(Http.Http, Http.make({ timeout: "5 seconds", retries: 0 }))),
    Layer.provideMerge(FakeProcess.layer(options.programs ?? {})),
    Layer.provideMerge(MemoryFileSystem.layer(options.files ?? {})),
    Layer.provideMerge(FakeRegistry.layer(options.registry))
  )

/** Sends a caller's `get`, and returns the reply. */
export const get = (uri: string, env: Readonly<Record<string, string>> = {}, cwd = "/home/u/project") =>
  Effect.flatMap(
    RequestHandler.RequestHandler,
    ({ handle }) =>
      handle(
        Redacted.make(JSON.stringify({ build, input: JSON.stringify({ uri }), cwd, env: { HOME: "/home/u", ...env } })),
        Effect.void
      )
  )
