/**
 * Which variable with a GitHub token may go to which host: one rule for GitHub's files and for its container registries.
 *
 * | variable | hosts |
 * |---|---|
 * | `GH_TOKEN` | github.com and the tenants of ghe.com |
 * | `GITHUB_TOKEN` | the host of `GITHUB_SERVER_URL`; the same as `GH_TOKEN` if that is not set |
 * | `GH_ENTERPRISE_TOKEN`, `GITHUB_ENTERPRISE_TOKEN` | a GitHub Enterprise Server that the user has named |
 *
 * @see https://cli.github.com/manual/gh_help_environment
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { parseBareHost } from "../domain/Resource.ts"
import * as Url from "../domain/Url.ts"
import type { Environment } from "../platform/Environment.ts"

const cloud = "github.com"

const cloudHosts = new Set([cloud, "ghcr.io", "raw.githubusercontent.com"])

const isTenant = (host: string): boolean => /^[^.]+\.ghe\.com$/.test(host)

/**
 * The host of the account: `github.com` for its raw files, archives, API and `ghcr.io`, and likewise for the siblings of a
 * tenant of ghe.com and of a GitHub Enterprise Server.
 *
 * @since 0.2.0
 * @category accessors
 */
export const accountOf = (host: string): string => {
  if (cloudHosts.has(host) || host.endsWith(`.${cloud}`)) return cloud
  const tenant = /(?:^|\.)([^.]+\.ghe\.com)$/.exec(host)?.[1]
  return tenant ?? host.replace(/^(?:api|codeload|containers|docker|raw|uploads)\.(?=[^.]+\.)/, "")
}

/**
 * Whether the account is on a GitHub Enterprise Server, as `gh` decides it.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isEnterprise = (account: string): boolean => account !== cloud && !isTenant(account)

const hostOf = (text: string): Option.Option<string> =>
  text.includes("://") ? Option.map(Url.parse(text), ({ host }) => host) : parseBareHost(text)

type Env = Environment["Type"]

/** The account's host in a variable; `""` for a text that names none, which no host is equal to. */
const named = (environment: Env, variable: string): Effect.Effect<Option.Option<string>> =>
  Effect.map(
    environment.get(variable),
    Option.map((text) => Option.match(hostOf(text), { onNone: () => "", onSome: accountOf }))
  )

const serverUrl = "GITHUB_SERVER_URL"

/** The host whose workflow this is. */
const server = (environment: Env) => named(environment, serverUrl)

/** The servers that the user has named in the environment. */
const servers = (environment: Env): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    Effect.all([named(environment, "GH_HOST"), server(environment)]),
    (hosts) => hosts.flatMap(Option.toArray)
  )

/**
 * A variable, and why its token is not for the host, if it is not.
 *
 * @since 0.2.0
 * @category models
 */
export interface Candidate {
  readonly variable: string
  readonly withheld: Option.Option<string>
}

const workflowToken = (server: Option.Option<string>, account: string): Candidate => ({
  variable: "GITHUB_TOKEN",
  withheld: Option.filterMap(server, (server) =>
    server === account
      ? Option.none()
      : Option.some(
        server === "" ? `${serverUrl} is no URL, so that its owner is not known` : `${serverUrl} says it is ${server}'s`
      ))
})

/** The same token under both names has the owner that is known of one. */
const cloudTokens = (environment: Env, server: Option.Option<string>, account: string) =>
  Effect.map(
    Effect.all([environment.get("GH_TOKEN"), environment.get("GITHUB_TOKEN")]),
    ([own, workflow]): ReadonlyArray<Candidate> => {
      const ofWorkflow = workflowToken(server, account)
      const isSame = Option.isSome(own) && Option.contains(workflow, own.value)
      return [{ variable: "GH_TOKEN", withheld: isSame ? ofWorkflow.withheld : Option.none() }, ofWorkflow]
    }
  )

const enterpriseVariables = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]

/**
 * The variables that a host is asked for, in order.
 *
 * A server is anybody's host: its variables go there only if the user has named it. `isNamed` is asked when the
 * environment does not.
 *
 * @since 0.2.0
 * @category constructors
 */
export const candidates = <E>(
  environment: Env,
  host: string,
  isNamed: Effect.Effect<boolean, E>
): Effect.Effect<ReadonlyArray<Candidate>, E> =>
  Effect.gen(function*() {
    const account = accountOf(host)
    const own = yield* server(environment)
    if (!isEnterprise(account)) return yield* cloudTokens(environment, own, account)
    const values = yield* Effect.forEach(enterpriseVariables, environment.get)
    // Whether it is named takes reading a file, which an unset variable is not worth.
    const mayGo = (yield* servers(environment)).includes(account) || !values.some(Option.isSome) || (yield* isNamed)
    const withheld = mayGo ? Option.none() : Option.some(
      `nothing names ${account} as a GitHub server. If it is one, set GH_HOST=${account}, or write it as the "host" of its entry`
    )
    return [
      ...enterpriseVariables.map((variable) => ({ variable, withheld })),
      ...(Option.contains(own, account) ? [workflowToken(own, account)] : [])
    ]
  })

const containerHosts = new Set(["ghcr.io", "docker.pkg.github.com"])

/**
 * Whether a registry is GitHub's: `ghcr.io`, that of a tenant, or that of a server which the environment names.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isRegistry = (environment: Env, host: string): Effect.Effect<boolean> => {
  if (containerHosts.has(host) || /^containers\.[^.]+\.ghe\.com$/.test(host)) return Effect.succeed(true)
  return Effect.map(
    servers(environment),
    (servers) =>
      servers.some((name) => isEnterprise(name) && ["", "containers.", "docker."].some((_) => host === _ + name))
  )
}

/**
 * Variables that hold a GitHub token, whatever it was given for.
 *
 * @since 0.2.0
 * @category data
 */
export const names: ReadonlyArray<string> = ["GH_TOKEN", "GITHUB_TOKEN", ...enterpriseVariables]
