/**
 * Where a GitHub token is found: the variables that the GitHub CLI reads, its entry in the keyring, its `hosts.yml`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { Environment } from "../platform/Environment.ts"
import { Files } from "../platform/Files.ts"
import { Keyring } from "../platform/Keyring.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Env from "./Env.ts"
import * as GitHubCli from "./GitHubCli.ts"
import * as KeyringSource from "./Keyring.ts"
import { LookupChain } from "./LookupChain.ts"
import type { LookupEntry } from "./LookupEntry.ts"

type TokenSource = CredentialSource.CredentialSource<Redacted.Redacted>

/** `gh help environment`: the variables of github.com, and those of every other host. */
const variables = (host: string): ReadonlyArray<string> =>
  host === "github.com" ? ["GH_TOKEN", "GITHUB_TOKEN"] : ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]

/**
 * @since 0.1.0
 * @category models
 */
export interface GitHubAccount {
  /** What `gh auth login` left for this host. */
  readonly login: (host: string, options: { readonly keyring: boolean; readonly file: boolean }) => TokenSource
  /** What the GitHub helper asks: the configured chain, or variables and keyring; then, if wanted, the file. */
  readonly token: (host: string, options: {
    readonly chain: ReadonlyArray<LookupEntry> | undefined
    readonly file: boolean
  }) => TokenSource
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<GitHubAccount, never, Environment | Files | Keyring | LookupChain> = Effect.gen(
  function*() {
    const environment = yield* Environment
    const files = yield* Files
    const keyring = yield* Keyring
    const lookupChain = yield* LookupChain

    const login: GitHubAccount["login"] = (host, options) =>
      (options.keyring ? KeyringSource.make(keyring, `gh:${host}`) : CredentialSource.none).pipe(
        CredentialSource.orElse(options.file ? GitHubCli.make({ environment, files }, host) : CredentialSource.none)
      )

    return {
      login,
      token: (host, { chain, file }) =>
        chain === undefined
          ? Env.first(environment, variables(host)).pipe(CredentialSource.orElse(login(host, { keyring: true, file })))
          : lookupChain.secret(chain).pipe(CredentialSource.orElse(login(host, { keyring: false, file })))
    }
  }
)
