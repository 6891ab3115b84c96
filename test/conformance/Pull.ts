/** Gets headers from the helper and downloads with them, as Bazel does. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import { tmpdir } from "node:os"
import * as Programs from "./Programs.ts"

export type Headers = Readonly<Record<string, ReadonlyArray<string>>>

/** A temporary directory, removed when the scope is closed. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(`${tmpdir()}/conformance-`)),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** A user's home directory with a docker login for each registry. */
export interface Home {
  readonly folder: string
  /** The CA certificate that this user trusts. */
  readonly ca?: string
}

export const writeHome = (
  { folder }: Home,
  logins: Readonly<Record<string, { readonly user: string; readonly password: string }>>
): void => {
  const auths = Object.entries(logins).map(([host, { password, user }]) => [
    host,
    { auth: Buffer.from(`${user}:${password}`).toString("base64") }
  ])
  mkdirSync(`${folder}/docker`, { recursive: true })
  writeFileSync(`${folder}/docker/config.json`, JSON.stringify({ auths: Object.fromEntries(auths) }))
  const urls = [{ host: "127.0.0.1:*", helper: "oci" }]
  writeFileSync(`${folder}/helper.json`, JSON.stringify({ urls }))
}

/** Starts the program as Bazel does. */
export const get = ({ ca, folder }: Home, uri: string): Effect.Effect<Programs.Output> =>
  Programs.run(Programs.credentialHelper, ["get"], {
    cwd: folder,
    stdin: JSON.stringify({ uri }),
    env: {
      HOME: folder,
      DOCKER_CONFIG: `${folder}/docker`,
      CREDENTIAL_HELPER_STANDALONE: "1",
      CREDENTIAL_HELPER_CONFIG_FILE: `${folder}/helper.json`,
      ...(ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: ca })
    }
  })

const Answer = Schema.parseJson(Schema.Struct({
  headers: Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) }),
  expires: Schema.optional(Schema.String)
}))

export interface Answer {
  readonly headers: Headers
  readonly expires?: string | undefined
}

/** The headers. Fails the test if the program fails. */
export const answer = (home: Home, uri: string): Effect.Effect<Answer> =>
  Effect.flatMap(get(home, uri), ({ exitCode, stderr, stdout }) =>
    exitCode === 0 && stderr === ""
      ? Effect.orDie(Schema.decode(Answer)(stdout))
      : Effect.dieMessage(`the helper ended with ${exitCode}: ${stderr}`))

export interface Download {
  readonly status: number
  /** The `WWW-Authenticate` header of a 401 response. */
  readonly challenge: string
  readonly digest: string
  readonly text: string
}

export const download = ({ ca }: Home, uri: string, headers: Headers): Effect.Effect<Download> =>
  Effect.async((resume) => {
    const options = {
      headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]]))
    }
    const request = uri.startsWith("https:")
      ? NodeHttps.request(uri, { ...options, ...(ca === undefined ? {} : { ca: readFileSync(ca) }), agent: false })
      : NodeHttp.request(uri, { ...options, agent: false })
    request.on("error", (error) => resume(Effect.die(error)))
    request.on("response", (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => {
        const bytes = Buffer.concat(chunks)
        resume(Effect.succeed({
          status: response.statusCode ?? 0,
          challenge: response.headers["www-authenticate"] ?? "",
          digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
          text: bytes.toString("utf8")
        }))
      })
    })
    request.end()
  })

const Manifest = Schema.parseJson(Schema.Struct({
  config: Schema.Struct({ digest: Schema.String }),
  layers: Schema.Array(Schema.Struct({ digest: Schema.String }))
}))

/** The digests of all blobs of a manifest. */
export const blobsOf = (manifest: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.orDie(
    Effect.map(
      Schema.decode(Manifest)(manifest),
      ({ config, layers }) => [config, ...layers].map(({ digest }) => digest)
    )
  )
