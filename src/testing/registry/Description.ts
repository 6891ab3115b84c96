/**
 * The behavior of a registry as plain data: who may do what, how it authenticates, and its quirks.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Pipeable from "effect/Pipeable"
import type * as FakeHttp from "../FakeHttp.ts"
import type { FakeImage } from "../FakeImage.ts"

/**
 * What a token allows to do in a repository. This registry serves no more than `pull`.
 *
 * @since 0.2.0
 * @category models
 */
export type Action = "pull" | "push" | "delete"

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
  /**
   * The repositories of this user: their names, with all actions, or the actions by name. All repositories by default.
   */
  readonly repositories?: ReadonlyArray<string> | Readonly<Record<string, ReadonlyArray<Action>>>
}

/**
 * A registry with a token service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bearer {
  readonly _tag: "Bearer"
  /** A path of the registry itself, or an absolute URL: `{auth}/token` for a separate host. */
  readonly realm: string
  /** `null` for a challenge without a service, as Artifact Registry sends it. */
  readonly service: string | null
  /** The scope in the challenge of `/v2/`. Real registries send a placeholder, if any. */
  readonly scope?: string
  /** How long a token is valid; rounded up to whole seconds. */
  readonly lifetime: Duration.DurationInput
  /** The fields of the response that contain the token. */
  readonly tokenFields: ReadonlyArray<"token" | "access_token">
  /** Whether the response has an `expires_in`. */
  readonly expiresIn: boolean
  /** Whether the response has an `issued_at`. */
  readonly issuedAt: boolean
  /**
   * What denies access to a user with correct credentials: the registry, as docker's specification has it, because the
   * token lacks the access; or the token service, with 401 or 403, as at ghcr.io.
   */
  readonly denies: "content" | "token"
  /** The status of the registry's response to a token without the access. */
  readonly insufficientScope: 401 | 403
  /** The status of the token service's response to incorrect credentials; 400 is `invalid_grant` of OAuth 2. */
  readonly wrongCredentials: 400 | 401 | 403
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
export type Endpoint =
  | "base"
  | "token"
  | "manifest"
  | "blob"
  | "upload"
  | "tags"
  | "referrers"
  | "catalog"
  /** A blob at the host that it is redirected to. */
  | "cdn"
  | "other"

/**
 * A deviation from the usual response. An answer with a status or a body replaces it; any other is merged into it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quirk {
  readonly at: Endpoint | "any"
  readonly method?: string
  /** Applies to this many requests from now on; to all by default. */
  readonly times?: number
  readonly answer: Partial<FakeHttp.Response>
}

/**
 * In `realm`, `service`, `challenge` and the headers of a quirk, `{origin}` and `{host}` are replaced by the registry's,
 * `{auth}` and `{cdn}` by the origins of two further hosts: `https://auth.<host>` and `https://cdn.example.net` in
 * memory, ports of their own on a loopback server.
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
  /** Whether blobs are redirected to `{cdn}`, which rejects requests with an `Authorization`, as S3 does. */
  readonly cdn: boolean
  /** Whether it has the referrers API; without it, the response is 404. */
  readonly referrers: boolean
  /**
   * Whether a manifest is served only to a request whose `Accept` lists its type, as by docker-registry and ghcr.io. By
   * default, a request without `Accept` and a range such as `*\/*` accept every type (RFC 9110, section 12.5.1).
   */
  readonly strictAccept: boolean
  readonly quirks: ReadonlyArray<Quirk>
}

type Options = Partial<Omit<Description, "auth" | "pipe">>

const make = (auth: Auth, options: Options): Description => ({
  ...Pipeable.Prototype,
  host: "registry.example.com",
  users: {},
  images: {},
  anonymous: false,
  cdn: false,
  referrers: true,
  strictAccept: false,
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
    denies = "content",
    expiresIn = true,
    insufficientScope = 401,
    issuedAt = true,
    lifetime = "5 minutes",
    realm = "{origin}/token",
    scope,
    service = "{host}",
    tokenFields = ["token", "access_token"],
    wrongCredentials = 401,
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
      wrongCredentials,
      ...(scope === undefined ? {} : { scope })
    },
    rest
  )
}
