/**
 * A helper answers for one kind of service: container registries, GitHub. An application adds its own by a layer.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { GetCredentialsResponse } from "../domain/GetCredentials.ts"
import type { LookupError } from "./ProviderError.ts"

/**
 * What a caller asked for. A bare host such as `registry.example.com`, without scheme and path, means a registry as a
 * whole and stands here as its base URI.
 *
 * @since 0.1.0
 * @category models
 */
export interface Question {
  /** It may carry a password or a signature: only its host may be shown. */
  readonly uri: URL
  readonly bareHost: boolean
}

/**
 * What a helper is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface HelperRequest extends Question {
  /** Was this helper chosen by an entry of the configuration file, or by itself? */
  readonly configured: boolean
  /** Must there be a credential? Without one, the helper fails with `CredentialRequired`. */
  readonly required: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Helper {
  /** The name that `urls[].helper` uses. */
  readonly name: string
  /** The schema of `urls[].config`. */
  readonly config: Schema.Schema.AnyNoContext
  /** Does this helper answer although no entry of the configuration names it? */
  readonly claims: (question: Question) => Effect.Effect<boolean>
  /** `config` is the decoded `urls[].config`. No header in the answer: not mine, or none is needed. */
  readonly get: (
    request: HelperRequest,
    config: unknown
  ) => Effect.Effect<GetCredentialsResponse, LookupError>
}

/**
 * The helpers that configuration and router choose from, in the order in which they are asked.
 *
 * @since 0.1.0
 * @category context
 */
export class Helpers extends Context.Tag("CredentialHelper/Helpers")<Helpers, ReadonlyArray<Helper>>() {}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I>(helper: {
  readonly name: string
  readonly config: Schema.Schema<A, I>
  readonly claims: (question: Question) => Effect.Effect<boolean>
  readonly get: (request: HelperRequest, config: A) => Effect.Effect<GetCredentialsResponse, LookupError>
}): Helper => {
  const isConfig = Schema.is(Schema.typeSchema(helper.config))
  return {
    ...helper,
    get: (request, config) => {
      if (!isConfig(config)) throw new TypeError(`not a config of the helper ${helper.name}`)
      return helper.get(request, config)
    }
  }
}
