/**
 * A token service for docker-registry (distribution:docs/content/spec/auth/jwt.md), and a reverse proxy to the
 * registry at the same address.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as LoopbackServer from "../../src/testing/LoopbackServer.ts"

export const service = "conformance"
export const issuer = "token-server"

export interface Options {
  /** PEM of an ES256 key. */
  readonly key: string
  readonly tls?: LoopbackServer.Tls
  /** The origin of the registry. */
  readonly registryPort: number
  /** The password and the readable repositories of each user. */
  readonly users: Readonly<Record<string, { readonly password: string; readonly repositories: ReadonlyArray<string> }>>
}

export interface TokenServer {
  readonly origin: URL
  /** How long tokens are valid from now on, in seconds; negative for tokens that have expired. */
  readonly lifetime: Ref.Ref<number>
}

/** The key ID that libtrust computes: the hash of the key in base32, in groups of four. */
const keyId = (pem: string): string => {
  const der = createPublicKey(pem).export({ type: "spki", format: "der" })
  const bits = [...createHash("sha256").update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, "0")).join("")
  const letters = (bits.match(/.{5}/g) ?? []).map((five) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)]
  )
  return (letters.join("").match(/.{4}/g) ?? []).join(":")
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const jwt = (pem: string, claims: object): string => {
  const content = `${base64url({ typ: "JWT", alg: "ES256", kid: keyId(pem) })}.${base64url(claims)}`
  const key = createPrivateKey(pem)
  return `${content}.${sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`
}

const userOf = ({ users }: Options, { authorization }: FakeHttp.Request): string | undefined => {
  const header = Option.match(authorization, { onNone: () => "", onSome: Redacted.value })
  const [name = "", password] = Buffer.from(header.replace(/^Basic /, ""), "base64").toString().split(":")
  return users[name]?.password === password ? name : undefined
}

const unauthorized = FakeHttp.response(
  401,
  { "content-type": "application/json" },
  JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "wrong user or password" }] })
)

const accessOf = (scope: string, repositories: ReadonlyArray<string>): ReadonlyArray<object> => {
  const [, name = "", actions = ""] = /^repository:(.+):([a-z,]+)$/.exec(scope) ?? []
  return repositories.includes(name) ? [{ type: "repository", name, actions: actions.split(",") }] : []
}

const tokens = (options: Options, lifetime: Ref.Ref<number>) => (request: FakeHttp.Request) =>
  Effect.gen(function*() {
    const user = userOf(options, request)
    if (user === undefined) return unauthorized
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const seconds = yield* Ref.get(lifetime)
    const repositories = options.users[user]?.repositories ?? []
    const token = jwt(options.key, {
      iss: issuer,
      sub: user,
      aud: service,
      exp: now + seconds,
      nbf: now - 600,
      iat: now - 600,
      jti: randomUUID(),
      access: request.url.searchParams.getAll("scope").flatMap((scope) => accessOf(scope, repositories))
    })
    const body = JSON.stringify({ token, expires_in: Math.max(seconds, 60) })
    return FakeHttp.response(200, { "content-type": "application/json" }, body)
  })

/** Forwards a request and its response. */
const forward = (client: HttpClient.HttpClient, port: number, tls: boolean) => (request: FakeHttp.Request) =>
  Effect.gen(function*() {
    const url = `http://127.0.0.1:${port}${request.url.pathname}${request.url.search}`
    const authorization = Option.match(request.authorization, {
      onNone: () => ({}),
      onSome: (value) => ({ authorization: Redacted.value(value) })
    })
    const headers = { ...request.headers, ...authorization, "x-forwarded-proto": tls ? "https" : "http" }
    const response = yield* client.execute(HttpClientRequest.make(request.method as "GET")(url, { headers }))
    const body = request.method === "HEAD" ? new Uint8Array() : new Uint8Array(yield* response.arrayBuffer)
    return FakeHttp.response(response.status, { ...response.headers }, body)
  }).pipe(Effect.orDie)

export const serve = (options: Options): Effect.Effect<TokenServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const lifetime = yield* Ref.make(300)
    const grant = tokens(options, lifetime)
    const pass = forward(yield* HttpClient.HttpClient, options.registryPort, options.tls !== undefined)
    const origin = yield* LoopbackServer.serve(
      () => (request) => request.url.pathname === "/token" ? grant(request) : pass(request),
      options.tls === undefined ? {} : { tls: options.tls }
    )
    return { origin, lifetime }
  }).pipe(Effect.orDie, Effect.provide(NodeHttpClient.layer))
