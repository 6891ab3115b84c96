/**
 * The CA certificates of the operating system. On Linux and other Unixes they are read where Go reads them, so that a CA
 * certificate that docker and Bazel accept is accepted here.
 *
 * @since 0.2.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeTls from "node:tls"
import type { Environment } from "../platform/Environment.ts"

/** https://go.dev/src/crypto/x509/root_linux.go */
const files: ReadonlyArray<string> = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL 6
  "/etc/ssl/ca-bundle.pem", // OpenSUSE
  "/etc/pki/tls/cacert.pem", // OpenELEC
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
  "/etc/ssl/cert.pem" // Alpine
]

const directories: ReadonlyArray<string> = ["/etc/ssl/certs", "/etc/pki/tls/certs"]

/**
 * Where the system's CA certificates are: the first of the files that exists, and all files of the directories.
 *
 * @since 0.2.0
 * @category models
 */
export interface Places {
  readonly files: ReadonlyArray<string>
  readonly directories: ReadonlyArray<string>
}

const hasOwnStore = (platform: string): boolean => platform === "darwin" || platform === "win32"

/**
 * As in Go, `SSL_CERT_FILE` replaces the files and `SSL_CERT_DIR` the directories.
 *
 * @since 0.2.0
 * @category accessors
 */
export const places = (environment: Environment["Type"]): Effect.Effect<Places> =>
  Effect.gen(function*() {
    const file = yield* environment.get("SSL_CERT_FILE")
    const directory = yield* environment.get("SSL_CERT_DIR")
    const own = hasOwnStore(environment.platform)
    const separator = environment.platform === "win32" ? ";" : ":"
    return {
      files: Option.isSome(file) || own ? [] : files,
      directories: Option.match(directory, {
        onNone: () => own ? [] : directories,
        onSome: (list) => list.split(separator).filter((path) => path !== "")
      })
    }
  })

/**
 * The store of macOS or Windows, where the runtime gives access to it: Node.js 22.15 and later.
 *
 * @since 0.2.0
 * @category accessors
 */
export const ofPlatform = (platform: string): ReadonlyArray<string> => {
  const get: unknown = hasOwnStore(platform) ? Reflect.get(NodeTls, "getCACertificates") : undefined
  if (typeof get !== "function") return []
  const certificates: unknown = Reflect.apply(get, NodeTls, ["system"])
  return Array.isArray(certificates) ? certificates.filter((pem) => typeof pem === "string") : []
}

/** Bundles have some hundred KiB. */
const maxFileBytes = 8 * 1024 * 1024

/**
 * A file of the system's store, or a directory that cannot be listed.
 *
 * @since 0.2.0
 * @category models
 */
export interface StoreFile {
  readonly path: string
  /** `None` if it cannot be read. */
  readonly text: Option.Option<string>
}

const readAll = (fs: FileSystem.FileSystem, paths: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<StoreFile>> => {
  const seen = new Set<string>()
  const readOne = (path: string): Effect.Effect<Option.Option<StoreFile>> =>
    Effect.gen(function*() {
      const info = yield* fs.stat(path)
      const id = Option.match(info.ino, { onNone: () => path, onSome: (ino) => `${info.dev}:${ino}` })
      if (info.type !== "File" || info.size > maxFileBytes || seen.has(id)) return Option.none()
      seen.add(id)
      return Option.some({ path, text: Option.some(yield* fs.readFileString(path)) })
    }).pipe(Effect.orElseSucceed(() => Option.some({ path, text: Option.none() })))
  return Effect.map(Effect.forEach(paths, readOne, { concurrency: 16 }), (files) => files.flatMap(Option.toArray))
}

/**
 * The first of the files that exists. The reads are not recorded as inputs of an answer: the agent watches the places.
 *
 * @since 0.2.0
 * @category accessors
 */
export const readFile = (
  fs: FileSystem.FileSystem,
  { files }: Places
): Effect.Effect<ReadonlyArray<StoreFile>> =>
  Effect.flatMap(
    Effect.findFirst(files, (path) => Effect.orElseSucceed(fs.exists(path), () => false)),
    (file) => readAll(fs, Option.toArray(file))
  )

/**
 * All files of the directories. A file that several links lead to is read once.
 *
 * @since 0.2.0
 * @category accessors
 */
export const readDirectories = (
  fs: FileSystem.FileSystem,
  { directories }: Places
): Effect.Effect<ReadonlyArray<StoreFile>> =>
  Effect.flatMap(
    Effect.forEach(directories, (directory) =>
      fs.readDirectory(directory).pipe(
        Effect.map((names) => names.map((name) => `${directory}/${name}`)),
        Effect.orElseSucceed(() => [directory])
      )),
    (paths) => readAll(fs, paths.flat())
  )
