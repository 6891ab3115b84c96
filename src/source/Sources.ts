/**
 * The kinds of source that a `lookup_chain` may name. An application adds its own by a layer.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Environment } from "../platform/Environment.ts"
import { Keyring } from "../platform/Keyring.ts"
import * as Env from "./Env.ts"
import * as KeyringSource from "./Keyring.ts"
import type { SourceKind } from "./SourceKind.ts"
import * as Static from "./Static.ts"

/**
 * @since 0.2.0
 * @category context
 */
export class Sources extends Context.Tag("CredentialHelper/Sources")<Sources, ReadonlyArray<SourceKind>>() {}

/** Kinds that an application has added. */
class AddedKinds extends Context.Reference<AddedKinds>()("CredentialHelper/Sources/AddedKinds", {
  defaultValue: (): ReadonlyArray<SourceKind> => []
}) {}

/**
 * @since 0.2.0
 * @category constructors
 */
export const make: Effect.Effect<ReadonlyArray<SourceKind>, never, Environment | Keyring> = Effect.gen(function*() {
  return [
    ...(yield* AddedKinds),
    Env.kind(yield* Environment),
    KeyringSource.kind(yield* Keyring, (yield* Environment).platform),
    Static.kind
  ]
})

/**
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<Sources, never, Environment | Keyring> = Layer.effect(Sources, make)

/**
 * Adds a kind. Provide it to a layer of the credential helper; of two kinds with one name, the one added last is used.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerKind = <E, R>(kind: Effect.Effect<SourceKind, E, R>): Layer.Layer<never, E, R> =>
  Layer.effectContext(
    Effect.zipWith(kind, AddedKinds, (kind, added) => Context.make(AddedKinds, [kind, ...added]))
  )
