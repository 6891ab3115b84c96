/**
 * Looks up a credential in one docker config: in its helper for the registry, its credential store, its own entries.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Credential } from "../domain/Credential.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Target } from "../domain/Resource.ts"
import * as AuthEntry from "./AuthEntry.ts"
import * as AuthKeys from "./AuthKeys.ts"
import * as DockerConfig from "./DockerConfig.ts"
import type * as DockerCredentialHelper from "./DockerCredentialHelper.ts"
import {
  AuthEntryInvalid,
  type DockerConfigError,
  DockerConfigMalformed,
  type HelperFailed,
  type HelperNotFound,
  type HelperOutputInvalid,
  type HelperTimeout
} from "./DockerError.ts"
import * as GoJson from "./GoJson.ts"
import * as LoginAdvice from "./LoginAdvice.ts"
import * as NearKeys from "./NearKeys.ts"

/**
 * A credential, and which section of which docker config it is from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Found {
  readonly credential: Credential
  /** The file, or `$DOCKER_AUTH_CONFIG`. */
  readonly path: string
  readonly from: "auths" | "credHelpers" | "credsStore"
}

/**
 * What a lookup in one config comes up with.
 *
 * @since 0.2.0
 * @category models
 */
export interface Result {
  readonly found: Option.Option<Found>
  /** Without a credential, what the config has in its place, and what to do. It matters if no other config has one. */
  readonly hint: Option.Option<string>
}

type Lookup = Effect.Effect<Result, DockerConfigError>

const foundIn = (found: Option.Option<Found>): Result => ({ found, hint: Option.none() })

/**
 * `credHelpers` overrides `credsStore`, which overrides `auths`. If the helper or store has no credential, `auths` is used.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (helper: DockerCredentialHelper.DockerCredentialHelper["Type"]) => {
  const query = (
    config: DockerConfig.DockerConfig,
    { host }: Target,
    from: Found["from"],
    request: Pick<DockerCredentialHelper.Request, "at" | "name" | "serverKey">
  ) =>
    Effect.map(
      helper.get({ ...request, path: config.path, login: LoginAdvice.command(config, host) }),
      Option.map((credential): Found => {
        const renew = LoginAdvice.forHelper(config, request.name, request.serverKey, host)
        return { credential: { ...credential, renew }, path: config.path, from }
      })
    )

  const inCredHelpers = (config: DockerConfig.DockerConfig, target: Target, key: string): Lookup =>
    Effect.gen(function*() {
      const at = DockerConfig.at(config, "credHelpers", key)
      const name = yield* Effect.mapError(
        GoJson.string([config.credHelpers.get(key) ?? null]),
        () =>
          new DockerConfigMalformed({
            path: config.path,
            at,
            reason: "it is not a string",
            advice: LoginAdvice.forConfig(config)
          })
      )
      // An empty name disables the store for this registry.
      if (name === "") return yield* inAuths(config, target)
      const request = { name, serverKey: key, at }
      const found = yield* query(config, target, "credHelpers", request)
      if (Option.isSome(found)) return foundIn(found)
      return yield* inAuths(config, target, LoginAdvice.forHelper(config, name, key, target.host))
    })

  const inCredsStore = (config: DockerConfig.DockerConfig, target: Target, name: string): Lookup =>
    Effect.gen(function*() {
      const request = { name, serverKey: AuthKeys.serverKey(target.host), at: "$.credsStore" }
      const found = yield* query(config, target, "credsStore", request)
      if (Option.isSome(found)) return foundIn(found)
      return yield* inAuths(config, target, LoginAdvice.forHelper(config, name, request.serverKey, target.host))
    }).pipe(
      Effect.catchTags({
        HelperNotFound: (error) => withoutStore(config, target, error),
        HelperFailed: (error) => withFailedStore(config, target, error),
        HelperOutputInvalid: (error) => withFailedStore(config, target, error),
        HelperTimeout: (error) => withFailedStore(config, target, error)
      })
    )

  return Effect.fn("DockerConfigLookup.lookup")(function*(config: DockerConfig.DockerConfig, target: Target) {
    const [key] = AuthKeys.matching(config.credHelpers.keys(), target)
    if (key !== undefined) return yield* inCredHelpers(config, target, key)
    if (Option.isSome(config.credsStore)) return yield* inCredsStore(config, target, config.credsStore.value)
    return yield* inAuths(config, target)
  })
}

const keysOf = (config: DockerConfig.DockerConfig, target: Target): ReadonlyArray<string> =>
  AuthKeys.matching(config.auths.keys(), target, config.format)

/** A config from another machine may name that machine's store. Only a registry with a login needs the store. */
const withoutStore = (config: DockerConfig.DockerConfig, target: Target, error: HelperNotFound): Lookup =>
  Effect.gen(function*() {
    // A login would go to the store, and fail.
    const renew = `remove the line "credsStore" from ${config.path}, then run ${error.login}`
    const result = yield* inAuths(config, target, renew)
    if (Option.isNone(result.found) && keysOf(config, target).length > 0) return yield* error
    yield* Provenance.step(Provenance.Step.CredsStoreSkipped({ path: config.path, helper: error.helper }))
    if (Option.isNone(result.found)) {
      yield* Provenance.warn(
        `${error.helper} is not installed, but ${config.path} names it ("credsStore"). ` +
          "If its logins are not for this machine, remove that line."
      )
    }
    return { ...result, found: Option.map(result.found, renewedBy(renew)) }
  })

