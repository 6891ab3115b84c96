/**
 * Handles the requests to an agent: takes a line and returns the reply. `SocketServer` transports them.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as AnswerCache from "../../cache/AnswerCache.ts"
import type { Resolution } from "../../cache/CacheEntry.ts"
import { ProcessAnswers } from "../../cache/ProcessCache.ts"
import * as Settings from "../../config/Settings.ts"
import { CredentialHelper } from "../../CredentialHelper.ts"
import * as GetCredentials from "../../domain/GetCredentials.ts"
import * as Report from "../../domain/Report.ts"
import * as Resource from "../../domain/Resource.ts"
import { build, version } from "../../domain/Version.ts"
import * as Environment from "../../platform/Environment.ts"
import { Challenges } from "../../registry/Challenges.ts"
import { Tokens } from "../../registry/Tokens.ts"
import * as Protocol from "../protocol/Protocol.ts"
import * as Status from "../protocol/Status.ts"
import * as HelperPool from "./HelperPool.ts"
import type { Handle } from "./SocketServer.ts"

/**
 * @since 0.2.0
 * @category context
 */
export class RequestHandler extends Context.Tag("CredentialHelper/RequestHandler")<RequestHandler, {
  /** Never fails: an error is a reply too. */
  readonly handle: Handle
  /** Completes on a shutdown request, or when the agent cannot serve its callers any more. */
  readonly shutdown: Effect.Effect<void>
}>() {}

/**
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The path of the agent's socket, for its status. */
  readonly socket: string
  /** What all callers get from the agent's own process: user, home directory and platform. */
  readonly process: Environment.Options
  readonly forCaller: HelperPool.LayerForCaller
  /** Whether files that this process read only once have changed. */
  readonly isOutdated: Effect.Effect<boolean>
}

/** What an entry is listed under; a text that no entry can have is compared as it is. */
const labelOf = (uri: string): string =>
  Either.match(Resource.parse(uri), { onLeft: () => uri, onRight: ({ label }) => label })

/** How many latencies the status takes into account. */
const maxLatencies = 1000

/** The time from request to reply of the last calls. */
const makeLatencies = () => {
  const recent: Array<number> = []
  return {
    measure: <A>(call: Effect.Effect<A>): Effect.Effect<A> =>
      Effect.map(Effect.timed(call), ([elapsed, result]) => {
        if (recent.push(Duration.toMillis(elapsed)) > maxLatencies) recent.shift()
        return result
      }),
    quantiles: () => ({
      p50: Status.quantile(recent, 0.5),
      p90: Status.quantile(recent, 0.9),
      p99: Status.quantile(recent, 0.99)
    })
  }
}

const verbosityOf = ({ terminal = false }: Protocol.Get, environment: Environment.Options) =>
  Effect.map(
    Settings.read(Environment.make(environment), Settings.logging),
    (logging) => Report.verbosity(logging, terminal)
  )

const replyTo = (
  { cachedMs, result, steps }: AnswerCache.Served,
  label: string,
  verbosity: Report.Verbosity
): string =>
  Either.match(result, {
    onLeft: (error) => {
      const notes = Report.notes(verbosity, { label, steps, cachedMs, headers: Option.none() })
      return Protocol.reply(error.exitCode, Report.line(Cause.fail(error)), notes)
    },
    onRight: ({ headers, line }) => {
      const notes = Report.notes(verbosity, { label, steps, cachedMs, headers: Option.some(headers) })
      return Protocol.reply(0, Redacted.value(line), notes)
    }
  })

