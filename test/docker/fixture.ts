/** A docker setup in memory, and the result of a lookup in it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { Found } from "../../src/docker/DockerConfigLookup.ts"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import type { DockerConfigError } from "../../src/docker/DockerError.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import type { Target } from "../../src/domain/Resource.ts"
import type * as Environment from "../../src/platform/Environment.ts"
import * as Files from "../../src/platform/Files.ts"
import type { Invocation } from "../../src/platform/Process.ts"
import * as DockerLogin from "../../src/source/DockerLogin.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import { warningsOf } from "../warnings.ts"

export interface Setup {
  readonly env?: Readonly<Record<string, string>>
  readonly platform?: Partial<Omit<Environment.Options, "variables">>
  /** Content by path. */
  readonly files?: Readonly<Record<string, MemoryFileSystem.Entry>>
  /** `~/.docker/config.json`, for most tests the only file. A string is written as it is, anything else as JSON. */
  readonly config?: unknown
  readonly helpers?: Readonly<Record<string, FakeProcess.FakeProcess>>
  readonly timeout?: number
}

export interface Outcome {
  readonly username?: string
  readonly password?: string
  readonly basic?: string
  readonly identitytoken?: string
  readonly registrytoken?: string
  readonly from?: string
  readonly path?: string
  readonly origin?: string
}

export interface Answer {
  readonly outcome: Outcome | "none" | DockerConfigError
  readonly warnings: ReadonlyArray<string>
  readonly provenance: Provenance.Provenance
  readonly started: ReadonlyArray<Invocation>
}

export const home = "/home/u/.docker/config.json"

export const target = (host: string, repository?: string): Target => ({
  host,
  repository: Option.fromNullable(repository)
})

export const basic = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString("base64")

/** An entry of `auths` as `docker login` writes it. */
export const entry = (user: string, password = "p") => ({ auth: basic(user, password) })

/** The layer of a setup. */
export const withSetup = (setup: Setup) => {
  const config = "config" in setup ? { [home]: text(setup.config) } : {}
  const environment = TestEnvironment.layer({ HOME: "/home/u", ...setup.env }, setup.platform)
  const helper = setup.timeout === undefined
    ? DockerCredentialHelper.layer
    : DockerCredentialHelper.layerWith({ timeout: setup.timeout })
  return DockerLogin.layer.pipe(
    Layer.provide(helper),
    Layer.provideMerge(FakeProcess.layer(setup.helpers)),
    Layer.provide(environment),
    Layer.provide(Files.layer),
    Layer.provide(MemoryFileSystem.layer({ ...config, ...setup.files }))
  )
}

export const text = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value)

const outcomeOf = (found: Found): Outcome => {
  const { identityToken, origin, registryToken, userPassword } = found.credential
  return {
    origin,
    path: found.path,
    from: found.from,
    ...(userPassword === undefined ? {} : {
      username: userPassword.username,
      password: Redacted.value(userPassword.password),
      basic: Redacted.value(userPassword.basic)
    }),
    ...(identityToken === undefined ? {} : { identitytoken: Redacted.value(identityToken) }),
    ...(registryToken === undefined ? {} : { registrytoken: Redacted.value(registryToken) })
  }
}

export const lookup = (setup: Setup, host: string, repository?: string): Effect.Effect<Answer> =>
  Provenance.recording((sofar) =>
    Effect.gen(function*() {
      const credentials = yield* DockerLogin.DockerLogin
      const found = yield* Effect.either(credentials.find(target(host, repository)))
      const provenance = yield* sofar
      return {
        outcome: Either.match(found, {
          onRight: (found) => Option.isNone(found) ? "none" as const : outcomeOf(found.value),
          onLeft: (error) => error
        }),
        warnings: warningsOf(provenance),
        provenance,
        started: yield* Ref.get(yield* FakeProcess.Started)
      }
    })
  ).pipe(Effect.provide(withSetup(setup)))

/** The username that a lookup finds, `none`, or the tag of its error. */
export const user = (setup: Setup, host: string, repository?: string): Effect.Effect<string> =>
  Effect.map(
    lookup(setup, host, repository),
    ({ outcome }) => outcome === "none" ? "none" : "_tag" in outcome ? outcome._tag : outcome.username ?? "no user"
  )

/** The error that a lookup fails with. */
export const failure = (setup: Setup, host: string, repository?: string): Effect.Effect<DockerConfigError> =>
  Effect.map(lookup(setup, host, repository), ({ outcome }) => {
    if (typeof outcome === "object" && "_tag" in outcome) return outcome
    throw new TypeError(`not a failure: ${JSON.stringify(outcome)}`)
  })

/** A helper that replies the same to every key. */
export const always = (reply: FakeProcess.Reply): FakeProcess.FakeProcess => ({
  responses: { "*": reply }
})

/** A helper that prints these fields for every key. */
export const answering = (answer: unknown): FakeProcess.FakeProcess => always({ stdout: text(answer) })
