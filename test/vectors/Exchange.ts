/**
 * `exchange`: the requests that are made for a token, in their order, and what comes of them.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import type { GetCredentialsResponse } from "../../src/domain/GetCredentials.ts"
import * as Resource from "../../src/domain/Resource.ts"
import * as Http from "../../src/http/Http.ts"
import * as Files from "../../src/platform/Files.ts"
import * as Oci from "../../src/provider/Oci.ts"
import * as Challenges from "../../src/registry/Challenges.ts"
import * as Tokens from "../../src/registry/Tokens.ts"
import * as DockerLogin from "../../src/source/DockerLogin.ts"
import * as RegistryChain from "../../src/source/RegistryChain.ts"
import * as Sources from "../../src/source/Sources.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as FakeKeyring from "../../src/testing/FakeKeyring.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Case from "./Case.ts"

const Answer = Schema.Struct({
  status: Schema.Number,
  body: Schema.optional(Schema.String),
  headers: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
})

const Credential = Schema.Struct({
  username: Schema.optional(Schema.String),
  password: Schema.optional(Schema.String),
  identitytoken: Schema.optional(Schema.String),
  registrytoken: Schema.optional(Schema.String)
})

const Vector = Schema.Struct({
  token_exchange_method: Schema.optionalWith(Schema.Literal("auto", "oauth2", "basic"), { default: () => "auto" }),
  /** A line of `WWW-Authenticate`, or several, or only a scheme. */
  challenge: Schema.optional(Schema.Union(Schema.String, Schema.Array(Schema.String))),
  credential: Schema.optional(Schema.NullOr(Credential)),
  requests: Schema.Array(Schema.extend(
    Schema.Struct({ answer: Schema.Union(Schema.Number, Answer), result: Schema.optional(Schema.String) }),
    Case.Members
  ))
})

type Vector = typeof Vector.Type
type Credential = typeof Credential.Type

const host = "registry.example.com"
const uri = `https://${host}/v2/org/app/manifests/latest`

const schemes: Readonly<Record<string, string>> = {
  basic: `Basic realm="${host}"`,
  bearer: `Bearer realm="https://auth.example.com/token",service="${host}"`
}

const challengeOf = ({ challenge, credential, requests }: Vector): ReadonlyArray<string> => {
  const needsToken = requests.length > 0 || credential?.registrytoken !== undefined
  return [challenge ?? (needsToken ? "bearer" : "basic")].flat().map((line) => schemes[line.toLowerCase()] ?? line)
}

const answerOf = (answer: Vector["requests"][number]["answer"]): FakeHttp.Response => {
  const { body, headers = {}, status } = typeof answer === "number" ? { status: answer } : answer
  return FakeHttp.response(status, headers, body ?? (status === 200 ? `{"token":"t"}` : ""))
}

/** The registry asks with the challenge, and its token service gives the listed answers in their order. */
const network = (
  vector: Vector,
  received: Ref.Ref<ReadonlyArray<FakeHttp.Request>>
): Layer.Layer<HttpClient.HttpClient> =>
  FakeHttp.layer((request) =>
    request.url.host === host && request.url.pathname.startsWith("/v2/")
      ? Effect.succeed(
        Option.isSome(request.authorization)
          ? FakeHttp.response(200)
          : FakeHttp.response(401, { "www-authenticate": challengeOf(vector) })
      )
      : Effect.map(
        Ref.getAndUpdate(received, (all) => [...all, request]),
        ({ length }) => answerOf(vector.requests[length]?.answer ?? 500)
      )
  )

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/** The docker config that holds the credential. */
const config = ({ identitytoken, password = "", registrytoken, username = "" }: Credential): string =>
  encodeJson({
    auths: {
      [host]: {
        ...(username === "" && password === ""
          ? {}
          : { auth: Buffer.from(`${username}:${password}`).toString("base64") }),
        identitytoken,
        registrytoken
      }
    }
  })

