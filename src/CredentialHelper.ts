/**
 * The service that an application embeds: a URI in, the headers that make its download succeed out.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { FailureOptions } from "./cache/SingleFlight.ts"
import * as Settings from "./config/Settings.ts"
import * as DockerCredentialHelper from "./docker/DockerCredentialHelper.ts"
import { ExitCode } from "./domain/ExitCode.ts"
import type { GetCredentialsRequest, GetCredentialsResponse } from "./domain/GetCredentials.ts"
import * as Provenance from "./domain/Provenance.ts"
import * as Resource from "./domain/Resource.ts"
import * as Http from "./http/Http.ts"
import * as Deadline from "./platform/Deadline.ts"
import { Environment } from "./platform/Environment.ts"
import * as Files from "./platform/Files.ts"
import * as Keyring from "./platform/Keyring.ts"
import type { Process } from "./platform/Process.ts"
import type { LookupError } from "./provider/ProviderError.ts"
import * as Providers from "./provider/Providers.ts"
import * as Router from "./provider/Router.ts"
import * as Challenges from "./registry/Challenges.ts"
import * as Tokens from "./registry/Tokens.ts"
import * as DockerLogin from "./source/DockerLogin.ts"
import * as RegistryChain from "./source/RegistryChain.ts"
import * as Sources from "./source/Sources.ts"

/**
 * The whole lookup took longer than callers wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetExceeded extends Data.TaggedError("BudgetExceeded")<{
  readonly host: string
  readonly millis: number
  /** The last step that was recorded. */
  readonly last: string
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    const seconds = this.millis / 1000
    return `timed out after ${seconds} s for ${this.host} (last step: ${this.last}). Check the network and the credential helpers.`
  }
}

/**
 * What `CredentialHelper.get` can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type CredentialHelperError = BudgetExceeded | LookupError

/**
 * An answer, or why there is none, and how it came about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly result: Either.Either<GetCredentialsResponse, CredentialHelperError>
  readonly provenance: Provenance.Provenance
}

/**
 * @since 0.1.0
 * @category context
 */
export class CredentialHelper extends Context.Tag("CredentialHelper/CredentialHelper")<CredentialHelper, {
  /** The headers for a URI; none for a URI that no provider answers for. */
  readonly get: (request: GetCredentialsRequest) => Effect.Effect<GetCredentialsResponse, CredentialHelperError>
  /** The same, with every step taken and every input it depends on; it never fails. */
  readonly explain: (request: GetCredentialsRequest) => Effect.Effect<Explanation>
  /** `explain` for a request that has been read already. */
  readonly resolve: (resource: Resource.Resource) => Effect.Effect<Explanation>
}>() {}

/**
 * How long a lookup may take in all. Bazel gives up after 10 s; this is less, so that the error says why.
 *
 * @since 0.1.0
 * @category constants
 */
export const budget: Duration.Duration = Duration.seconds(8)

/**
 * Sleeps in eight slices, so that time in which the process was not scheduled does not count: on a busy machine a late
 * answer is better than a timeout.
 */
const passes = (millis: number): Effect.Effect<void> => Effect.repeatN(Effect.sleep(millis / 8), 7)

const exceeded = (host: string, sofar: Effect.Effect<Provenance.Provenance>) =>
  Effect.flatMap(sofar, ({ steps }) => {
    const last = Provenance.flatten(steps).at(-1)
    return new BudgetExceeded({
      host: host === "" ? "this URI" : host,
      millis: Duration.toMillis(budget),
      last: last === undefined ? "none" : Provenance.render(last)
    })
  })

/**
 * The service from its one essential method: for a helper that wraps another one, such as a cache.
 *
 * @since 0.2.0
 * @category constructors
 */
