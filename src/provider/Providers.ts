/**
 * The list of providers, in the order in which they are asked whether a host is theirs.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Environment } from "../platform/Environment.ts"
import type { Files } from "../platform/Files.ts"
import type { Keyring } from "../platform/Keyring.ts"
import type { Challenges } from "../registry/Challenges.ts"
import type { Tokens } from "../registry/Tokens.ts"
import type { RegistryChain } from "../source/RegistryChain.ts"
import type { Sources } from "../source/Sources.ts"
import * as GitHubHosts from "./GitHubHosts.ts"
import * as OciHosts from "./OciHosts.ts"
import type { Provider } from "./Provider.ts"

/**
 * @since 0.2.0
 * @category context
 */
export class Providers extends Context.Tag("CredentialHelper/Providers")<Providers, ReadonlyArray<Provider>>() {}

type Added = ReadonlyArray<Provider>

/** Providers that an application has added. */
class AddedProviders extends Context.Reference<AddedProviders>()("CredentialHelper/Providers/AddedProviders", {
  defaultValue: (): { readonly before: Added; readonly after: Added } => ({ before: [], after: [] })
}) {}

/**
 * What the bodies of the built-in providers are made of.
 *
 * @since 0.2.0
 * @category models
 */
export type Needs = Challenges | Environment | Files | Keyring | RegistryChain | Sources | Tokens

/**
 * Names that other versions of the configuration file know.
 *
 * @since 0.2.0
 * @category constants
 */
export const planned: ReadonlyArray<string> = ["s3", "gcs", "gar", "r2", "azstorage", "remoteapis"]

/**
 * @since 0.2.0
 * @category constructors
 */
export const make: Effect.Effect<ReadonlyArray<Provider>, never, Needs> = Effect.gen(function*() {
  const environment = yield* Environment
  const needs = yield* Effect.context<Needs>()
  const { after, before } = yield* AddedProviders

  const builtIn: ReadonlyArray<Provider> = [
    {
      name: "oci",
      claims: OciHosts.claims(environment),
      load: Effect.flatMap(Effect.promise(() => import("./Oci.ts")), ({ make }) => Effect.provide(make, needs))
    },
    {
      name: "github",
      claims: (resource) => Effect.sync(() => GitHubHosts.claims(resource)),
      load: Effect.flatMap(Effect.promise(() => import("./GitHub.ts")), ({ make }) => Effect.provide(make, needs))
    },
    {
      name: "null",
      claims: () => Effect.succeed(false),
      load: Effect.map(Effect.promise(() => import("./Null.ts")), ({ loaded }) => loaded)
    }
  ]
  return [...before, ...builtIn, ...after]
})

/**
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<Providers, never, Needs> = Layer.effect(Providers, make)

/**
 * Adds a provider that is asked before all others. Provide it to a layer of the credential helper.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerBefore = <E = never, R = never>(provider: Effect.Effect<Provider, E, R>): Layer.Layer<never, E, R> =>
  Layer.effectContext(
    Effect.zipWith(
      provider,
      AddedProviders,
      (provider, { after, before }) => Context.make(AddedProviders, { before: [provider, ...before], after })
    )
  )

/**
 * Adds a provider that is asked after all others. Provide it to a layer of the credential helper.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerAfter = <E = never, R = never>(provider: Effect.Effect<Provider, E, R>): Layer.Layer<never, E, R> =>
  Layer.effectContext(
    Effect.zipWith(
      provider,
      AddedProviders,
      (provider, { after, before }) => Context.make(AddedProviders, { before, after: [...after, provider] })
    )
  )
