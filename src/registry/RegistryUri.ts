/**
 * What a URI asks of a container registry: the routes of the distribution API that read, and the scope that each needs.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { Resource } from "../domain/Resource.ts"
import * as Address from "../http/Address.ts"

/**
 * A request that a registry answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Registry {
  readonly _tag: "Registry"
  /** Host, and port unless it is the scheme's own. */
  readonly registry: string
  /** Absent for the catalog. */
  readonly repository: Option.Option<string>
  /** The least privilege that is enough: `repository:org/image:pull`. */
  readonly scope: string
  readonly kind: "manifest" | "blob" | "tags" | "referrers" | "catalog"
  readonly url: URL
}

/**
 * A URI for which there is nothing to add.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ignored {
  readonly _tag: "Ignored"
  readonly registry: string
  readonly reason:
    | "unsupported-scheme"
    | "base"
    | "not-v2"
    | "unknown-endpoint"
    | "invalid-name"
    | "invalid-reference"
    | "invalid-digest"
    | "push-endpoint"
    | "bad-percent-encoding"
}

/**
 * What such a URI is, for a message.
 *
 * @since 0.2.0
 * @category constants
 */
export const ignoredReasons: Readonly<Record<Ignored["reason"], string>> = {
  "unsupported-scheme":
    "over http to another machine; a registry is asked over https, and over http on this machine alone",
  "base": "the base of a registry, which is not content",
  "not-v2": "not a request to a registry: those begin with /v2/",
  "unknown-endpoint": "not a request to a registry: those are for manifests, blobs, tags or referrers of a repository",
  "invalid-name": "not a request to a registry: its repository name is not valid, for instance not in lower case",
  "invalid-reference": "not a request to a registry: its tag or digest is not valid",
  "invalid-digest": "not a request to a registry: its digest is not valid",
  "push-endpoint": "an upload; a build downloads only",
  "bad-percent-encoding": "not a request to a registry: its percent-encoding is not valid"
}

/**
 * @since 0.1.0
 * @category models
 */
export type RegistryUri = Registry | Ignored

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"
const name = new RegExp(`^${component}(?:/${component})*$`)
const tag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const digest = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
/** What a decoded segment may not hold: a server might split or decode it once more. */
const ambiguous = /[/\\%\s\p{Cc}]/u

/**
 * The repository that a scope names: `org/image` in `repository:org/image:pull`.
 *
 * @since 0.2.0
 * @category decoding
 */
export const repositoryOf = (scope: string): Option.Option<string> =>
  Option.filter(Option.fromNullable(/^repository:([^:]+):/.exec(scope)?.[1]), (text) => name.test(text))

const decode = Option.liftThrowable(decodeURIComponent)

/** The parts between the slashes. They are decoded after the split, so that `%2F` never makes a name of two parts. */
const segmentsOf = (path: string): Option.Option<ReadonlyArray<string>> =>
  Option.all(path.split("/").map((segment) => Option.filter(decode(segment), (text) => !ambiguous.test(text))))

interface Route {
  readonly kind: Exclude<Registry["kind"], "catalog">
  readonly problem?: Ignored["reason"]
}

/** The route that the last two segments name; a repository's own name may hold the words of the routes, too. */
const routeOf = (before: string | undefined, last: string): Route | undefined => {
  const digestOf = (kind: Route["kind"]): Route => digest.test(last) ? { kind } : { kind, problem: "invalid-digest" }
  switch (before) {
    case "tags":
      return last === "list" ? { kind: "tags" } : undefined
    case "manifests":
      return tag.test(last) || digest.test(last)
        ? { kind: "manifest" }
        : { kind: "manifest", problem: "invalid-reference" }
    case "blobs":
      return last === "uploads" ? undefined : digestOf("blob")
    case "referrers":
      return digestOf("referrers")
    default:
      return undefined
  }
}

/** `<name>/blobs/uploads`, and what comes below it. */
const isUpload = (segments: ReadonlyArray<string>): boolean =>
  segments.some((segment, i) => i > 0 && segment === "blobs" && segments[i + 1] === "uploads")

const classifyPath = (url: URL): RegistryUri => {
  const registry = url.host
  const ignored = (reason: Ignored["reason"]): Ignored => ({ _tag: "Ignored", registry, reason })
  if (url.pathname === "/v2" || url.pathname === "/v2/") return ignored("base")
  if (!url.pathname.startsWith("/v2/")) return ignored("not-v2")
  const decoded = segmentsOf(url.pathname.slice("/v2/".length))
  if (Option.isNone(decoded)) return ignored("bad-percent-encoding")
  const segments = decoded.value
  if (segments.length === 1 && segments[0] === "_catalog") {
    return { _tag: "Registry", registry, repository: Option.none(), scope: "registry:catalog:*", kind: "catalog", url }
  }
  const route = segments.length > 2 ? routeOf(segments.at(-2), segments.at(-1) ?? "") : undefined
  if (route === undefined) return ignored(isUpload(segments) ? "push-endpoint" : "unknown-endpoint")
  const repository = segments.slice(0, -2).join("/")
  if (!name.test(repository)) return ignored("invalid-name")
  if (route.problem !== undefined) return ignored(route.problem)
  const scope = `repository:${repository}:pull`
  return { _tag: "Registry", registry, repository: Option.some(repository), scope, kind: route.kind, url }
}

/**
 * Registries, and their token services, are asked over https, and over http on this machine.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isSupported = ({ hostname, protocol }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && Address.isLoopback(hostname))

/**
 * What a URI asks of a registry. Registries are asked over https, and over http on this machine.
 *
 * @since 0.1.0
 * @category decoding
 */
export const classify = ({ host, url }: Resource): RegistryUri =>
  isSupported(url) ? classifyPath(url) : { _tag: "Ignored", registry: host, reason: "unsupported-scheme" }