export const fromResolve = (resolve: CredentialHelper["Type"]["resolve"]): CredentialHelper["Type"] => {
  const explain = ({ uri }: GetCredentialsRequest): Effect.Effect<Explanation> =>
    Either.match(Resource.parse(uri), {
      onLeft: (error) => Effect.succeed({ result: Either.left(error), provenance: { steps: [], inputs: [] } }),
      onRight: resolve
    })
  return CredentialHelper.of({
    resolve,
    explain,
    get: Effect.fn("CredentialHelper.get")(function*(request: GetCredentialsRequest) {
      return yield* (yield* explain(request)).result
    })
  })
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<CredentialHelper["Type"], never, Environment | Router.Router> = Effect.gen(
  function*() {
    const router = yield* Router.Router
    const environment = yield* Environment

    const lookup = (resource: Resource.Resource) =>
      Effect.zipWith(
        router.get(resource),
        Settings.read(environment, Settings.omitExpires),
        (response, omitExpires) => ({
          ...response,
          omitExpires
        })
      )

    const resolve = Effect.fn("CredentialHelper.resolve")((resource: Resource.Resource) =>
      Provenance.recording((sofar) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const deadline = Math.min(yield* Deadline.Deadline, now + Duration.toMillis(budget))
          const result = yield* lookup(resource).pipe(
            Effect.provideService(Deadline.Deadline, deadline),
            Effect.disconnect,
            Effect.raceFirst(Effect.zipRight(passes(Math.max(0, deadline - now)), exceeded(resource.host, sofar))),
            Effect.either
          )
          return { result, provenance: yield* sofar }
        })
      )
    )

    return fromResolve(resolve)
  }
)

/**
 * What callers of one process may share: what registries said.
 *
 * @since 0.2.0
 * @category models
 */
export type Shared = Challenges.Challenges | Tokens.Tokens

/** One composition serves the library, the program and the agent. `Layer.provide` takes twice as long at the start. */
const makeCaller = make.pipe(
  Effect.provideServiceEffect(Router.Router, Router.make),
  Effect.provideServiceEffect(Providers.Providers, Providers.make),
  Effect.provideServiceEffect(RegistryChain.RegistryChain, RegistryChain.make),
  Effect.provideServiceEffect(DockerLogin.DockerLogin, DockerLogin.make),
  Effect.provideServiceEffect(
    DockerCredentialHelper.DockerCredentialHelper,
    DockerCredentialHelper.make(DockerCredentialHelper.defaults)
  ),
  Effect.provideServiceEffect(Sources.Sources, Sources.make),
  Effect.provideServiceEffect(Keyring.Keyring, Keyring.make),
  Effect.provideServiceEffect(Files.Files, Effect.map(FileSystem.FileSystem, Files.make))
)

const makeShared = (options: FailureOptions) =>
  Effect.gen(function*() {
    const challenges = yield* Challenges.make(options)
    const tokens = yield* Tokens.make(options)
    return Context.make(Challenges.Challenges, challenges).pipe(Context.add(Tokens.Tokens, tokens))
  }).pipe(Effect.provideServiceEffect(Http.Http, Http.make(Http.defaults)))

/**
 * What registries said, for callers that share it.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerShared = (options: FailureOptions): Layer.Layer<Shared, never, HttpClient.HttpClient> =>
  Layer.scopedContext(makeShared(options))

/**
 * A credential helper for one caller, on top of what callers share.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerCaller: Layer.Layer<
  CredentialHelper,
  never,
  Environment | FileSystem.FileSystem | Process | Shared
> = Layer.effect(CredentialHelper, makeCaller)

/**
 * The service of `layer`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const makeAlone: Effect.Effect<
  CredentialHelper["Type"],
  never,
  Environment | FileSystem.FileSystem | HttpClient.HttpClient | Process | Scope.Scope
> = Effect.flatMap(makeShared({ failureTtl: Duration.zero }), (shared) => Effect.provide(makeCaller, shared))

/**
 * The credential helper, on top of the four services by which it reaches the outside world. Each of them can be swapped
 * alone. Providers and sources of an application are layers that are provided to this one, such as
 * `Providers.layerBefore`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  CredentialHelper,
  never,
  Environment | FileSystem.FileSystem | HttpClient.HttpClient | Process
> = Layer.scoped(CredentialHelper, makeAlone)
