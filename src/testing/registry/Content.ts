/**
 * The endpoints below `/v2/` of a fake registry, and who may read them.
 *
 * @see opencontainers/distribution-spec:spec.md
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as FakeHttp from "../FakeHttp.ts"
import type { Blob, FakeImage } from "../FakeImage.ts"
import type { Description, Endpoint } from "./Description.ts"
import * as Tokens from "./Tokens.ts"

/**
 * What a request to the registry addresses.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  readonly endpoint: Endpoint
  readonly repository: string
  /** A tag or a digest. */
  readonly reference: string
}

const routes: ReadonlyArray<readonly [Endpoint, RegExp]> = [
  ["base", /^\/v2\/?$/],
  ["catalog", /^\/v2\/_catalog$/],
  ["tags", /^\/v2\/(?<repository>.+)\/tags\/list$/],
  ["manifest", /^\/v2\/(?<repository>.+)\/manifests\/(?<reference>[^/]+)$/],
  ["blob", /^\/v2\/(?<repository>.+)\/blobs\/(?<reference>[^/]+)$/]
]

/**
 * Parses the path of a URL.
 *
 * @since 0.1.0
 * @category decoding
 */
export const targetOf = (url: URL): Target => {
  const path = url.pathname.replaceAll(/%3a/gi, ":")
  for (const [endpoint, route] of routes) {
    const groups = route.exec(path)
    if (groups !== null) {
      return {
        endpoint,
        repository: groups.groups?.["repository"] ?? "",
        reference: groups.groups?.["reference"] ?? ""
      }
    }
  }
  return { endpoint: "other", repository: "", reference: "" }
}

/** Why a request is denied. The error is empty if the request has no credentials. */
interface Denial {
  readonly status: 401 | 403
  readonly error: "" | "invalid_token" | "insufficient_scope"
}

const unauthorized: Denial = { status: 401, error: "" }

const scopeOf = ({ endpoint, repository }: Target): Option.Option<string> =>
  endpoint === "catalog"
    ? Option.some("registry:catalog:*")
    : repository === ""
    ? Option.none()
    : Option.some(`repository:${repository}:pull`)

const denial = (
  description: Description,
  request: FakeHttp.Request,
  target: Target,
  now: number
): Denial | undefined => {
  const { auth } = description
  switch (auth._tag) {
    case "Open":
      return undefined
    case "Basic": {
      const user = Tokens.basicUser(description, request)
      if (Option.isSome(request.authorization) && Option.isNone(user)) return unauthorized
      const allowed = target.repository === ""
        ? Option.isSome(user)
        : Tokens.mayRead(description, user, target.repository)
      return allowed ? undefined : unauthorized
    }
    case "Bearer": {
      const header = Option.map(request.authorization, Redacted.value)
      if (Option.isNone(header) || !/^bearer /i.test(header.value)) return unauthorized
      const claims = Tokens.read(header.value.slice(7))
      if (Option.isNone(claims) || claims.value.expires <= now) return { status: 401, error: "invalid_token" }
      const scope = scopeOf(target)
      return Option.isNone(scope) || claims.value.access.includes(scope.value)
        ? undefined
        : { status: auth.insufficientScope, error: "insufficient_scope" }
    }
  }
}

const challengeOf = ({ auth }: Description, target: Target, { error }: Denial): ReadonlyArray<string> => {
  if (auth._tag === "Open") return []
  if (auth._tag === "Basic") return [`Basic realm="${auth.realm}"`]
  const scope = target.endpoint === "base" ? Option.fromNullable(auth.scope) : scopeOf(target)
  const parameters = [
    `realm="${auth.realm.startsWith("/") ? `{origin}${auth.realm}` : auth.realm}"`,
    ...(auth.service === null ? [] : [`service="${auth.service}"`]),
    ...Option.match(scope, { onNone: () => [], onSome: (scope) => [`scope="${scope}"`] }),
    ...(error === "" ? [] : [`error="${error}"`])
  ]
  return [`Bearer ${parameters.join(",")}`]
}

const imagesOf = ({ images }: Description, repository: string): ReadonlyArray<FakeImage> =>
  Object.hasOwn(images, repository) ? [images[repository] ?? []].flat() : []

const problem = (status: number, code: string, message: string) => Tokens.json(status, { errors: [{ code, message }] })

const content = ({ bytes, digest, mediaType }: Blob): FakeHttp.Response =>
  FakeHttp.response(200, { "content-type": mediaType, "docker-content-digest": digest }, bytes)

/** An OCI manifest is not served to a client that accepts only docker's own format. */
const accepts = (request: FakeHttp.Request, mediaType: string): boolean => {
  const accept = request.headers["accept"] ?? "*/*"
  return accept.includes("*/*") || accept.includes(mediaType)
}

const found = (description: Description, request: FakeHttp.Request, target: Target): FakeHttp.Response => {
  const { endpoint, reference, repository } = target
  const images = imagesOf(description, repository)
  switch (endpoint) {
    case "base":
      return Tokens.json(200, {})
    case "catalog":
      return Tokens.json(200, { repositories: Object.keys(description.images) })
    case "tags":
      return Tokens.json(200, { name: repository, tags: images.flatMap(({ tags }) => tags) })
    case "manifest": {
      const image = images.find(({ manifest, tags }) => manifest.digest === reference || tags.includes(reference))
      return image === undefined || !accepts(request, image.manifest.mediaType)
        ? problem(404, "MANIFEST_UNKNOWN", "manifest unknown")
        : content(image.manifest)
    }
    case "blob": {
      const blob = images.flatMap(({ config, layers }) => [config, ...layers]).find(({ digest }) =>
        digest === reference
      )
      return blob === undefined ? problem(404, "BLOB_UNKNOWN", "blob unknown to registry") : content(blob)
    }
    default:
      return FakeHttp.response(404, { "content-type": "text/plain" }, "404 page not found\n")
  }
}

/**
 * The response to a request for content.
 *
 * @since 0.1.0
 * @category combinators
 */
export const respond = (
  description: Description,
  request: FakeHttp.Request,
  target: Target,
  now: number
): FakeHttp.Response => {
  const version = { "docker-distribution-api-version": "registry/2.0" }
  const denied = target.endpoint === "other" ? undefined : denial(description, request, target, now)
  if (denied !== undefined) {
    const lines = description.challenge ?? challengeOf(description, target, denied)
    const code = denied.status === 403 ? "DENIED" : "UNAUTHORIZED"
    const answer = problem(denied.status, code, "authentication required")
    return { ...answer, headers: { ...answer.headers, ...version, "www-authenticate": lines } }
  }
  const answer = found(description, request, target)
  return { ...answer, headers: { ...answer.headers, ...version } }
}
