/**
 * A provider answers for one kind of service: container registries, GitHub. In the configuration file it is called a
 * helper. An application adds its own by a layer.
 *
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type { ConfigInvalid } from "../config/ConfigError.ts"
import * as Decode from "../config/Decode.ts"
import type { GetCredentialsResponse } from "../domain/GetCredentials.ts"
import type { Resource } from "../domain/Resource.ts"
import { type Fault, type ProviderError, ProviderFailed } from "./ProviderError.ts"

/**
 * What a user can do to have a credential, in the imperative and without a full stop: `run docker login ghcr.io`.
 *
 * @since 0.2.0
 * @category models
 */
export type SetupHint = string

/**
 * `Run docker login ghcr.io, or add a lookup_chain to its entry.`
 *
 * @since 0.2.0
 * @category rendering
 */
export const advice = (hints: ReadonlyArray<SetupHint>): string => {
  const text = hints.join(", or ")
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

/**
 * What a provider found for a URI.
 *
 * @since 0.2.0
 * @category models
 */
export type Outcome = Data.TaggedEnum<{
  Headers: { readonly response: GetCredentialsResponse }
  /** The URI is none that this provider can answer for. */
  NotMine: { readonly reason: string }
  /** The user has no credential for it. `anonymous` is what a stranger sends; it runs only where none is required. */
  NoCredential: {
    /** Absent where `anonymous` records why its answer has no header. */
    readonly reason?: string
    readonly setup: ReadonlyArray<SetupHint>
    readonly anonymous: Effect.Effect<GetCredentialsResponse, ProviderError>
    /** There was one, and it was refused: the error where a credential is required. */
    readonly refused?: ProviderError
  }
}>

/**
 * @since 0.2.0
 * @category constructors
 */
export const Outcome = Data.taggedEnum<Outcome>()

/**
 * What an answer may be shared for, from the general to the particular: two URIs with equal units have the same answer.
 *
 * @since 0.2.0
 * @category models
 */
export type Unit = ReadonlyArray<string>

/**
 * A provider with the settings of one entry.
 *
 * @since 0.2.0
 * @category models
 */
export interface Bound {
  readonly get: (resource: Resource) => Effect.Effect<Outcome, ProviderError>
  readonly unit: (resource: Resource) => Unit
}

/**
 * The body of a provider. Binding a fragment of the configuration is decoding it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Loaded {
  readonly bind: (fragment: unknown, place: Decode.Place) => Either.Either<Bound, ConfigInvalid>
}

/**
 * A row of the list of providers.
 *
 * @since 0.2.0
 * @category models
 */
export interface Provider {
  /** The value of `urls[].helper`. */
  readonly name: string
  /** Whether the provider answers although no entry of the configuration matches. */
  readonly claims: (resource: Resource) => Effect.Effect<boolean>
  /** Runs when the provider is named or claims a host. */
  readonly load: Effect.Effect<Loaded>
}

/**
 * The body of a built-in provider. `elsewhere` are words that other versions of its settings know.
 *
 * @since 0.2.0
 * @category constructors
 */
export const loaded = <A, I>(body: {
  readonly Config: Schema.Schema<A, I>
  readonly elsewhere?: ReadonlyArray<string>
  readonly get: (resource: Resource, config: A, place: Decode.Place) => Effect.Effect<Outcome, ProviderError>
  readonly unit: (resource: Resource, config: A) => Unit
}): Loaded => ({
  bind: (fragment, place) =>
    Either.map(
      Decode.decode(body.Config, { ...place, elsewhere: body.elsewhere ?? [] })(fragment),
      (config): Bound => ({
        get: (resource) => body.get(resource, config, place),
        unit: (resource) => body.unit(resource, config)
      })
    )
})

/**
 * A custom provider. It fails with its own errors, which callers see as the `error` of `ProviderFailed`.
 * Without `unit`, an answer is good for its URI alone.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = <A, I, E extends Fault = never>(provider: {
  readonly name: string
  readonly Config: Schema.Schema<A, I>
  readonly claims?: (resource: Resource) => boolean
  readonly get: (resource: Resource, config: A) => Effect.Effect<Outcome, E>
  readonly unit?: (resource: Resource, config: A) => Unit
}): Provider => ({
  name: provider.name,
  claims: (resource) => Effect.sync(() => provider.claims?.(resource) ?? false),
  load: Effect.succeed(loaded({
    Config: provider.Config,
    get: (resource, config) =>
      Effect.mapError(
        provider.get(resource, config),
        (error) => new ProviderFailed({ provider: provider.name, error })
      ),
    unit: provider.unit ?? (({ key }) => [key])
  }))
})
