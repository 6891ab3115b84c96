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
import * as LookupChain from "../source/LookupChain.ts"
import type { SourceKind } from "../source/SourceKind.ts"
import { Sources } from "../source/Sources.ts"
import { accountOf } from "./GitHubHosts.ts"
import * as Provider from "./Provider.ts"

/** `urls[].config` of the helper `github`. */
const configSchema = (kinds: ReadonlyArray<SourceKind>) =>
  Schema.Struct({
    read_config_file: Schema.optionalWith(Schema.Boolean, { default: () => true }),
    lookup_chain: Schema.optional(LookupChain.schema(kinds, "default"))
  })

type Config = ReturnType<typeof configSchema>["Type"]

const setup = ["run gh auth login", "set GH_TOKEN"]

/** Raw files take the token of a workflow as Basic alone. */
const authorization = (host: string, token: Redacted.Redacted) => {
  const bearer = Authorization.bearer(token, { registry: host, origin: "GitHub" })
  return host === "raw.githubusercontent.com"
    ? Effect.zipRight(bearer, Authorization.basic(userPassword(Redacted.value(token), Redacted.make(""))))
    : bearer
}

const noToken = Provider.Outcome.NoCredential({
  reason: "no token: public files need none",
  setup,
  anonymous: Effect.succeed(GetCredentials.empty)
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const gitHub = yield* GitHubLogin.make

  const tokenOf = (account: string, { lookup_chain, read_config_file }: Config) =>
    (lookup_chain === undefined
      ? CredentialSource.orElse(gitHub.variables(account), gitHub.keyring(account))
      : LookupChain.secret(lookup_chain)).pipe(
        CredentialSource.orElse(gitHub.hostsFile(account), { when: read_config_file })
      )

  return Provider.loaded({
    Config: configSchema(yield* Sources),
    elsewhere: LookupChain.plannedSources,
    unit: ({ host }) => [host],
    get: Effect.fn("GitHub.get")(function*({ bareHost, host, url }, config) {
      if (bareHost || url.protocol !== "https:") {
        return Provider.Outcome.NotMine({ reason: "not one that GitHub serves: those begin with https://" })
      }
      const account = accountOf(host)
      const token = yield* tokenOf(account, config).lookup({ host: account, repository: Option.none() })
      if (Option.isNone(token)) return noToken
      const response = GetCredentials.make(
        { Authorization: yield* authorization(host, token.value.value) },
        Option.fromNullable(token.value.expires)
      )
      return Provider.Outcome.Headers({ response })
    })
  })
})
