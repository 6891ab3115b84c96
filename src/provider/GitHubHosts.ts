/**
 * Which hosts are GitHub's.
 *
 * @since 0.2.0
 */
import type { Resource } from "../domain/Resource.ts"

const isGitHub = (host: string): boolean =>
  host === "github.com" || host === "raw.githubusercontent.com" || /\.(?:github|ghe)\.com$/.test(host)

/**
 * Whether GitHub answers for the URI without any configuration.
 *
 * @since 0.2.0
 * @category predicates
 */
export const claims = ({ bareHost, host, url }: Resource): boolean =>
  !bareHost && url.protocol === "https:" && isGitHub(host)
