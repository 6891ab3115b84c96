/**
 * The configured `lookup_chain`: for each of a helper's secrets, the first entry that has a value.
 *
 * An entry that holds nothing, or whose source this machine does not have, leads to the next one.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ConfigInvalid } from "../config/ConfigError.ts"
import { type Credential, fromAuth, type UserPassword, userPassword } from "../domain/Credential.ts"
import type { Target } from "../domain/Resource.ts"
import { CredentialNotFound } from "../domain/SourceError.ts"
import { Environment } from "../platform/Environment.ts"
import { Keyring } from "../platform/Keyring.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as EnvSource from "./Env.ts"
import { firstOf } from "./FirstOf.ts"
import * as KeyringSource from "./Keyring.ts"
import type { LookupEntry, OciBinding } from "./LookupEntry.ts"
import * as StaticSource from "./Static.ts"

type Entries = ReadonlyArray<LookupEntry>

type SecretSource = CredentialSource.CredentialSource<Redacted.Redacted>

/**
 * @since 0.1.0
 * @category context
 */
export class LookupChain extends Context.Tag("CredentialHelper/LookupChain")<LookupChain, {
  /** The `default` secret. */
  readonly secret: (entries: Entries) => SecretSource
  /**
   * A registry's credential: all bindings of a chain are one source. A user name alone is none.
   *
   * Errors: `ConfigInvalid` for an `auth` that is not `base64(user:password)`.
   */
  readonly credential: (entries: Entries) => CredentialSource.CredentialSource<Credential, ConfigInvalid>
}>() {}

const name = "lookup_chain"

/** A value, and the entry that it is from. */
interface Found {
  readonly entry: string
  readonly value: Redacted.Redacted
}

const decodeAuth = ({ entry, value }: Found): Effect.Effect<UserPassword, ConfigInvalid> => {
  const decoded = fromAuth(value)
  return typeof decoded !== "string" ? Effect.succeed(decoded) : new ConfigInvalid({
    path: name,
    at: entry,
    found: `a value that is ${decoded === "not base64" ? decoded : `base64, with ${decoded}`}`,
    allowed: "base64 of user:password"
  })
}

const withUser = (username: Option.Option<Found>, password: Found): UserPassword =>
  userPassword(
    Option.match(username, { onNone: () => "", onSome: ({ value }) => Redacted.value(value) }),
    password.value
  )

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (environment: Environment["Type"], keyring: Keyring["Type"]): LookupChain["Type"] => {
  const sourceOf = (entry: LookupEntry): SecretSource => {
    switch (entry.source) {
      case "env":
        return EnvSource.make(environment, entry.name)
      case "keyring":
        return KeyringSource.make(keyring, entry.service)
      case "static":
        return StaticSource.make(entry.value)
    }
  }

  const foundBy = (entry: LookupEntry): CredentialSource.CredentialSource<Found> => {
    const source = sourceOf(entry)
    return CredentialSource.map(source, (value) => ({ entry: source.name, value }))
  }

  const credential = Effect.fnUntraced(function*(entries: Entries, target: Target) {
    const get = (binding: OciBinding) =>
      CredentialSource.find(firstOf(entries.filter((entry) => entry.binding === binding).map(foundBy)), target)
    const registryToken = yield* get("registrytoken")
    const identityToken = yield* get("identitytoken")
    const auth = yield* Effect.transposeMapOption(yield* get("auth"), decodeAuth)
    const username = yield* get("username")
    const password = yield* get("password")
    // As in a docker config, auth beats user and password.
    const user = Option.orElse(auth, () => Option.map(password, (password) => withUser(username, password)))
    if (Option.isNone(Option.firstSomeOf([registryToken, identityToken, user]))) {
      return yield* new CredentialNotFound({ source: name })
    }
    const found: Credential = {
      origin: name,
      ...(Option.isSome(user) ? { userPassword: user.value } : {}),
      ...(Option.isSome(identityToken) ? { identityToken: identityToken.value.value } : {}),
      ...(Option.isSome(registryToken) ? { registryToken: registryToken.value.value } : {})
    }
    return found
  })

  return LookupChain.of({
    secret: (entries) => firstOf(entries.filter(({ binding }) => binding === "default").map(sourceOf)),
    credential: (entries) =>
      CredentialSource.make<Credential, ConfigInvalid>(name, (target) => credential(entries, target))
  })
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<LookupChain, never, Environment | Keyring> = Layer.effect(
  LookupChain,
  Effect.zipWith(Environment, Keyring, make)
)
