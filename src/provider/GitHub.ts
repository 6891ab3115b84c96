/**
 * GitHub: release assets, archives and raw files of private repositories, on github.com and on configured GitHub
 * Enterprise hosts. It sends no request: the token is what a source holds.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { userPassword } from "../domain/Credential.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Authorization from "../registry/Authorization.ts"
import * as CredentialSource from "../source/CredentialSource.ts"
import * as GitHubLogin from "../source/GitHubLogin.ts"
import * as GitHubVariables from "../source/GitHubVariables.ts"
import * as LookupChain from "../source/LookupChain.ts"
import * as Secret from "../source/Secret.ts"
import type { SourceKind } from "../source/SourceKind.ts"
import { Sources } from "../source/Sources.ts"
import * as Provider from "./Provider.ts"

/** `urls[].config` of the helper `github`. */
const configSchema = (kinds: ReadonlyArray<SourceKind>) =>
  Schema.Struct({
    read_config_file: Schema.optionalWith(Schema.Boolean, { default: () => true }),
    lookup_chain: Schema.optional(LookupChain.schema(kinds, "default"))
  })

type Config = ReturnType<typeof configSchema>["Type"]

const login = (account: string): string =>
  account === "github.com" ? "run gh auth login" : `run gh auth login --hostname ${account}`

/** A variable of a server is used where the server is named: in the environment, or by the entry. */
const variable = (account: string, namesHost: boolean): string =>
  !GitHubVariables.isEnterprise(account)
    ? "set GH_TOKEN"
    : namesHost
    ? "set GH_ENTERPRISE_TOKEN"
    : `set GH_ENTERPRISE_TOKEN, with GH_HOST=${account}`

const setup = (account: string, { lookup_chain, read_config_file }: Config, namesHost: boolean) =>
  lookup_chain === undefined
    ? [login(account), variable(account, namesHost)]
    : [...LookupChain.setup(lookup_chain), ...(read_config_file ? [login(account)] : [])]

/** Raw files take the token of a workflow as Basic alone. */
const authorization = (host: string, { origin, value, variable }: Secret.Secret) => {
  const renew = variable === undefined ? {} : { renew: `set ${variable} to the token alone` }
  const bearer = Authorization.bearer(value, { registry: host, origin, ...renew })
  return host === "raw.githubusercontent.com"
    ? Effect.zipRight(bearer, Authorization.basic(userPassword(Redacted.value(value), Redacted.make(""))))
    : bearer
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const gitHub = yield* GitHubLogin.make

  const tokenOf = (host: string, { lookup_chain, read_config_file }: Config, namesHost: boolean) => {
    const account = GitHubVariables.accountOf(host)
    const last = read_config_file
      ? gitHub.login(account)
      : lookup_chain
      ? CredentialSource.none
      : gitHub.keyring(account)
    return CredentialSource.orElse(
      lookup_chain === undefined ? gitHub.variables(host, { namesHost }) : LookupChain.secret(lookup_chain),
      last
    ).pipe(Secret.tokens)
  }

  return Provider.loaded({
    Config: configSchema(yield* Sources),
    elsewhere: LookupChain.plannedSources,
    unit: ({ host }) => [host],
    get: Effect.fn("GitHub.get")(function*({ bareHost, host, url }, config, { namesHost = false }) {
      if (bareHost || url.protocol !== "https:") {
        return Provider.Outcome.NotMine({ reason: "not one that GitHub serves: those begin with https://" })
      }
      const account = GitHubVariables.accountOf(host)
      const token = yield* tokenOf(host, config, namesHost).lookup({ host: account, repository: Option.none() })
      if (Option.isNone(token)) {
        const others = config.lookup_chain === undefined ? yield* gitHub.withheld(host, { namesHost }) : []
        return Provider.Outcome.NoCredential({
          reason: ["no token: public files need none", ...others].join(". "),
          setup: setup(account, config, namesHost),
          anonymous: Effect.succeed(GetCredentials.empty)
        })
      }
      const response = GetCredentials.make(
        { Authorization: yield* authorization(host, token.value) },
        Option.fromNullable(token.value.expires)
      )
      return Provider.Outcome.Headers({ response })
    })
  })
})
