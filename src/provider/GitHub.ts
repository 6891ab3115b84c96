/**
 * GitHub: release assets, archives and raw files of private repositories, on github.com and on configured GitHub
 * Enterprise hosts. No network call of its own: the token is what a source holds.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { userPassword } from "../domain/Credential.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import * as Authorization from "../registry/Authorization.ts"
import * as CredentialSource from "../source/CredentialSource.ts"
import * as GitHubAccount from "../source/GitHubAccount.ts"
import * as LookupEntry from "../source/LookupEntry.ts"
import * as Provider from "./Provider.ts"
import { CredentialRequired } from "./ProviderError.ts"

/**
 * `urls[].config` of the helper `github`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Config = Schema.Struct({
  read_config_file: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  lookup_chain: Schema.optional(LookupEntry.secretChain)
})

const hint = "Run gh auth login, or set GH_TOKEN."

const isGitHub = (host: string): boolean =>
  host === "github.com" || host.endsWith(".github.com") || host === "raw.githubusercontent.com"

/** The account's host: raw files, archives and the API of a host are served by its siblings. */
const accountOf = (host: string): string =>
  isGitHub(host) ? "github.com" : host.replace(/^(api|codeload|raw|uploads)\.(?=[^.]+\.)/, "")

/** Raw files take a workflow's token as Basic alone. */
const authorization = (host: string, token: Redacted.Redacted) => {
  const bearer = Authorization.bearer(token, { registry: host, origin: "GitHub" })
  return host === "raw.githubusercontent.com"
    ? Effect.zipRight(bearer, Authorization.basic(userPassword(Redacted.value(token), Redacted.make(""))))
    : bearer
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const account = yield* GitHubAccount.make

  const notMine = (host: string, outcome: string) =>
    Effect.as(Provenance.step({ kind: "decision", subject: host, outcome }), GetCredentials.empty)

  return Provider.make({
    name: "github",
    config: Config,
    claims: ({ bareHost, uri }) => Effect.succeed(!bareHost && uri.protocol === "https:" && isGitHub(uri.host)),
    get: Effect.fn("GitHub.get")(function*({ bareHost, required, uri }, config: typeof Config.Type) {
      const absent = (reason: string) =>
        required
          ? new CredentialRequired({ host: uri.host, tried: [], hint })
          : notMine(uri.host, reason)
      if (bareHost || uri.protocol !== "https:") return yield* absent("not ours: GitHub is asked over https alone")
      const host = accountOf(uri.host)
      const source = account.token(host, { chain: config.lookup_chain, file: config.read_config_file })
      const token = yield* CredentialSource.find(source, { host, repository: Option.none() })
      if (Option.isNone(token)) return yield* absent("no token: public files need none")
      return GetCredentials.make({ Authorization: yield* authorization(uri.host, token.value) })
    })
  })
})
