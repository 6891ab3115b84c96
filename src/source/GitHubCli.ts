/**
 * The token that `gh auth login` leaves in its `hosts.yml`, on machines where it does not use a keyring.
 *
 * The user has not named this file: a defect in it makes the source unavailable, and the chain goes on.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as PathExpansion from "../config/PathExpansion.ts"
import { Environment } from "../platform/Environment.ts"
import type { Files } from "../platform/Files.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"

/** Every host has its account; with several accounts on one host, `user` is the active one. */
const Account = Schema.Struct({
  oauth_token: Schema.optional(Schema.Redacted(Schema.String)),
  user: Schema.optional(Schema.String),
  users: Schema.optional(Schema.Unknown)
})

const Hosts = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const decodeHosts = Schema.decodeUnknownOption(Hosts)
const decodeAccount = Schema.decodeUnknownOption(Account)

/** `gh` writes nothing where it keeps the token in a keyring. */
const nothing = (value: unknown): boolean => value === undefined || value === null || value === ""

const own = (record: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined

const tokenOf = (account: typeof Account.Type): Option.Option<Redacted.Redacted> => {
  if (account.oauth_token !== undefined) return Option.some(account.oauth_token)
  const users = Option.getOrElse(decodeHosts(account.users), () => ({}))
  const [only, ...others] = Object.keys(users)
  const active = account.user ?? (others.length === 0 ? only : undefined)
  return Option.fromNullable(active).pipe(
    Option.flatMap((name) => decodeAccount(own(users, name))),
    Option.flatMapNullable((user) => user.oauth_token)
  )
}

type Outcome = Either.Either<Option.Option<Redacted.Redacted>, string>

const tokenIn = (yaml: unknown, host: string): Outcome => {
  if (nothing(yaml)) return Either.right(Option.none())
  const hosts = decodeHosts(yaml)
  if (Option.isNone(hosts)) return Either.left("it is not a list of hosts")
  const entry = own(hosts.value, host)
  if (nothing(entry)) return Either.right(Option.none())
  return Either.map(
    Either.fromOption(decodeAccount(entry), () => `its entry for ${host} is not an account`),
    tokenOf
  )
}

/** Loaded when it is needed: most answers do not need it, and start-up counts. */
const parseYaml = Effect.fnUntraced(function*(text: string) {
  const { parseDocument } = yield* Effect.promise(() => import("yaml"))
  // In the failsafe schema every scalar is a text, also a token that looks like a number.
  const document = yield* Effect.try({
    try: () => parseDocument(text, { schema: "failsafe", logLevel: "silent" }),
    catch: () => "it is not valid YAML"
  })
  const error = document.errors[0]
  if (error !== undefined) {
    return yield* Effect.fail(`it is not valid YAML at line ${error.linePos?.[0].line ?? "unknown"}`)
  }
  // Aliases may grow beyond all bounds; the parser refuses that here.
  return yield* Effect.try({ try: (): unknown => document.toJS(), catch: () => "it is not plain YAML" })
})

/** As `gh` looks for it. */
const folder = Effect.gen(function*() {
  const { get, home, platform } = yield* Environment
  const explicit = yield* get("GH_CONFIG_DIR")
  if (Option.isSome(explicit)) return explicit
  const xdg = yield* get("XDG_CONFIG_HOME")
  if (Option.isSome(xdg)) return Option.some(`${xdg.value}/gh`)
  const roaming = platform === "win32" ? yield* get("APPDATA") : Option.none<string>()
  if (Option.isSome(roaming)) return Option.some(`${roaming.value}/GitHub CLI`)
  return Option.map(yield* home, (home) => `${home}/.config/gh`)
})

/**
 * The token for a host: `github.com`, or that of a GitHub Enterprise server.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { environment, files }: { readonly environment: Environment["Type"]; readonly files: Files["Type"] },
  host: string
): CredentialSource.CredentialSource<Secret.Secret> => {
  const source = `gh hosts.yml for ${host}`
  const lookup = Effect.gen(function*() {
    const found = yield* folder
    if (Option.isNone(found)) return yield* Effect.fail("there is no home directory")
    const path = `${PathExpansion.make(environment).absolute(found.value)}/hosts.yml`
    const text = yield* Effect.mapError(files.readText(path), ({ reason }) => `${path}: ${reason}`)
    if (Option.isNone(text)) return CredentialSource.Answer.NothingFound()
    const token = yield* parseYaml(text.value).pipe(
      Effect.flatMap((yaml) => tokenIn(yaml, host.toLowerCase())),
      Effect.mapError((reason) => `${path}: ${reason}`)
    )
    return Option.isNone(token) ? CredentialSource.Answer.NothingFound() : Secret.fromStored(source, token.value)
  })
  return CredentialSource.make(source, () =>
    lookup.pipe(
      Effect.catchAll((reason) => Effect.succeed(CredentialSource.Answer.Unavailable({ reason }))),
      Effect.provideService(Environment, environment)
    ))
}
