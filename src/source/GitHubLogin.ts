/**
 * Where a GitHub token is found: the variables that the GitHub CLI reads, and the account that it is logged in with.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Environment } from "../platform/Environment.ts"
import { Files, type FileUnreadable } from "../platform/Files.ts"
import { Keyring } from "../platform/Keyring.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Env from "./Env.ts"
import * as GitHubCli from "./GitHubCli.ts"
import * as GitHubVariables from "./GitHubVariables.ts"
import * as KeyringSource from "./Keyring.ts"
import * as Secret from "./Secret.ts"

/**
 * What a broken `hosts.yml` fails with.
 *
 * @since 0.2.0
 * @category models
 */
export type LoginError = FileUnreadable | GitHubCli.GitHubHostsInvalid

type TokenSource<E = never> = CredentialSource.CredentialSource<Secret.Secret, E>

/**
 * The token sources of an account's host: `github.com`, a tenant of ghe.com, or a GitHub Enterprise Server.
 *
 * @since 0.2.0
 * @category models
 */
export interface GitHubLogin {
  /** The variables whose token may go to the host. `namesHost`: the configuration names it. */
  readonly variables: (host: string, options: { readonly namesHost: boolean }) => TokenSource<LoginError>
  /** Why the variables that are set are not for the host. */
  readonly withheld: (
    host: string,
    options: { readonly namesHost: boolean }
  ) => Effect.Effect<ReadonlyArray<string>, LoginError>
  /** The keyring's entry for whichever account is active. */
  readonly keyring: (host: string) => TokenSource
  /** The account that `gh` uses: the token of `hosts.yml`, else the keyring's for its user, else the keyring's. */
  readonly login: (host: string) => TokenSource<LoginError>
}

const fileSource = (host: string, { token, unavailable }: GitHubCli.Login, renew: string): TokenSource => {
  const name = `gh hosts.yml for ${host}`
  return CredentialSource.make(name, () =>
    Effect.succeed(
      Option.isSome(unavailable)
        ? CredentialSource.Answer.Unavailable({ reason: unavailable.value })
        : Option.match(token, {
          onNone: () => CredentialSource.Answer.NothingFound(),
          onSome: (token) => Secret.fromStored(`the token in ${name}`, token, { renew })
        })
    ))
}

/** For a variable that is not for the host, a source that says so. */
const variableSource = (
  environment: Environment["Type"],
  { variable, withheld }: GitHubVariables.Candidate
): TokenSource =>
  Option.match(withheld, {
    onNone: () => Secret.tokens(Env.make(environment, variable)),
    onSome: (reason) => Env.withheld(environment, variable, reason)
  })

/**
 * @since 0.2.0
 * @category constructors
 */
export const make: Effect.Effect<GitHubLogin, never, Environment | Files | Keyring> = Effect.gen(function*() {
  const environment = yield* Environment
  const files = yield* Files
  const keyring = yield* Keyring

  const read = (host: string) => GitHubCli.read({ environment, files }, host)
  const renewOf = (host: string) => `run gh auth refresh --hostname ${host}`
  const fromKeyring = (host: string, account = "") =>
    KeyringSource.make(keyring, `gh:${host}`, { account, renew: renewOf(host) })

  const candidates = (host: string, { namesHost }: { readonly namesHost: boolean }) => {
    const listed = Effect.map(read(GitHubVariables.accountOf(host)), ({ listed }) => listed)
    return GitHubVariables.candidates(environment, host, namesHost ? Effect.succeed(true) : listed)
  }

  return {
    variables: (host, options) =>
      CredentialSource.suspend("GitHub variables", () =>
        Effect.map(
          candidates(host, options),
          (candidates) =>
            CredentialSource.firstOf(candidates.map((candidate) => variableSource(environment, candidate)))
        )),
    withheld: Effect.fnUntraced(function*(host, options) {
      const all = yield* candidates(host, options)
      const set = yield* Effect.filter(all, ({ variable }) => Effect.map(environment.get(variable), Option.isSome))
      return set.flatMap(({ variable, withheld }) =>
        Option.toArray(Option.map(withheld, (reason) => `${variable} is set, but not for ${host}: ${reason}`))
      )
    }),
    keyring: fromKeyring,
    login: (host) =>
      CredentialSource.suspend(
        `login of gh for ${host}`,
        () =>
          Effect.map(read(host), (login) =>
            fileSource(host, login, renewOf(host)).pipe(
              CredentialSource.orElse(
                Option.match(login.user, {
                  onNone: () => CredentialSource.none,
                  onSome: (user) => fromKeyring(host, user)
                })
              ),
              CredentialSource.orElse(fromKeyring(host))
            ))
      )
  }
})
