/**
 * A test that swaps the registry: the helper is the real one; network, files and environment are in memory.
 */
import { CredentialHelper } from "effect-credential-helper"
import { FakeProcess, FakeRegistry, MemoryFileSystem, TestEnvironment } from "effect-credential-helper/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A private image, and a token service that is busy at first. */
const registry = FakeRegistry.bearer({
  host: "ghcr.io",
  users: { unset: { password: "secret" } },
  images: { "org/app": FakeRegistry.image() }
}).pipe(FakeRegistry.fail("token", 503, 1))

/** The four services by which the helper reaches the outside world. */
const world = Layer.mergeAll(
  FakeRegistry.layer(registry),
  MemoryFileSystem.layer(),
  FakeProcess.layer({}),
  TestEnvironment.layer({ GHCR_TOKEN: "secret" })
)

/** What the test does: it asks for headers, and counts what the registry received. */
export const main = Effect.gen(function*() {
  const helper = yield* CredentialHelper.CredentialHelper
  const { headers } = yield* helper.get({ uri: "https://ghcr.io/v2/org/app/manifests/latest" })
  const { count } = yield* FakeRegistry.FakeRegistry
  return { headers: [...headers.keys()], tokenRequests: yield* count("token") }
}).pipe(Effect.provide(Layer.provideMerge(CredentialHelper.layer, world)))
