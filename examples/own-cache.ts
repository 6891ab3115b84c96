/**
 * A custom cache, in one file: a layer of the helper on top of another one. Here it holds answers in memory for a minute,
 * each no longer than it may be used.
 */
import { CredentialHelper } from "effect-credential-helper"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

const timeToLiveMs = 60_000

interface Entry {
  readonly explanation: CredentialHelper.Explanation
  /** Milliseconds since the epoch. */
  readonly ends: number
}

/** Failures are not cached. */
const endOf = ({ result }: CredentialHelper.Explanation, now: number): number =>
  Either.match(result, {
    onLeft: () => now,
    onRight: ({ expires }) =>
      Math.min(now + timeToLiveMs, Option.match(expires, { onNone: () => Infinity, onSome: (_) => _.epochMillis }))
  })

const cached = (helper: CredentialHelper.CredentialHelper["Type"]) => {
  const entries = new Map<string, Entry>()
  return CredentialHelper.fromResolve((resource) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const entry = entries.get(resource.key)
      if (entry !== undefined && now < entry.ends) return entry.explanation
      const explanation = yield* helper.resolve(resource)
      entries.set(resource.key, { explanation, ends: endOf(explanation, now) })
      return explanation
    })
  )
}

/** Put it on any layer of the helper: `layer.pipe(Layer.provide(Node.layer))`. */
export const layer: Layer.Layer<
  CredentialHelper.CredentialHelper,
  never,
  CredentialHelper.CredentialHelper
> = Layer.effect(
  CredentialHelper.CredentialHelper,
  Effect.map(CredentialHelper.CredentialHelper, cached)
)
