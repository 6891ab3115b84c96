/**
 * The agent's work: a request line in, a reply out. How the lines travel is the server's business.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Answers } from "../../cache/AnswerCache.ts"
import type { Resolution } from "../../cache/CacheEntry.ts"
import { ProcessAnswers } from "../../cache/ProcessCache.ts"
import { CredentialHelper, encode } from "../../CredentialHelper.ts"
import * as GetCredentials from "../../domain/GetCredentials.ts"
import * as Provenance from "../../domain/Provenance.ts"
import * as Report from "../../domain/Report.ts"
import { build, version } from "../../domain/Version.ts"
import * as Environment from "../../platform/Environment.ts"
import { Challenges } from "../../registry/Challenges.ts"
import * as RegistryUri from "../../registry/RegistryUri.ts"
import { Tokens } from "../../registry/Tokens.ts"
import * as Protocol from "../protocol/Protocol.ts"
import * as Status from "../protocol/Status.ts"
import * as HelperPool from "./HelperPool.ts"
import type { Handle } from "./SocketServer.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Service extends Context.Tag("CredentialHelper/AgentService")<Service, {
  /** Never fails: what goes wrong is a reply too. */
  readonly handle: Handle
  /** Completes when somebody asked for the end, or an agent of another build has to make room. */
  readonly shutdown: Effect.Effect<void>
}>() {}

const latencies = 1000

/** The URI for a person: no query, no user. */
const labelOf = (uri: string): string => {
  const bare = RegistryUri.parseBareHost(uri)
  if (Option.isSome(bare)) return bare.value
  if (!URL.canParse(uri)) return uri.slice(0, 100)
  const { host, pathname, protocol } = new URL(uri)
  return host === "" ? protocol : `${host}${pathname}`
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly socket: string
  /** What the agent's own process gives to every caller: user, home, platform. */
  readonly process: Environment.Options
  readonly forCaller: HelperPool.LayerForCaller
  /** Whether this process can serve no longer: what it read once and for all is not what it would read now. */
  readonly isOutdated: Effect.Effect<boolean>
}): Effect.Effect<Service["Type"], never, Answers | Challenges | ProcessAnswers | Scope.Scope | Tokens> =>
  Effect.gen(function*() {
    const answers = yield* Answers
    const challenges = yield* Challenges
    const tokens = yield* Tokens
    const programs = yield* ProcessAnswers
    const inEnvironment = yield* HelperPool.make(options.forCaller)
    const started = yield* Clock.currentTimeMillis
    const stop = yield* Deferred.make<void>()
    const recent: Array<number> = []

    const resolve = (
      asked: GetCredentials.GetCredentialsRequest,
      environment: Environment.Options
    ): Effect.Effect<Resolution> =>
      Provenance.recording((sofar) =>
        Effect.gen(function*() {
          const helper = yield* CredentialHelper
          const { provenance, result } = yield* helper.explain(asked)
          if (Either.isLeft(result)) return { provenance, result: Either.left(result.left) }
          const line = Redacted.make(yield* encode(result.right))
          // How it is written is the caller's choice as well.
          const { inputs } = yield* sofar
          return {
            provenance: { steps: provenance.steps, inputs: [...provenance.inputs, ...inputs] },
            result: Either.right({ line, expires: result.right.expires })
          }
        })
      ).pipe(inEnvironment(environment))

    const answer = (request: Protocol.Get, atWork: Effect.Effect<unknown>) =>
      Effect.gen(function*() {
        const asked = yield* GetCredentials.decodeRequest(Redacted.value(request.input))
        const variables = new Map(Object.entries(request.env))
        const resolution = resolve(asked, { ...options.process, cwd: request.cwd, variables })
        const question = {
          key: Environment.fingerprint(`${asked.uri}\n${request.cwd}`),
          label: labelOf(asked.uri),
          variables,
          atWork,
          resolve: resolution
        }
        const { line } = yield* answers.get(question).pipe(
          // A bug in what keeps answers must not cost one.
          Effect.catchAllDefect(() => Effect.flatMap(resolution, ({ result }) => result))
        )
        return Protocol.reply(0, Redacted.value(line))
      }).pipe(
        Effect.catchAllCause((cause) => Effect.succeed(Protocol.reply(Report.code(cause), Report.line(cause))))
      )

    const status = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const encoded = yield* Schema.encode(Schema.parseJson(Status.Status))({
        pid: process.pid,
        version,
        identity: options.socket,
        uptimeSeconds: (now - started) / 1000,
        memoryBytes: process.memoryUsage.rss(),
        ...(yield* answers.counts),
        latencyMillis: {
          p50: Status.quantile(recent, 0.5),
          p90: Status.quantile(recent, 0.9),
          p99: Status.quantile(recent, 0.99)
        },
        entries: (yield* answers.entries).map(Status.describe(now))
      })
      return `${encoded}\n`
    }).pipe(Effect.orDie)

    const invalidate = (uri: string | undefined) =>
      Effect.gen(function*() {
        const label = uri === undefined ? undefined : labelOf(uri)
        const host = label?.split("/")[0]
        yield* challenges.invalidate(host)
        yield* tokens.invalidate(host)
        // What a program says about one address may hang on what it said about another.
        yield* programs.invalidate(() => true)
        const count = yield* answers.invalidate((other) => label === undefined || other === label)
        return `${count} answer(s) forgotten\n`
      })

    const control = ({ command, uri }: Protocol.Control): Effect.Effect<string> => {
      switch (command) {
        case "status":
          return status
        case "prune":
          return Effect.map(answers.prune, (count) => `${count} answer(s) forgotten\n`)
        case "invalidate":
          return invalidate(uri)
        case "shutdown":
          return Effect.as(Deferred.succeed(stop, undefined), "the agent stops\n")
      }
    }

    const decode = Schema.decodeUnknownOption(Protocol.Request)

    const timed = (request: Protocol.Get, atWork: Effect.Effect<unknown>) =>
      Effect.gen(function*() {
        const [elapsed, reply] = yield* Effect.timed(answer(request, atWork))
        if (recent.push(Duration.toMillis(elapsed)) > latencies) recent.shift()
        return reply
      })

    return Service.of({
      shutdown: Deferred.await(stop),
      handle: Effect.fnUntraced(function*(line: Redacted.Redacted, atWork: Effect.Effect<unknown>) {
        const request = decode(Redacted.value(line))
        if (Option.isNone(request)) return Protocol.notUnderstood
        if ("command" in request.value) return Protocol.reply(0, yield* control(request.value))
        if (request.value.build === build && !(yield* options.isOutdated)) return yield* timed(request.value, atWork)
        yield* Deferred.succeed(stop, undefined)
        return Protocol.otherBuild
      })
    })
  })
