/**
 * Which hosts are GitHub's, and whose account each of them takes.
 *
 * @since 0.2.0
 */
import type { Resource } from "../domain/Resource.ts"

const isGitHub = (host: string): boolean =>
  host === "github.com" || host.endsWith(".github.com") || host === "raw.githubusercontent.com"

/**
 * The account's host: raw files, archives and the API of a host are served by its siblings.
 *
 * @since 0.2.0
 * @category accessors
 */
export const accountOf = (host: string): string =>
  isGitHub(host) ? "github.com" : host.replace(/^(api|codeload|raw|uploads)\.(?=[^.]+\.)/, "")

/**
 * Whether GitHub answers for the URI without any configuration.
 *
 * @since 0.2.0
 * @category predicates
 */
export const claims = ({ bareHost, host, url }: Resource): boolean =>
  !bareHost && url.protocol === "https:" && isGitHub(host)