/** Answers a `get` in the caller's environment. */
const makeAnswer = (options: Options) =>
  Effect.gen(function*() {
    const answers = yield* AnswerCache.AnswerCache
    const inEnvironment = yield* HelperPool.make(options.forCaller)

    const resolve = (resource: Resource.Resource, environment: Environment.Options): Effect.Effect<Resolution> =>
      Effect.gen(function*() {
        const { provenance, result } = yield* (yield* CredentialHelper).resolve(resource)
        if (Either.isLeft(result)) return { provenance, result: Either.left(result.left) }
        const line = GetCredentials.encodeResponse(result.right, { now: yield* DateTime.now })
        const { expires, headers } = result.right
        return { provenance, result: Either.right({ line: Redacted.make(line), headers: headers.size, expires }) }
      }).pipe(inEnvironment(environment))

    return (request: Protocol.Get, startHeartbeat: Effect.Effect<void>): Effect.Effect<string> =>
      Effect.gen(function*() {
        const asked = yield* GetCredentials.decodeRequest(Redacted.value(request.input))
        const resource = yield* Resource.parse(asked.uri)
        const variables = new Map(Object.entries(request.env))
        const environment = { ...options.process, cwd: request.cwd, variables }
        const resolution = resolve(resource, environment)
        const question = {
          key: Environment.fingerprintOfAll([resource.key, request.cwd]),
          label: resource.label,
          variables,
          startHeartbeat,
          resolve: resolution
        }
        const served = yield* answers.get(question).pipe(
          // A bug in the cache must not fail the request.
          Effect.catchAllDefect(() => Effect.map(resolution, AnswerCache.served))
        )
        return replyTo(served, resource.label, yield* verbosityOf(request, environment))
      }).pipe(
        Effect.catchAllCause((cause) => Effect.succeed(Protocol.reply(Report.code(cause), Report.line(cause))))
      )
  })

/** The agent's status as JSON. */
const makeStatus = (socket: string, latencies: ReturnType<typeof makeLatencies>) =>
  Effect.gen(function*() {
    const answers = yield* AnswerCache.AnswerCache
    const startedMs = yield* Clock.currentTimeMillis
    return Effect.gen(function*() {
      const nowMs = yield* Clock.currentTimeMillis
      const encoded = yield* Schema.encode(Schema.parseJson(Status.Status))({
        pid: process.pid,
        version,
        identity: socket,
        uptimeSeconds: (nowMs - startedMs) / 1000,
        memoryBytes: process.memoryUsage.rss(),
        ...(yield* answers.counts),
        latencyMillis: latencies.quantiles(),
        entries: (yield* answers.entries).map(Status.describe(nowMs))
      })
      return `${encoded}\n`
    }).pipe(Effect.orDie)
  })

const removed = (count: number): string => `removed ${count} cached ${count === 1 ? "answer" : "answers"}\n`

/** Removes what is cached for one URI, or everything. */
const makeInvalidate = Effect.gen(function*() {
  const answers = yield* AnswerCache.AnswerCache
  const challenges = yield* Challenges
  const programs = yield* ProcessAnswers
  const tokens = yield* Tokens
  return (uri: string | undefined): Effect.Effect<string> =>
    Effect.gen(function*() {
      const label = uri === undefined ? undefined : labelOf(uri)
      const host = label?.split("/")[0]
      yield* challenges.invalidate(host)
      yield* tokens.invalidate(host)
      // The output of a program for one server may depend on its output for another.
      yield* programs.invalidate(() => true)
      return removed(yield* answers.invalidate((other) => label === undefined || other === label))
    })
})

/** Runs the commands of a user; a shutdown request completes `stop`. */
const makeControl = (status: Effect.Effect<string>, stop: Deferred.Deferred<void>) =>
  Effect.gen(function*() {
    const answers = yield* AnswerCache.AnswerCache
    const invalidate = yield* makeInvalidate
    return ({ command, uri }: Protocol.Control): Effect.Effect<string> => {
      switch (command) {
        case "status":
          return status
        case "prune":
          return Effect.map(answers.prune, removed)
        case "invalidate":
          return invalidate(uri)
        case "shutdown":
          return Effect.as(Deferred.succeed(stop, undefined), "stopping the agent\n")
      }
    }
  })

const decode = Schema.decodeUnknownOption(Protocol.Request)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<
  RequestHandler["Type"],
  never,
  AnswerCache.AnswerCache | Challenges | ProcessAnswers | Scope.Scope | Tokens
> =>
  Effect.gen(function*() {
    const stop = yield* Deferred.make<void>()
    const latencies = makeLatencies()
    const answer = yield* makeAnswer(options)
    const control = yield* makeControl(yield* makeStatus(options.socket, latencies), stop)
    return RequestHandler.of({
      shutdown: Deferred.await(stop),
      handle: Effect.fnUntraced(function*(line: Redacted.Redacted, startHeartbeat: Effect.Effect<void>) {
        const request = Option.getOrUndefined(decode(Redacted.value(line)))
        if (request === undefined) return Protocol.malformedRequest
        if ("command" in request) return Protocol.reply(0, yield* control(request))
        if (request.build === build && !(yield* options.isOutdated)) {
          return yield* latencies.measure(answer(request, startHeartbeat))
        }
        yield* Deferred.succeed(stop, undefined)
        return Protocol.otherBuild
      })
    })
  })
