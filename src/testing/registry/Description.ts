/**
 * The behavior of a registry as plain data: who may read what, how it authenticates, and its quirks.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Pipeable from "effect/Pipeable"
import type * as FakeHttp from "../FakeHttp.ts"
import type { FakeImage } from "../FakeImage.ts"

/**
 * A user by the credentials that the registry accepts.
 *
 * @since 0.1.0
 * @category models
 */
export interface User {
  readonly password?: string
  /** The refresh token that `docker login` stores in place of a password. */
  readonly identityToken?: string
  /** The repositories that this user may read; all by default. */
  readonly repositories?: ReadonlyArray<string>
}

/**
 * A registry with a token service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bearer {
  readonly _tag: "Bearer"
  /** A path of the registry itself, or the absolute URL of another host. */
  readonly realm: string
  /** `null` for a challenge without a service, as Artifact Registry sends it. */
  readonly service: string | null
  /** The scope in the challenge of `/v2/`. Real registries send a placeholder, if any. */
  readonly scope?: string
  /** How long a token is valid. */
  readonly lifetime: Duration.DurationInput
  /** The fields of the response that contain the token. */
  readonly tokenFields: ReadonlyArray<"token" | "access_token">
  /** Whether the response has an `expires_in`. */
  readonly expiresIn: boolean
  /** Whether the response has an `issued_at`. */
  readonly issuedAt: boolean
  /**
   * What denies access: the token service, as at ghcr.io, or the registry, on a token without the scope, as at Docker Hub.
   */
  readonly denies: "token" | "content"
  /** The status of the registry's response to a token without the scope. */
  readonly insufficientScope: 401 | 403
}

/**
 * How a registry authenticates.
 *
 * @since 0.1.0
 * @category models
 */
export type Auth =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Basic"; readonly realm: string }
  | Bearer

/**
 * What a request is for.
 *
 * @since 0.1.0
 * @category models
 */
export type Endpoint = "base" | "token" | "manifest" | "blob" | "tags" | "catalog" | "other"

/**
 * A deviation from the usual response. An answer with a status or a body replaces it; any other is merged into it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quirk {
  readonly at: Endpoint | "any"
  readonly method?: string
  /** Applies to this many requests; to all by default. */
  readonly times?: number
  readonly answer: Partial<FakeHttp.Response>
}

/**
 * In `realm`, `service`, `challenge` and the headers of a quirk, `{origin}` and `{host}` are replaced by the registry's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description extends Pipeable.Pipeable {
  /** The registry's host name in memory. A loopback server has its address instead. */
  readonly host: string
  readonly auth: Auth
  readonly users: Readonly<Record<string, User>>
  /** Images by repository. */
  readonly images: Readonly<Record<string, FakeImage | ReadonlyArray<FakeImage>>>
  /** The repositories that can be read without authentication; `true` for all. */
  readonly anonymous: boolean | ReadonlyArray<string>
  /** The lines of `WWW-Authenticate` in place of those for `auth`. An empty list is a 401 without a challenge. */
  readonly challenge?: ReadonlyArray<string>
  readonly quirks: ReadonlyArray<Quirk>
}

type Options = Partial<Omit<Description, "auth" | "pipe">>

const make = (auth: Auth, options: Options): Description => ({
  ...Pipeable.Prototype,
  host: "registry.example.com",
  users: {},
  images: {},
  anonymous: false,
  quirks: [],
  ...options,
  auth
})

/**
 * A registry without authentication, whose `/v2/` responds 200.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (options: Options = {}): Description => make({ _tag: "Open" }, options)

/**
 * A registry that takes username and password itself, such as ECR or docker-registry with htpasswd.
 *
 * @since 0.1.0
 * @category constructors
 */
export const basic = (
  { realm = "Registry Realm", ...options }: Options & { readonly realm?: string } = {}
): Description => make({ _tag: "Basic", realm }, options)

/**
 * A registry with a token service that takes username and password, as most registries.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bearer = (options: Options & Partial<Omit<Bearer, "_tag">> = {}): Description => {
  const {
    denies = "token",
    expiresIn = true,
    insufficientScope = 401,
    issuedAt = true,
    lifetime = "5 minutes",
    realm = "{origin}/token",
    scope,
    service = "{host}",
    tokenFields = ["token", "access_token"],
    ...rest
  } = options
  return make(
    {
      _tag: "Bearer",
      denies,
      expiresIn,
      insufficientScope,
      issuedAt,
      lifetime,
      realm,
      service,
      tokenFields,
      ...(scope === undefined ? {} : { scope })
    },
    rest
  )
}

/**
 * Adds a quirk.
 *
 * @since 0.1.0
 * @category combinators
 */
export const quirk = (quirk: Quirk) => (self: Description): Description => ({
  ...self,
  quirks: [...self.quirks, quirk]
})

/**
 * Sends these lines of `WWW-Authenticate`; a 401 without a challenge if there are none.
 *
 * @since 0.1.0
 * @category combinators
 */
export const challenge = (...lines: ReadonlyArray<string>) => (self: Description): Description => ({
  ...self,
  challenge: lines
})

/**
 * Makes the token service reject POST, so that it supports GET alone.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withoutPost = (status: 404 | 405 = 404): (self: Description) => Description =>
  quirk({ at: "token", method: "POST", answer: { status } })

/**
 * Responds 307.
 *
 * @since 0.1.0
 * @category combinators
 */
export const redirect = (at: Quirk["at"], location: string): (self: Description) => Description =>
  quirk({ at, answer: { status: 307, headers: { location } } })

/**
 * Responds with an error status, always or for the first requests.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fail = (at: Quirk["at"], status: number, times?: number): (self: Description) => Description =>
  quirk({ at, answer: { status }, ...(times === undefined ? {} : { times }) })

/**
 * Responds 429 with a `Retry-After`, always or for the first requests.
 *
 * @since 0.1.0
 * @category combinators
 */
export const limit = (at: Quirk["at"], retryAfter: string, times?: number): (self: Description) => Description =>
  quirk({
    at,
    answer: { status: 429, headers: { "retry-after": retryAfter } },
    ...(times === undefined ? {} : { times })
  })

/**
 * Responds 200 with this body, such as `<html>`, truncated JSON, or a token with a line break.
 *
 * @since 0.1.0
 * @category combinators
 */
export const answer = (at: Quirk["at"], body: string): (self: Description) => Description =>
  quirk({ at, answer: { body } })

/**
 * Delays the response, closes the connection, or never responds.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fault = (at: Quirk["at"], fault: FakeHttp.Fault): (self: Description) => Description =>
  quirk({ at, answer: { fault } })
