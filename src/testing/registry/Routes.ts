/**
 * The paths of a registry.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 * @since 0.2.0
 */
import type { Endpoint } from "./Description.ts"

/**
 * What a request addresses.
 *
 * @since 0.2.0
 * @category models
 */
export interface Target {
  readonly endpoint: Endpoint
  readonly repository: string
  /** A tag or a digest. */
  readonly reference: string
}

/**
 * What a path leads to. A `Moved` path is written in another form.
 *
 * @since 0.2.0
 * @category models
 */
export type Route =
  | { readonly _tag: "Found"; readonly target: Target }
  | { readonly _tag: "Moved"; readonly path: string }
  | { readonly _tag: "NameInvalid"; readonly target: Target }
  | { readonly _tag: "PathInvalid" }

const routes: ReadonlyArray<readonly [Endpoint, RegExp]> = [
  ["base", /^\/v2\/$/],
  ["catalog", /^\/v2\/_catalog$/],
  ["tags", /^\/v2\/(?<repository>.+)\/tags\/list$/],
  ["upload", /^\/v2\/(?<repository>.+)\/blobs\/uploads\/(?<reference>[^/]*)$/],
  ["manifest", /^\/v2\/(?<repository>.+)\/manifests\/(?<reference>[^/]+)$/],
  ["blob", /^\/v2\/(?<repository>.+)\/blobs\/(?<reference>[^/:]+:[^/]+)$/],
  ["referrers", /^\/v2\/(?<repository>.+)\/referrers\/(?<reference>[^/]+)$/]
]

const nameForm = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

const nowhere: Target = { endpoint: "other", repository: "", reference: "" }

const find = (path: string): Target => {
  for (const [endpoint, route] of routes) {
    const match = route.exec(path)
    if (match !== null) {
      const { reference = "", repository = "" } = match.groups ?? {}
      return { endpoint, repository, reference }
    }
  }
  return nowhere
}

const decoded = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** The other form of a path: with or without a slash at its end, or with single slashes. */
const otherForm = (path: string): string | undefined => {
  const single = path.replaceAll(/\/{2,}/g, "/")
  if (single !== path) return single
  const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`
  return find(path).endpoint === "other" && find(other).endpoint !== "other" ? other : undefined
}

/**
 * Routes the path of a URL. Like a server written in Go, it decodes the path before it splits it: `%2F` is a slash.
 *
 * @since 0.2.0
 * @category decoding
 */
export const routeOf = ({ pathname }: URL): Route => {
  const path = decoded(pathname)
  if (path === undefined) return { _tag: "PathInvalid" }
  const other = otherForm(path)
  if (other !== undefined) return { _tag: "Moved", path: other }
  const target = find(path)
  const { repository } = target
  return repository !== "" && (repository.length > 255 || !nameForm.test(repository))
    ? { _tag: "NameInvalid", target }
    : { _tag: "Found", target }
}

/**
 * The target of a URL, with the endpoint `other` if it has none.
 *
 * @since 0.2.0
 * @category decoding
 */
export const targetOf = (url: URL): Target => {
  const route = routeOf(url)
  return route._tag === "Found" || route._tag === "NameInvalid"
    ? route.target
    : route._tag === "Moved"
    ? find(route.path)
    : nowhere
}
