/**
 * The accounts in the GitHub CLI's `hosts.yml`, with their tokens where it does not use a keyring.
 *
 * A file that is broken is an error where `GH_CONFIG_DIR` names its directory, and a warning in its default place.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as PathExpansion from "../config/PathExpansion.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import * as Provenance from "../domain/Provenance.ts"
import { Environment } from "../platform/Environment.ts"
import type { Files, FileUnreadable } from "../platform/Files.ts"

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

const activeOf = (account: typeof Account.Type): Option.Option<string> => {
  const [only, ...others] = Object.keys(Option.getOrElse(decodeHosts(account.users), () => ({})))
  return Option.filter(
    Option.fromNullable(account.user ?? (others.length === 0 ? only : undefined)),
    (user) => user !== ""
  )
}

const present = ({ oauth_token }: typeof Account.Type): Option.Option<Redacted.Redacted> =>
  Option.filter(Option.fromNullable(oauth_token), (token) => Redacted.value(token) !== "")

const tokenOf = (account: typeof Account.Type, user: Option.Option<string>): Option.Option<Redacted.Redacted> => {
  const users = Option.getOrElse(decodeHosts(account.users), () => ({}))
  return Option.orElse(present(account), () =>
    user.pipe(
      Option.flatMap((name) => decodeAccount(own(users, name))),
      Option.flatMap(present)
    ))
}

/**
 * What the file has about a host.
 *
 * @since 0.2.0
 * @category models
 */
export interface Login {
  /** Whether the host is in the file. */
  readonly listed: boolean
  readonly token: Option.Option<Redacted.Redacted>
  /** The active account. */
  readonly user: Option.Option<string>
  /** Why the file says nothing. */
  readonly unavailable: Option.Option<string>
}

const none: Login = { listed: false, token: Option.none(), user: Option.none(), unavailable: Option.none() }

const loginIn = (yaml: unknown, host: string): Either.Either<Login, string> => {
  if (nothing(yaml)) return Either.right(none)
  const hosts = decodeHosts(yaml)
  if (Option.isNone(hosts)) return Either.left("it is not a list of hosts")
  const entry = own(hosts.value, host)
  if (nothing(entry)) return Either.right({ ...none, listed: Object.hasOwn(hosts.value, host) })
  return Either.map(
    Either.fromOption(decodeAccount(entry), () => `its entry for ${host} is not an account`),
    (account) => {
      const user = activeOf(account)
      return { ...none, listed: true, token: tokenOf(account, user), user }
    }
  )
}

/**
 * The `hosts.yml` of the directory that `GH_CONFIG_DIR` names is none that the GitHub CLI would read.
 *
 * @since 0.2.0
 * @category errors
 */
export class GitHubHostsInvalid extends Data.TaggedError("GitHubHostsInvalid")<{
  readonly path: string
  readonly reason: string
}> {
  readonly exitCode = ExitCode.configuration
  override get message(): string {
    return `${this.path}: ${this.reason}. Correct it, or delete it and run gh auth login.`
  }
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

interface Folder {
  readonly path: string
  /** Whether the user named it. */
  readonly named: boolean
}

/** As `gh` looks for it. */
const folder = Effect.gen(function*() {
  const { get, home, platform } = yield* Environment
  const at = (named: boolean) => (path: string): Folder => ({ path, named })
  const explicit = yield* get("GH_CONFIG_DIR")
  if (Option.isSome(explicit)) return Option.map(explicit, at(true))
  const xdg = yield* get("XDG_CONFIG_HOME")
  if (Option.isSome(xdg)) return Option.some(at(false)(`${xdg.value}/gh`))
  const roaming = platform === "win32" ? yield* get("APPDATA") : Option.none<string>()
  if (Option.isSome(roaming)) return Option.some(at(false)(`${roaming.value}/GitHub CLI`))
  return Option.map(yield* home, (home) => at(false)(`${home}/.config/gh`))
})

/**
 * What the file has about a host: `github.com`, a tenant of ghe.com, or a GitHub Enterprise Server.
 *
 * @since 0.2.0
 * @category constructors
 */
export const read = (
  { environment, files }: { readonly environment: Environment["Type"]; readonly files: Files["Type"] },
  host: string
): Effect.Effect<Login, FileUnreadable | GitHubHostsInvalid> =>
  Effect.gen(function*() {
    const found = yield* folder
    if (Option.isNone(found)) return { ...none, unavailable: Option.some("there is no home directory") }
    const path = `${PathExpansion.make(environment).absolute(found.value.path)}/hosts.yml`
    const login = Effect.gen(function*() {
      const text = yield* files.readText(path)
      if (Option.isNone(text)) return none
      return yield* parseYaml(text.value).pipe(
        Effect.flatMap((yaml) => loginIn(yaml, host.toLowerCase())),
        Effect.mapError((reason) => new GitHubHostsInvalid({ path, reason }))
      )
    })
    return found.value.named ?
      yield* login :
      yield* Effect.catchAll(login, (error) =>
        Effect.as(Provenance.warn(error.message), {
          ...none,
          unavailable: Option.some(`${path}: ${error.reason}`)
        }))
  }).pipe(Effect.provideService(Environment, environment))
