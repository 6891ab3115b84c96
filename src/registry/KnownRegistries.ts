/**
 * The registries that are answered for without any configuration, and what is special about each.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"

/**
 * Where the environment of a CI system keeps a credential.
 *
 * @since 0.1.0
 * @category models
 */
export interface EnvironmentCredential {
  /** The variable that holds the secret. Without it there is no credential. */
  readonly password: string
  readonly username:
    /** A variable, and the name that stands for it where the registry does not look at the name. */
    | { readonly variable: string; readonly otherwise?: string }
    | { readonly literal: string }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface KnownRegistry {
  /** `*.` stands for one label or more, another `*` for a part of a label, `<account>` and `<region>` for AWS's. */
  readonly pattern: string
  /** The host that serves the API, when it is another. */
  readonly api?: string
  /** Hosts of its token service outside of its own domain: a credential for this registry may go there. */
  readonly realms?: ReadonlyArray<string>
  /** Its token service, without a query, if that is at another host: a client that asks it is answered, too. */
  readonly tokenService?: string
  /** Asked in this order. */
  readonly environment?: ReadonlyArray<EnvironmentCredential>
}

const gitHubUser = { variable: "GITHUB_ACTOR", otherwise: "unset" }
const nvidiaUser = { literal: "$oauthtoken" }

/**
 * @since 0.1.0
 * @category data
 */
export const all: ReadonlyArray<KnownRegistry> = [
  { pattern: "docker.io", api: "registry-1.docker.io", tokenService: "https://auth.docker.io/token" },
  { pattern: "index.docker.io" },
  { pattern: "registry-1.docker.io" },
  // GitHub's other variables, and the login of its CLI, are for all of its registries: see source/GitHubVariables.ts.
  { pattern: "ghcr.io", environment: [{ password: "GHCR_TOKEN", username: gitHubUser }] },
  { pattern: "containers.*.ghe.com" },
  { pattern: "quay.io" },
  { pattern: "gcr.io" },
  { pattern: "*.gcr.io" },
  { pattern: "*-docker.pkg.dev" },
  { pattern: "*.azurecr.io" },
  // Private ECR ends in amazonaws.com like every bucket of S3: it has to be found before any helper for S3 is asked.
  { pattern: "<account>.dkr.ecr.<region>.amazonaws.com" },
  { pattern: "<account>.dkr.ecr-fips.<region>.amazonaws.com" },
  { pattern: "<account>.dkr.ecr.<region>.amazonaws.com.cn" },
  { pattern: "<account>.dkr.ecr-fips.<region>.amazonaws.com.cn" },
  { pattern: "<account>.dkr-ecr.<region>.on.aws" },
  { pattern: "public.ecr.aws" },
  {
    pattern: "nvcr.io",
    realms: ["authn.nvidia.com"],
    environment: [
      { password: "NGC_API_KEY", username: nvidiaUser },
      { password: "NGC_CLI_API_KEY", username: nvidiaUser }
    ]
  },
  { pattern: "registry.gitlab.com", tokenService: "https://gitlab.com/jwt/auth" },
  { pattern: "cgr.dev" },
  { pattern: "docker.elastic.co", tokenService: "https://docker-auth.elastic.co/auth" },
  { pattern: "*.app.snowflake.com" },
  { pattern: "*.registry.snowflakecomputing.com" },
  { pattern: "registry.k8s.io" },
  { pattern: "mcr.microsoft.com" },
  // A front of ghcr.io that names ghcr.io's token service.
  { pattern: "lscr.io", realms: ["ghcr.io"] },
  {
    pattern: "registry.redhat.io",
    realms: ["sso.redhat.com"],
    tokenService: "https://sso.redhat.com/auth/realms/rhcc/protocol/redhat-docker-v2/auth"
  },
  { pattern: "codeberg.org" },
  { pattern: "rg.*.scw.cloud", realms: ["api.scaleway.com"] }
]

/**
 * GitLab's CI jobs: the variable that names the registry, which may be self-managed and have a port, and the credentials
 * for that host and no other.
 *
 * @since 0.1.0
 * @category data
 */
export const gitLabCi: { readonly host: string; readonly environment: ReadonlyArray<EnvironmentCredential> } = {
  host: "CI_REGISTRY",
  environment: [
    { password: "CI_REGISTRY_PASSWORD", username: { variable: "CI_REGISTRY_USER" } },
    { password: "CI_DEPLOY_PASSWORD", username: { variable: "CI_DEPLOY_USER" } },
    { password: "CI_JOB_TOKEN", username: { literal: "gitlab-ci-token" } }
  ]
}

/**
 * Domains in which each host is another customer's. No host there speaks for its neighbour, which the Public Suffix List
 * does not know about all of them.
 *
 * @since 0.1.0
 * @category data
 */
export const multiTenant: ReadonlyArray<string> = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "app.snowflake.com",
  "azurecr.io",
  "on.aws",
  "pkg.dev",
  "snowflakecomputing.com"
]

const placeholders: Readonly<Record<string, string>> = {
  "*.": "(?:[a-z0-9_-]+\\.)+",
  "*": "[a-z0-9-]+",
  "<account>": "[0-9]{12}",
  "<region>": "[a-z]{2,}(?:-[a-z]+)+-[0-9]+",
  ".": "\\."
}

const expression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/\*\.|\*|<\w+>|\./g, (part) => placeholders[part] ?? part)}$`)

const compiled: ReadonlyArray<readonly [RegExp, KnownRegistry]> = all.map((known) => [expression(known.pattern), known])

/**
 * The entry of a host in its URL form. A host with a port is another service than the one of the table.
 *
 * @since 0.1.0
 * @category searching
 */
export const find = (host: string): Option.Option<KnownRegistry> =>
  Option.map(Arr.findFirst(compiled, ([pattern]) => pattern.test(host)), ([, known]) => known)

const byTokenService: ReadonlyMap<string, string> = new Map(
  all.flatMap(({ pattern, tokenService }) => tokenService === undefined ? [] : [[tokenService, pattern]])
)

/**
 * The registry whose token service, at another host, has this URL without a query.
 *
 * @since 0.2.0
 * @category searching
 */
export const ofTokenService = (url: string): Option.Option<string> => Option.fromNullable(byTokenService.get(url))
