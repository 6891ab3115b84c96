/**
 * Where a GitHub token is found: the variables that the GitHub CLI reads, its entry in the keyring, its `hosts.yml`.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import { Environment } from "../platform/Environment.ts"
import { Files } from "../platform/Files.ts"
import { Keyring } from "../platform/Keyring.ts"
import * as CredentialSource from "./CredentialSource.ts"
import * as Env from "./Env.ts"
import * as GitHubCli from "./GitHubCli.ts"
import * as KeyringSource from "./Keyring.ts"
import type { Secret } from "./Secret.ts"

type TokenSource = CredentialSource.CredentialSource<Secret>

/**
 * The token sources of a host: `github.com`, or a GitHub Enterprise server.
 *
 * @since 0.2.0
 * @category models
 */
export interface GitHubLogin {
  readonly variables: (host: string) => TokenSource
  readonly keyring: (host: string) => TokenSource
  readonly hostsFile: (host: string) => TokenSource
  /** What `gh auth login` left: the keyring, then the file. */
  readonly login: (host: string) => TokenSource
}

/** `gh help environment`: the variables of github.com, and those of every other host. */
const variables = (host: string): ReadonlyArray<string> =>
  host === "github.com" ? ["GH_TOKEN", "GITHUB_TOKEN"] : ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]

/**
 * @since 0.2.0
 * @category constructors
 */
export const make: Effect.Effect<GitHubLogin, never, Environment | Files | Keyring> = Effect.gen(function*() {
  const environment = yield* Environment
  const files = yield* Files
  const keyring = yield* Keyring
  const fromKeyring = (host: string) => KeyringSource.make(keyring, `gh:${host}`)
  const hostsFile = (host: string) => GitHubCli.make({ environment, files }, host)
  return {
    variables: (host) => Env.first(environment, variables(host)),
    keyring: fromKeyring,
    hostsFile,
    login: (host) => CredentialSource.orElse(fromKeyring(host), hostsFile(host))
  }
})
