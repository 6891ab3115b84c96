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
import type * as Decode from "../config/Decode.ts"
import { type Credential, fromAuth, type UserPassword, userPassword } from "../domain/Credential.ts"
import * as Provenance from "../domain/Provenance.ts"
import type { Target } from "../domain/Resource.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"
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

const bound = (entries: Entries, binding: string): CredentialSource.CredentialSource<Secret.Secret> =>
  CredentialSource.firstOf(entries.filter((entry) => entry.binding === binding).map(({ source }) => source))

/**
 * The `default` secret of a chain.
 *
 * @since 0.2.0
 * @category constructors
 */
export const secret = (entries: Entries): CredentialSource.CredentialSource<Secret.Secret> => bound(entries, "default")

/**
 * How to give a chain a value: a hint for each of its sources that knows. A username takes a password to be of use.
 *
 * @since 0.2.0
 * @category accessors
 */
export const setup = (entries: Entries): ReadonlyArray<string> => {
  const user = entries.find(({ binding }) => binding === "username")?.setup
  const hints = entries.flatMap(({ binding, setup }) => {
    if (setup === undefined || binding === "username") return []
    return [binding === "password" && user !== undefined ? `${user} and ${setup}` : setup]
  })
  return [...new Set(hints)]
}

const name = "lookup_chain"

/** `urls[0]` */
const entryOf = (place: Decode.Place | undefined): Option.Option<string> => {
  const [urls, index] = place?.at ?? []
  return urls === "urls" && typeof index === "number" ? Option.some(`urls[${index}]`) : Option.none()
}

/** `lookup_chain of urls[0]` */
const labelOf = (place: Decode.Place | undefined): string =>
  Option.match(entryOf(place), { onNone: () => name, onSome: (entry) => `${name} of ${entry}` })

const nameOf = ({ origin, variable }: Secret.Secret): string => variable ?? origin

/** `a`, `a and b`, `a, b and c` */
const listed = (words: ReadonlyArray<string>): string => {
  const last = words.at(-1) ?? ""
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`
}

const decodeAuth = (
  secret: Secret.Secret,
  place: Decode.Place | undefined
): Effect.Effect<UserPassword, ConfigInvalid> => {
  const decoded = fromAuth(secret.value)
  return typeof decoded !== "string" ? Effect.succeed(decoded) : new ConfigInvalid({
    path: place?.path ?? name,
    at: Option.match(entryOf(place), { onNone: () => name, onSome: (entry) => `$.${entry}.config.${name}` }),
    found: `${secret.origin} holds a value that is ${decoded === "not base64" ? decoded : `base64, with ${decoded}`}`,
    allowed: "base64 of user:password"
  })
}

/** Registries that take a token as the password do not look at the name, but for an empty one. */
const anyUser = "unset"

/** The name that goes with a password: the chain's own, or the one that the password's source names. */
const withUser = (username: Option.Option<Secret.Secret>, password: Secret.Secret): UserPassword =>
  userPassword(
    Option.match(username, {
      onNone: () => password.username ?? anyUser,
      onSome: ({ value }) => Redacted.value(value)
    }),
    password.value
  )

const earliest = (secrets: ReadonlyArray<Secret.Secret>): Option.Option<DateTime.Utc> =>
  secrets.reduce<Option.Option<DateTime.Utc>>(
    (end, { expires }) =>
      expires === undefined
        ? end
        : Option.some(Option.match(end, { onNone: () => expires, onSome: DateTime.min(expires) })),
    Option.none()
  )

/** A login elsewhere would change nothing, because the chain is asked before. */
const renewOf = (used: ReadonlyArray<Secret.Secret>, label: string, what: "login" | "token"): string => {
  const variables = used.flatMap(({ variable }) => variable ?? [])
  const advice = [
    ...(variables.length === 0 ? [] : [`set ${listed(variables)} to a ${what} that works`]),
    ...used.flatMap(({ renew }) => renew ?? [])
  ]
  return advice.length === 0 ? `correct the ${label}` : listed(advice)
}

type Secrets = Readonly<Record<RegistryBinding, Option.Option<Secret.Secret>>>

/** A username whose password is missing is a mistake: the chain goes on, and the user is told. */
const nothingFound = ({ username }: Secrets, label: string): Effect.Effect<CredentialSource.Answer<Credential>> =>
  Option.match(username, {
    onNone: () => Effect.succeed(CredentialSource.Answer.NothingFound()),
    onSome: (username) => {
      const reason = `${nameOf(username)} found, its password not`
      return Effect.as(
        Provenance.warn(`${label}: ${reason}. A user name alone is no credential: the chain was passed over.`),
        CredentialSource.Answer.Missing({ reason })
      )
    }
  })

/** All bindings of a chain are one credential. As in a docker config, `auth` outranks username and password. */
const credentialOf = (
  secrets: Secrets,
  auth: Option.Option<UserPassword>,
  label: string
): Effect.Effect<CredentialSource.Answer<Credential>> => {
  const { identitytoken, password, registrytoken, username } = secrets
  const login = Option.orElse(auth, () => Option.map(password, (password) => withUser(username, password)))
  const pair = Option.isSome(auth) ? [secrets.auth] : Option.isSome(password) ? [username, password] : []
  const used = [registrytoken, identitytoken, ...pair].flatMap(Option.toArray)
  if (used.length === 0) return nothingFound(secrets, label)
  const expires = earliest(used)
  return Effect.succeed(CredentialSource.Answer.Found({
    value: {
      origin: `${listed(used.map(nameOf))} (${label})`,
      renew: renewOf(used, label, pair.length === 0 ? "token" : "login"),
      ...(Option.isSome(login) ? { userPassword: login.value } : {}),
      ...(Option.isSome(identitytoken) ? { identityToken: identitytoken.value.value } : {}),
      ...(Option.isSome(registrytoken) ? { registryToken: registrytoken.value.value } : {}),
      ...(Option.isSome(expires) ? { expires: expires.value } : {})
    }
  }))
}

const isPassword = (binding: RegistryBinding): boolean => binding === "username" || binding === "password"

/**
 * A registry's credential: all bindings of a chain are one source. A username alone is no credential.
 *
 * Errors: `ConfigInvalid` for an `auth` that is not `base64(user:password)`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const credential = (
  entries: Entries,
  place?: Decode.Place
): CredentialSource.CredentialSource<Credential, ConfigInvalid> =>
  CredentialSource.make(name, (target: Target) =>
    Effect.gen(function*() {
      const find = (binding: RegistryBinding) => {
        const source = bound(entries, binding)
        return (isPassword(binding) ? Secret.passwords(source) : Secret.tokens(source)).lookup(target)
      }
      const secrets = {
        registrytoken: yield* find("registrytoken"),
        identitytoken: yield* find("identitytoken"),
        auth: yield* find("auth"),
        username: yield* find("username"),
        password: yield* find("password")
      }
      const auth = yield* Effect.transposeMapOption(secrets.auth, (auth) => decodeAuth(auth, place))
      return yield* credentialOf(secrets, auth, labelOf(place))
    }))
