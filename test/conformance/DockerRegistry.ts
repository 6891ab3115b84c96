/** Debian's docker-registry on a free loopback port. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { createConnection, createServer } from "node:net"
import { dirname } from "node:path"
import * as FakeImage from "../../src/testing/FakeImage.ts"
import type { Pair } from "./Certificates.ts"
import * as Programs from "./Programs.ts"

export interface Options {
  readonly folder: string
  /** The directory of the images. */
  readonly storage: string
  readonly readonly?: boolean
  readonly port: number
  readonly tls?: Pair
  /** The member `auth` of its configuration. */
  readonly auth?: object
}

export const freePort: Effect.Effect<number> = Effect.async((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const accepts = (port: number): Effect.Effect<void, "not yet"> =>
  Effect.async((resume) => {
    const socket = createConnection(port, "127.0.0.1")
    socket.on("connect", () => resume(Effect.void))
    socket.on("error", () => resume(Effect.fail("not yet")))
    return Effect.sync(() => socket.destroy())
  })

const configuration = ({ auth, port, readonly = true, storage, tls }: Options): object => ({
  version: 0.1,
  log: { level: "error", accesslog: { disabled: true } },
  storage: {
    filesystem: { rootdirectory: storage },
    maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: readonly } }
  },
  http: { addr: `127.0.0.1:${port}`, ...(tls === undefined ? {} : { tls: { certificate: tls.cert, key: tls.key } }) },
  ...(auth === undefined ? {} : { auth })
})

const logOf = ({ folder, port }: Options): string => `${folder}/registry-${port}.log`

const start = (options: Options): ChildProcess => {
  const path = `${options.folder}/registry-${options.port}.yml`
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(configuration(options)))
  const log = openSync(logOf(options), "w")
  const child = spawn("docker-registry", ["serve", path], { stdio: ["ignore", "ignore", log] })
  closeSync(log)
  return child
}

const stop = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (child.exitCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

/** Starts a registry until the scope is closed. Returns its origin. */
export const serve = (options: Options): Effect.Effect<URL, never, Scope.Scope> =>
  Effect.gen(function*() {
    yield* Effect.acquireRelease(Effect.sync(() => start(options)), stop)
    yield* accepts(options.port).pipe(
      Effect.retry(Schedule.spaced("20 millis").pipe(Schedule.upTo("10 seconds"))),
      Effect.orDieWith(() => `docker-registry does not listen: ${readFileSync(logOf(options), "utf8")}`)
    )
    return new URL(`${options.tls === undefined ? "http" : "https"}://127.0.0.1:${options.port}/`)
  })

/** Fills a store with an image through a registry that allows anonymous writes. */
export const fill = (options: {
  readonly folder: string
  readonly storage: string
  readonly repository: string
  readonly image: FakeImage.FakeImage
}): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { folder, image, repository, storage } = options
    for (const [path, bytes] of FakeImage.layout(image)) {
      mkdirSync(dirname(`${folder}/layout/${path}`), { recursive: true })
      writeFileSync(`${folder}/layout/${path}`, bytes)
    }
    const registry = yield* serve({ folder, storage, port: yield* freePort, readonly: false })
    const flags = ["--insecure-policy", "copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false"]
    for (const tag of image.tags) {
      const target = `docker://${registry.host}/${repository}:${tag}`
      yield* Programs.must("skopeo", [...flags, `oci:${folder}/layout:${tag}`, target], { env: { HOME: folder } })
    }
  }).pipe(Effect.scoped)
