/**
 * The configured `lookup_chain`: for each of a provider's secrets, the first entry that has a value.
 *
 * An entry that holds nothing, or whose source this machine does not have, leads to the next one.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ConfigInvalid } from "../config/ConfigError.ts"
import { type Credential, fromAuth, type UserPassword, userPassword } from "../domain/Credential.ts"
import type { Target } from "../domain/Resource.ts"
import * as CredentialSource from "./CredentialSource.ts"
import type { Secret } from "./Secret.ts"
import type { Bindings, LookupEntry, SourceKind } from "./SourceKind.ts"

type Entries = ReadonlyArray<LookupEntry>

const isEntry = (value: unknown): value is LookupEntry =>
  typeof value === "object" && value !== null && "binding" in value && "source" in value

const Entry = Schema.declare(isEntry)

/** An entry is read by its kind, which `source` names. */
const entry = (kinds: ReadonlyArray<SourceKind>, bindings: Bindings): Schema.Schema<LookupEntry, unknown> => {
  const decodeSource = ParseResult.decodeUnknownEither(
    Schema.Struct({ source: Schema.Literal(...kinds.map(({ name }) => name)) })
  )
  return Schema.transformOrFail(Schema.Unknown, Entry, {
    strict: true,
    decode: (written, _, ast) =>
      Either.flatMap(decodeSource(written), ({ source }) => {
        const kind = kinds.find(({ name }) => name === source)
        return kind === undefined ? Either.left(new ParseResult.Type(ast, written)) : kind.decode(written, bindings)
      }),
    encode: (entry, _, ast) => Either.left(new ParseResult.Forbidden(ast, entry, "an entry is only decoded"))
  })
}

/**
 * The schema of a `lookup_chain` whose entries may have these bindings. An entry without one has the binding `default`,
 * where that is allowed.
 *
 * @since 0.2.0
 * @category schemas
 */
export const schema = (
  kinds: ReadonlyArray<SourceKind>,
  ...bindings: Bindings
): Schema.Schema<Entries, ReadonlyArray<unknown>> => Schema.Array(entry(kinds, bindings))

/**
 * The bindings of a container registry. There is no `default`: that could be a password as well as a token.
 *
 * @since 0.2.0
 * @category constants
 */
export const registryBindings = ["username", "password", "auth", "identitytoken", "registrytoken"] as const

type RegistryBinding = typeof registryBindings[number]

/**
 * Sources that other versions of the file format know.
 *
 * @since 0.2.0
 * @category constants
 */
export const plannedSources: ReadonlyArray<string> = ["google", "file", "command", "netrc"]

const bound = (entries: Entries, binding: string): CredentialSource.CredentialSource<Secret> =>
  CredentialSource.firstOf(entries.filter((entry) => entry.binding === binding).map(({ source }) => source))

/**
 * The `default` secret of a chain.
 *
 * @since 0.2.0
 * @category constructors
 */
export const secret = (entries: Entries): CredentialSource.CredentialSource<Secret> => bound(entries, "default")

const name = "lookup_chain"

const decodeAuth = ({ origin, value }: Secret): Effect.Effect<UserPassword, ConfigInvalid> => {
  const decoded = fromAuth(value)
  return typeof decoded !== "string" ? Effect.succeed(decoded) : new ConfigInvalid({
    path: name,
    at: origin,
    found: `a value that is ${decoded === "not base64" ? decoded : `base64, with ${decoded}`}`,
    allowed: "base64 of user:password"
  })
}

/** The name that goes with a password: the chain's own, or the one that the password's source names. */
const withUser = (username: Option.Option<Secret>, password: Secret): UserPassword =>
  userPassword(
    Option.match(username, { onNone: () => password.username ?? "", onSome: ({ value }) => Redacted.value(value) }),
    password.value
  )

const earliest = (secrets: ReadonlyArray<Secret>): Option.Option<DateTime.Utc> =>
  secrets.reduce<Option.Option<DateTime.Utc>>(
    (end, { expires }) =>
      expires === undefined
        ? end
        : Option.some(Option.match(end, { onNone: () => expires, onSome: DateTime.min(expires) })),
    Option.none()
  )

/** All bindings of a chain are one credential. As in a docker config, `auth` outranks username and password. */
const credentialOf = (
  secrets: Readonly<Record<RegistryBinding, Option.Option<Secret>>>,
  auth: Option.Option<UserPassword>
): CredentialSource.Answer<Credential> => {
  const { identitytoken, password, registrytoken, username } = secrets
  const login = Option.orElse(auth, () => Option.map(password, (password) => withUser(username, password)))
  const used = [registrytoken, identitytoken, Option.isSome(auth) ? secrets.auth : password].flatMap(Option.toArray)
  const [first] = used
  if (first === undefined) return CredentialSource.Answer.NothingFound()
  const expires = earliest(used)
  return CredentialSource.Answer.Found({
    value: {
      origin: `${name}, ${first.origin}`,
      ...(Option.isSome(login) ? { userPassword: login.value } : {}),
      ...(Option.isSome(identitytoken) ? { identityToken: identitytoken.value.value } : {}),
      ...(Option.isSome(registrytoken) ? { registryToken: registrytoken.value.value } : {}),
      ...(Option.isSome(expires) ? { expires: expires.value } : {})
    }
  })
}

/**
 * A registry's credential: all bindings of a chain are one source. A username alone is no credential.
 *
 * Errors: `ConfigInvalid` for an `auth` that is not `base64(user:password)`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const credential = (entries: Entries): CredentialSource.CredentialSource<Credential, ConfigInvalid> =>
  CredentialSource.make(name, (target: Target) =>
    Effect.gen(function*() {
      const find = (binding: RegistryBinding) => bound(entries, binding).lookup(target)
      const secrets = {
        registrytoken: yield* find("registrytoken"),
        identitytoken: yield* find("identitytoken"),
        auth: yield* find("auth"),
        username: yield* find("username"),
        password: yield* find("password")
      }
      return credentialOf(secrets, yield* Effect.transposeMapOption(secrets.auth, decodeAuth))
    }))