const renewedBy = (renew: string) => (found: Found): Found => ({
  ...found,
  credential: { ...found.credential, renew }
})

/** Docker writes an entry for each login that a store keeps. Without one, the store is not needed. */
const withFailedStore = (
  config: DockerConfig.DockerConfig,
  target: Target,
  error: HelperFailed | HelperOutputInvalid | HelperTimeout
): Lookup =>
  keysOf(config, target).length > 0
    ? Effect.fail(error)
    : Effect.zipRight(
      Provenance.warn(error.message),
      inAuths(config, target, `mend ${error.helper}, then run ${LoginAdvice.command(config, target.host)}`)
    )

const searched = ({ path }: DockerConfig.DockerConfig, { host }: Target, result: Provenance.DockerConfigResult) =>
  Provenance.step(Provenance.Step.DockerConfigSearched({ path, host, result }))

/** `advice` on how to log in where there is no entry, in the imperative and without a full stop. */
const inAuths = (
  config: DockerConfig.DockerConfig,
  target: Target,
  advice = `run ${LoginAdvice.command(config, target.host)}`
): Effect.Effect<Result, AuthEntryInvalid> =>
  Effect.gen(function*() {
    const keys = keysOf(config, target)
    for (const key of keys) {
      const secrets = yield* secretsAt(config, target, key)
      if (Option.isNone(secrets)) continue
      const at = DockerConfig.at(config, "auths", key)
      yield* searched(config, target, Provenance.DockerConfigResult.Credential({ at }))
      const credential = {
        origin: `docker config ${config.path}, ${at}`,
        renew: LoginAdvice.forEntry(config, key, at, target),
        ...secrets.value
      }
      return foundIn(Option.some<Found>({ credential, path: config.path, from: "auths" }))
    }
    const { EmptyEntry, NoEntry } = Provenance.DockerConfigResult
    yield* searched(config, target, keys.length === 0 ? NoEntry() : EmptyEntry())
    return { found: Option.none(), hint: hintOf(config, target, keys, advice) }
  })

const hintOf = (
  config: DockerConfig.DockerConfig,
  { host }: Target,
  keys: ReadonlyArray<string>,
  login: string
): Option.Option<string> => {
  if (keys.length > 0) {
    return Option.some(`${config.path} has an entry for ${host}, but its login is gone. To log in again, ${login}.`)
  }
  return Option.map(
    NearKeys.describe([...config.auths.keys(), ...config.credHelpers.keys()], host),
    (near) => `${config.path} has no entry for ${host}; it has ${near}. To log in to ${host}, ${login}.`
  )
}

const secretsAt = (
  config: DockerConfig.DockerConfig,
  target: Target,
  key: string
): Effect.Effect<Option.Option<AuthEntry.Secrets>, AuthEntryInvalid> =>
  Option.match(Option.fromNullable(config.auths.get(key)), {
    onNone: () => Effect.succeedNone,
    onSome: (entry) =>
      Either.mapLeft(AuthEntry.decode(entry), ({ member, reason }) => {
        const at = DockerConfig.at(config, "auths", key)
        return new AuthEntryInvalid({
          path: config.path,
          at: at + Option.match(member, { onNone: () => "", onSome: (_) => `.${_}` }),
          reason,
          registry: target.host,
          renew: LoginAdvice.forEntry(config, key, at, target)
        })
      })
  })
