/**
 * Requests for a token that a client sends itself, such as rules_oci to `https://ghcr.io/token?scope=…&service=…`, and whose
 * token service that is.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Resource from "../domain/Resource.ts"
import * as Url from "../domain/Url.ts"
import type * as Challenge from "./Challenge.ts"
import * as KnownRegistries from "./KnownRegistries.ts"
import * as RegistryUri from "./RegistryUri.ts"

/**
 * A URI that may be one of a token service. Whether it is, the challenge of a registry says.
 *
 * @since 0.2.0
 * @category models
 */
export interface TokenUri {
  readonly url: URL
  readonly scopes: ReadonlyArray<string>
  /** The repository of the first scope. */
  readonly repository: Option.Option<string>
  readonly service: Option.Option<string>
}

/**
 * A URI with the form of a request for a token: `scope` or `service` in its query.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse = ({ bareHost, url }: Resource.Resource): Option.Option<TokenUri> => {
  const scopes = url.searchParams.getAll("scope").flatMap((scope) => scope.split(" ")).filter((scope) => scope !== "")
  const service = Option.filter(Option.fromNullable(url.searchParams.get("service")), (service) => service !== "")
  return bareHost || !RegistryUri.isSupported(url) || (scopes.length === 0 && Option.isNone(service))
    ? Option.none()
    : Option.some({
      url,
      scopes,
      service,
      repository: Option.flatMap(Option.fromNullable(scopes[0]), RegistryUri.repositoryOf)
    })
}

const withoutSlash = (path: string): string => path.replace(/(?!^)\/$/, "")

const bare = ({ origin, pathname }: URL): string => `${origin}${withoutSlash(pathname)}`

/**
 * The well-known registry whose token service at another host this is.
 *
 * @since 0.2.0
 * @category searching
 */
export const knownRegistry = ({ url }: TokenUri): Option.Option<string> => KnownRegistries.ofTokenService(bare(url))

/** The registry that `service` names; in many challenges it is a word of another kind, such as `container_registry`. */
const namedByService = ({ service, url }: TokenUri): Option.Option<string> =>
  Option.filter(
    Option.flatMap(service, Resource.parseBareHost),
    (host) => host !== url.host && (/[.:]/.test(host) || host === "localhost")
  )

/**
 * The registries whose token service it may be, the most probable first: the one that `service` names, and the host itself.
 *
 * @since 0.2.0
 * @category searching
 */
export const candidates = (uri: TokenUri): ReadonlyArray<string> => {
  const known = knownRegistry(uri)
  if (Option.isSome(known)) return [known.value]
  const { host } = uri.url
  return Option.isSome(KnownRegistries.find(host)) ? [host] : [...Option.toArray(namedByService(uri)), host]
}

/**
 * Whether the challenge names this URI. Over https it may be asked where the challenge has http: see `RealmPolicy`.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isNamedBy = ({ realm }: Challenge.Bearer, { url }: TokenUri): boolean =>
  Option.exists(
    Url.parse(realm),
    (named) =>
      named.host === url.host && withoutSlash(named.pathname) === withoutSlash(url.pathname) &&
      (named.protocol === url.protocol || url.protocol === "https:")
  )
