/**
 * What a registry serves below `/v2/`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 * @since 0.1.0
 */
import { createHmac } from "node:crypto"
import * as FakeHttp from "../FakeHttp.ts"
import { type Blob, descriptor, type FakeImage } from "../FakeImage.ts"
import * as Accept from "./Accept.ts"
import type { Description, Endpoint } from "./Description.ts"
import * as Range from "./Range.ts"
import * as Responses from "./Responses.ts"
import type { Target } from "./Routes.ts"

/** The methods of each endpoint; the others are 405. */
const methods: Readonly<Record<Endpoint, ReadonlyArray<string>>> = {
  base: ["GET", "HEAD"],
  token: ["GET", "POST"],
  manifest: ["GET", "HEAD"],
  blob: ["GET", "HEAD"],
  upload: ["GET", "HEAD"],
  tags: ["GET"],
  referrers: ["GET"],
  catalog: ["GET"],
  cdn: ["GET", "HEAD"],
  other: []
}

const imagesOf = ({ images }: Description, repository: string): ReadonlyArray<FakeImage> =>
  Object.hasOwn(images, repository) ? [images[repository] ?? []].flat() : []

const digestForm = /^sha256:[0-9a-f]{64}$/

const digestInvalid = Responses.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content", {})

/** ASCII order, as Go's `sort.Strings`. */
const sorted = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(names)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))

/** A page of a list: at most `n` names after `last`. */
const page = (
  { pathname, searchParams }: URL,
  all: ReadonlyArray<string>,
  body: (names: ReadonlyArray<string>) => object
): FakeHttp.Response => {
  const [n, last] = [searchParams.get("n"), searchParams.get("last")]
  if (n !== null && !/^\d+$/.test(n)) {
    return Responses.error(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", { n })
  }
  const rest = sorted(all).filter((name) => last === null || name > last)
  const names = n === null ? rest : rest.slice(0, Number(n))
  const more = names.length > 0 && names.length < rest.length
  const next = new URLSearchParams({ last: names.at(-1) ?? "", n: `${n}` })
  return Responses.json(200, body(names), more ? { link: `<${pathname}?${next}>; rel="next"` } : {})
}

const tags = (description: Description, { url }: FakeHttp.Request, repository: string): FakeHttp.Response =>
  Object.hasOwn(description.images, repository)
    ? page(
      url,
      imagesOf(description, repository).flatMap(({ tags }) => tags),
      (names) => ({ name: repository, tags: names })
    )
    : Responses.error(404, "NAME_UNKNOWN", "repository name not known to registry", { name: repository })

const manifest = (description: Description, request: FakeHttp.Request, target: Target): FakeHttp.Response => {
  const { reference, repository } = target
  const isDigest = reference.includes(":")
  if (isDigest && !digestForm.test(reference)) return digestInvalid
  const image = imagesOf(description, repository).find(({ manifest, tags }) =>
    isDigest ? manifest.digest === reference : tags.includes(reference)
  )
  if (image === undefined) {
    const detail = isDigest ? { Name: repository, Revision: reference } : { Tag: reference }
    return Responses.error(404, "MANIFEST_UNKNOWN", "manifest unknown", detail)
  }
  const { bytes, digest, mediaType } = image.manifest
  if (!Accept.accepts(request, mediaType, description.strictAccept)) {
    const message = "OCI manifest found, but accept header does not support OCI manifests"
    return Responses.error(404, "MANIFEST_UNKNOWN", message)
  }
  return Range.whole(request, digest, FakeHttp.response(200, { "content-type": mediaType }, bytes))
}

const findBlob = (description: Description, { reference, repository }: Target): Blob | undefined =>
  imagesOf(description, repository)
    .flatMap(({ config, layers, manifest }) => [config, ...layers, manifest])
    .find(({ digest }) => digest === reference)

const signatureOf = (path: string): string => createHmac("sha256", "FakeRegistry").update(path).digest("hex")

const blob = (description: Description, request: FakeHttp.Request, target: Target): FakeHttp.Response => {
  if (!digestForm.test(target.reference)) return digestInvalid
  const found = findBlob(description, target)
  if (found === undefined) {
    return Responses.error(404, "BLOB_UNKNOWN", "blob unknown to registry", target.reference)
  }
  if (!description.cdn) return Range.partial(request, found.digest, found.bytes)
  const path = `/${target.repository}/${found.digest}`
  return FakeHttp.response(307, {
    location: `{cdn}${path}?X-Amz-Signature=${signatureOf(path)}`,
    "docker-content-digest": found.digest
  })
}

const referrers = (description: Description, { url }: FakeHttp.Request, target: Target): FakeHttp.Response => {
  if (!digestForm.test(target.reference)) return digestInvalid
  const type = url.searchParams.get("artifactType")
  const manifests = imagesOf(description, target.repository)
    .filter(({ subject }) => subject === target.reference)
    .map(({ annotations, artifactType, config, manifest }) => ({
      ...descriptor(manifest),
      artifactType: artifactType ?? config.mediaType,
      ...(annotations === undefined ? {} : { annotations })
    }))
    .filter(({ artifactType }) => type === null || artifactType === type)
  const mediaType = "application/vnd.oci.image.index.v1+json"
  return Responses.json(200, { schemaVersion: 2, mediaType, manifests }, {
    "content-type": mediaType,
    ...(type === null ? {} : { "oci-filters-applied": "artifactType" })
  })
}

/**
 * The response to a request that may be answered.
 *
 * @since 0.1.0
 * @category combinators
 */
export const respond = (description: Description, request: FakeHttp.Request, target: Target): FakeHttp.Response => {
  const { endpoint, repository } = target
  if (!methods[endpoint].includes(request.method)) return Responses.unsupported(methods[endpoint])
  switch (endpoint) {
    case "base":
      return Responses.json(200, {})
    case "catalog":
      return page(request.url, Object.keys(description.images), (repositories) => ({ repositories }))
    case "tags":
      return tags(description, request, repository)
    case "manifest":
      return manifest(description, request, target)
    case "blob":
      return blob(description, request, target)
    case "upload":
      return Responses.error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
    case "referrers":
      return referrers(description, request, target)
    default:
      return Responses.pageNotFound
  }
}

const storageError = (status: number, code: string, message: string): FakeHttp.Response =>
  FakeHttp.response(
    status,
    { "content-type": "application/xml" },
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  )

/**
 * The response of the host that blobs are redirected to. Like S3, it takes the signature of the URL and nothing else.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @since 0.2.0
 * @category combinators
 */
export const respondCdn = (description: Description, request: FakeHttp.Request): FakeHttp.Response => {
  const { pathname, searchParams } = request.url
  if (!methods.cdn.includes(request.method)) {
    return storageError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
  }
  if (request.authorization._tag === "Some") {
    return storageError(400, "InvalidArgument", "Only one auth mechanism allowed")
  }
  if (searchParams.get("X-Amz-Signature") !== signatureOf(pathname)) {
    return storageError(403, "SignatureDoesNotMatch", "The signature does not match.")
  }
  const slash = pathname.lastIndexOf("/")
  const target: Target = {
    endpoint: "cdn",
    repository: pathname.slice(1, slash),
    reference: pathname.slice(slash + 1)
  }
  const found = findBlob(description, target)
  return found === undefined
    ? storageError(404, "NoSuchKey", "The specified key does not exist.")
    : Range.partial(request, found.digest, found.bytes)
}
