/**
 * Small container images with real digests, for fake registries.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"

/**
 * Content, and the digest that a registry addresses it by.
 *
 * @since 0.1.0
 * @category models
 */
export interface Blob {
  readonly mediaType: string
  /** `sha256:…` */
  readonly digest: string
  readonly bytes: Uint8Array
}

/**
 * An OCI image or artifact: a manifest with its config and layers.
 *
 * @since 0.1.0
 * @category models
 */
export interface FakeImage {
  readonly tags: ReadonlyArray<string>
  readonly manifest: Blob
  readonly config: Blob
  readonly layers: ReadonlyArray<Blob>
  /** The digest of the manifest that it refers to, such as the image that it is a signature of. */
  readonly subject?: string
  /** Sets an artifact apart from an image, and is listed with it as a referrer. */
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Content with its digest.
 *
 * @since 0.1.0
 * @category constructors
 */
export const blob = (mediaType: string, bytes: Uint8Array): Blob => ({
  mediaType,
  digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
  bytes
})

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

const json = (mediaType: string, value: unknown): Blob => blob(mediaType, Buffer.from(encodeJson(value)))

/** A tar archive with one file (POSIX ustar). */
const tar = (name: string, content: string): Uint8Array => {
  const bytes = Buffer.from(content)
  const header = Buffer.alloc(512)
  const field = (offset: number, text: string) => header.write(text, offset, "latin1")
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`
  field(0, name)
  field(100, octal(0o644, 7))
  field(108, octal(0, 7))
  field(116, octal(0, 7))
  field(124, octal(bytes.length, 11))
  field(136, octal(0, 11))
  field(156, "0")
  field(257, "ustar\x0000")
  // The checksum is computed with its own field filled with spaces.
  field(148, " ".repeat(8))
  field(148, `${octal(header.reduce((sum, byte) => sum + byte, 0), 6)} `)
  const padding = Buffer.alloc((512 - bytes.length % 512) % 512)
  return Buffer.concat([header, bytes, padding, Buffer.alloc(1024)])
}

/**
 * How a manifest or an index refers to content.
 *
 * @since 0.2.0
 * @category encoding
 */
export const descriptor = ({ bytes, digest, mediaType }: Blob) => ({ mediaType, digest, size: bytes.length })

/** The byte with the operating system is "unknown", so that the digest is the same everywhere. */
const gzip = (bytes: Uint8Array): Uint8Array => {
  const compressed = gzipSync(bytes)
  compressed[9] = 255
  return compressed
}

/**
 * An image with one layer for each file.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly tags?: ReadonlyArray<string>
  /** File content by name. */
  readonly files?: Readonly<Record<string, string>>
  /** How the layers are compressed; `gzip` by default. */
  readonly compression?: "gzip" | "none"
  /** The manifest that this one refers to, which makes it one of its referrers. */
  readonly subject?: Blob
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
} = {}): FakeImage => {
  const { annotations, artifactType, compression = "gzip", files = { "hello.txt": "hello\n" }, subject } = options
  const archives = Object.entries(files).map(([name, content]) => tar(name, content))
  const type = "application/vnd.oci.image.layer.v1.tar"
  const layers = archives.map((bytes) => compression === "gzip" ? blob(`${type}+gzip`, gzip(bytes)) : blob(type, bytes))
  const config = json("application/vnd.oci.image.config.v1+json", {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: archives.map((bytes) => blob(type, bytes).digest) }
  })
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const extra = {
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations })
  }
  const manifest = json(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: descriptor(config),
    layers: layers.map(descriptor),
    ...(subject === undefined ? {} : { subject: descriptor(subject) }),
    ...extra
  })
  const tags = options.tags ?? (subject === undefined ? ["latest"] : [])
  return { tags, manifest, config, layers, ...(subject === undefined ? {} : { subject: subject.digest }), ...extra }
}

/**
 * The files of the image in an OCI image layout, by path, as `skopeo copy oci:directory:tag` reads them.
 *
 * @since 0.1.0
 * @category encoding
 */
export const layout = ({ config, layers, manifest, tags }: FakeImage): ReadonlyMap<string, Uint8Array> => {
  const index = {
    schemaVersion: 2,
    manifests: tags.map((tag) => ({
      ...descriptor(manifest),
      annotations: { "org.opencontainers.image.ref.name": tag }
    }))
  }
  return new Map([
    ["oci-layout", Buffer.from(encodeJson({ imageLayoutVersion: "1.0.0" }))],
    ["index.json", Buffer.from(encodeJson(index))],
    ...[manifest, config, ...layers].map(({ bytes, digest }) => [`blobs/${digest.replace(":", "/")}`, bytes] as const)
  ])
}
