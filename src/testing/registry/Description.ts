/**
 * How a registry behaves, as plain data: who may read what, how it asks for credentials, and what is odd about it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Pipeable from "effect/Pipeable"
import type * as FakeHttp from "../FakeHttp.ts"
import type { FakeImage } from "../FakeImage.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface User {
  readonly password?: string
  /** What `docker login` stores in place of a password: a refresh token. */
  readonly identityToken?: string
  /** The repositories that this user may read; absent for all of them. */
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
  /** `null`: the challenge names no service, as Artifact Registry's. */
  readonly service: string | null
  /** The scope in the challenge of `/v2/`, a mere placeholder in the field. */
  readonly scope?: string
  /** How long a token is valid. */
  readonly lifetime: Duration.DurationInput
  /** The names of the token in the answer. */
  readonly tokenFields: ReadonlyArray<"token" | "access_token">
  readonly expiresIn: boolean
  readonly issuedAt: boolean
  /** Who says no: the token service, as ghcr.io's, or the registry that gets a token without access, as Docker Hub. */
  readonly denies: "token" | "content"
  readonly insufficientScope: 401 | 403
}

/**
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
 * A deviation. An answer with a status or a body replaces the usual one; one without changes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quirk {
  readonly at: Endpoint | "any"
  readonly method?: string
  /** Only for the first requests of this kind; absent for all. */
  readonly times?: number
  readonly answer: Partial<FakeHttp.Response>
}

/**
 * In `realm`, `service`, `challenge` and in the headers of a quirk, `{origin}` and `{host}` stand for the registry's own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description extends Pipeable.Pipeable {
  /** The registry's name in memory; a real server has an address instead. */
  readonly host: string
  readonly auth: Auth
  readonly users: Readonly<Record<string, User>>
  /** Images by repository. */
  readonly images: Readonly<Record<string, FakeImage | ReadonlyArray<FakeImage>>>
  /** The repositories that need no user. */
  readonly anonymous: boolean | ReadonlyArray<string>
  /** The lines of `WWW-Authenticate`, in place of those that fit `auth`. None is a 401 that does not say how. */
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
 * Everybody may read, and `/v2/` answers 200.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (options: Options = {}): Description => make({ _tag: "Open" }, options)

/**
 * User and password go to the registry itself, as with htpasswd or ECR.
 *
 * @since 0.1.0
 * @category constructors
 */
export const basic = (
  { realm = "Registry Realm", ...options }: Options & { readonly realm?: string } = {}
): Description => make({ _tag: "Basic", realm }, options)

/**
 * User and password go to a token service, as nearly everywhere.
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
 * @since 0.1.0
 * @category quirks
 */
export const quirk = (quirk: Quirk) => (self: Description): Description => ({
  ...self,
  quirks: [...self.quirks, quirk]
})

/**
 * The very lines of `WWW-Authenticate`; none for a 401 without a challenge.
 *
 * @since 0.1.0
 * @category quirks
 */
export const challenge = (...lines: ReadonlyArray<string>) => (self: Description): Description => ({
  ...self,
  challenge: lines
})

/**
 * A token service that knows the GET form alone.
 *
 * @since 0.1.0
 * @category quirks
 */
export const withoutPost = (status: 404 | 405 = 404): (self: Description) => Description =>
  quirk({ at: "token", method: "POST", answer: { status } })

/**
 * @since 0.1.0
 * @category quirks
 */
export const redirect = (at: Quirk["at"], location: string): (self: Description) => Description =>
  quirk({ at, answer: { status: 307, headers: { location } } })

/**
 * Answers with an error: always, or a few times.
 *
 * @since 0.1.0
 * @category quirks
 */
export const fail = (at: Quirk["at"], status: number, times?: number): (self: Description) => Description =>
  quirk({ at, answer: { status }, ...(times === undefined ? {} : { times }) })

/**
 * 429: always, or a few times.
 *
 * @since 0.1.0
 * @category quirks
 */
export const limit = (at: Quirk["at"], retryAfter: string, times?: number): (self: Description) => Description =>
  quirk({
    at,
    answer: { status: 429, headers: { "retry-after": retryAfter } },
    ...(times === undefined ? {} : { times })
  })

/**
 * A body of one's own, with status 200: `<html>`, half a JSON text, a token with a line break.
 *
 * @since 0.1.0
 * @category quirks
 */
export const answer = (at: Quirk["at"], body: string): (self: Description) => Description =>
  quirk({ at, answer: { body } })

/**
 * A delay, a broken connection, or no answer at all.
 *
 * @since 0.1.0
 * @category quirks
 */
export const fault = (at: Quirk["at"], fault: FakeHttp.Fault): (self: Description) => Description =>
  quirk({ at, answer: { fault } })
