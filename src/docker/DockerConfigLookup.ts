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
import { AuthEntryInvalid, type DockerConfigError, DockerConfigMalformed, type HelperNotFound } from "./DockerError.ts"
import * as GoJson from "./GoJson.ts"

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

/** `marked`: the registry has entries, all empty. `docker login` writes them when a store keeps the secret. */
interface Entries {
  readonly found: Option.Option<Found>
  readonly marked: boolean
}

type Lookup = Effect.Effect<Option.Option<Found>, DockerConfigError>

/**
 * `credHelpers` overrides `credsStore`, which overrides `auths`. If the helper or store has no credential, `auths` is used.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (helper: DockerCredentialHelper.DockerCredentialHelper["Type"]) => {
  const query = (
    config: DockerConfig.DockerConfig,
    from: Found["from"],
    request: Pick<DockerCredentialHelper.Request, "at" | "name" | "serverKey">
  ) =>
    Effect.map(
      helper.get({ ...request, path: config.path }),
      Option.map((credential): Found => ({ credential, path: config.path, from }))
    )

  const inCredHelpers = (config: DockerConfig.DockerConfig, target: Target, key: string): Lookup =>
    Effect.gen(function*() {
      const at = DockerConfig.at(config, "credHelpers", key)
      const name = yield* Effect.mapError(
        GoJson.string([config.credHelpers.get(key) ?? null]),
        () => new DockerConfigMalformed({ path: config.path, at, reason: "it is not a string" })
      )
      // An empty name disables the store for this registry.
      const found = name === "" ? Option.none() : yield* query(config, "credHelpers", { name, serverKey: key, at })
      return Option.isSome(found) ? found : (yield* inAuths(config, target)).found
    })

  const inCredsStore = (config: DockerConfig.DockerConfig, target: Target, name: string): Lookup =>
    Effect.gen(function*() {
      const serverKey = AuthKeys.serverKey(target.host)
      const found = yield* query(config, "credsStore", { name, serverKey, at: "$.credsStore" })
      return Option.isSome(found) ? found : (yield* inAuths(config, target)).found
    }).pipe(Effect.catchTag("HelperNotFound", (error) => withoutStore(config, target, error)))

  return Effect.fn("DockerConfigLookup.lookup")(function*(config: DockerConfig.DockerConfig, target: Target) {
    const [key] = AuthKeys.matching(config.credHelpers.keys(), target)
    if (key !== undefined) return yield* inCredHelpers(config, target, key)
    if (Option.isSome(config.credsStore)) return yield* inCredsStore(config, target, config.credsStore.value)
    return (yield* inAuths(config, target)).found
  })
}

/** A config from another machine may name that machine's store. Only a registry with a login needs the store. */
const withoutStore = (config: DockerConfig.DockerConfig, target: Target, error: HelperNotFound): Lookup =>
  Effect.gen(function*() {
    const { found, marked } = yield* inAuths(config, target)
    if (Option.isNone(found) && marked) return yield* error
    yield* Provenance.step(Provenance.Step.CredsStoreSkipped({ path: config.path, helper: error.helper }))
    return found
  })

const searched = ({ path }: DockerConfig.DockerConfig, { host }: Target, result: Provenance.DockerConfigResult) =>
  Provenance.step(Provenance.Step.DockerConfigSearched({ path, host, result }))

const inAuths = (config: DockerConfig.DockerConfig, target: Target): Effect.Effect<Entries, AuthEntryInvalid> =>
  Effect.gen(function*() {
    const keys = AuthKeys.matching(config.auths.keys(), target, config.format)
    for (const key of keys) {
      const secrets = yield* secretsAt(config, target, key)
      if (Option.isNone(secrets)) continue
      const at = DockerConfig.at(config, "auths", key)
      yield* searched(config, target, Provenance.DockerConfigResult.Credential({ at }))
      const credential = { origin: `docker config ${config.path}, ${at}`, ...secrets.value }
      return { found: Option.some<Found>({ credential, path: config.path, from: "auths" }), marked: false }
    }
    const { EmptyEntry, NoEntry } = Provenance.DockerConfigResult
    yield* searched(config, target, keys.length === 0 ? NoEntry() : EmptyEntry())
    return { found: Option.none(), marked: keys.length > 0 }
  })

const secretsAt = (
  config: DockerConfig.DockerConfig,
  target: Target,
  key: string
): Effect.Effect<Option.Option<AuthEntry.Secrets>, AuthEntryInvalid> =>
  Option.match(Option.fromNullable(config.auths.get(key)), {
    onNone: () => Effect.succeedNone,
    onSome: (entry) =>
      Either.mapLeft(AuthEntry.decode(entry), ({ member, reason }) =>
        new AuthEntryInvalid({
          path: config.path,
          at: DockerConfig.at(config, "auths", key) +
            Option.match(member, { onNone: () => "", onSome: (_) => `.${_}` }),
          reason,
          registry: target.host
        }))
  })