const layerOf = (vector: Vector, received: Ref.Ref<ReadonlyArray<FakeHttp.Request>>) => {
  const { credential } = vector
  const files = credential === null || credential === undefined
    ? {}
    : { "/home/u/.docker/config.json": config(credential) }
  return Layer.mergeAll(RegistryChain.layer, Sources.layer, Challenges.layer, Tokens.layer).pipe(
    Layer.provide(DockerLogin.layer),
    Layer.provideMerge(Layer.mergeAll(DockerCredentialHelper.layer, FakeKeyring.layer(), Files.layer)),
    Layer.provide(Layer.effect(Http.Http, Http.make({ timeout: "5 seconds", retries: 0 }))),
    Layer.provideMerge(Layer.mergeAll(
      FakeProcess.layer(),
      MemoryFileSystem.layer(files),
      network(vector, received),
      TestEnvironment.layer({ HOME: "/home/u" })
    ))
  )
}

const get = ({ token_exchange_method }: Vector) =>
  Effect.gen(function*() {
    const { get } = yield* (yield* Oci.make).bind({ token_exchange_method }, { path: "vector" })
    const outcome = yield* get(yield* Resource.parse(uri))
    switch (outcome._tag) {
      case "Headers":
        return outcome.response
      case "NoCredential":
        return yield* outcome.anonymous
      case "NotMine":
        return yield* Effect.dieMessage(outcome.reason)
    }
  })

const headerOf = ({ headers }: GetCredentialsResponse): string =>
  Option.match(Option.fromNullable(headers.get("Authorization")?.[0]), { onNone: () => "", onSome: Redacted.value })

const tagOf = (error: Effect.Effect.Error<ReturnType<typeof get>>): string => {
  switch (error._tag) {
    case "TokenRefused":
    case "RealmNotTrusted":
    case "HostUnreachable":
      return error.reason
    default:
      return error._tag
  }
}

/** Without a header a registry that wants user and password stays closed. */
const resultOf = (header: string): string =>
  header === "" ? "MissingCredentials" : (header.split(" ", 1)[0] ?? "").toLowerCase()

const described = ({ authorization, body, method, url }: FakeHttp.Request): Readonly<Record<string, unknown>> => {
  const header = Option.match(authorization, { onNone: () => "", onSome: Redacted.value })
  const [user, password] = Buffer.from(header.replace(/^Basic /, ""), "base64").toString("utf8").split(/:(.*)/s)
  return {
    ...Object.fromEntries(url.searchParams),
    ...Object.fromEntries(new URLSearchParams(Redacted.value(body))),
    request: method,
    auth: header === "" ? "none" : resultOf(header),
    ...(header === "" ? {} : { basic_username: user, basic_password: password })
  }
}

/** What a case can say about a request; anything else is a remark. */
const compared = new Set([
  ...["request", "auth", "grant_type", "service", "scope", "client_id", "access_type", "account"],
  ...["basic_username", "basic_password", "username", "password", "refresh_token"]
])

const wantedOf = (request: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(request).filter(([name]) => compared.has(name)))

/** What is sent without asking for a token: the registry's own one, or user and password. */
const unexchanged = ({ credential }: Vector): string => {
  const { password = "", registrytoken, username = "" } = credential ?? {}
  if (registrytoken !== undefined) return `Bearer ${registrytoken}`
  return password === "" ? "" : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
}

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section("exchange", Vector, (vector) =>
  Effect.gen(function*() {
    const received = yield* Ref.make<ReadonlyArray<FakeHttp.Request>>([])
    const outcome = yield* get(vector).pipe(
      Effect.match({
        onFailure: (error) => ({ header: "", result: tagOf(error) }),
        onSuccess: (response) => ({
          header: headerOf(response),
          result: resultOf(headerOf(response))
        })
      }),
      Effect.provide(layerOf(vector, received))
    )
    const requests = (yield* Ref.get(received)).map(described)
    const wanted = vector.requests.map(wantedOf)
    const got = {
      requests: requests.map((request, i) => Case.only(wanted[i] ?? request, request)),
      result: outcome.result
    }
    if (wanted.length > 0) return { got, want: { requests: wanted, result: vector.requests.at(-1)?.result } }
    const header = unexchanged(vector)
    return {
      got: { ...got, header: outcome.header },
      want: { requests: [], result: resultOf(header), header }
    }
  }).pipe(Case.atInstant(0)))
