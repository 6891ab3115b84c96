/** How the built-in providers read `urls[].config`. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ConfigFile from "../../src/config/ConfigFile.ts"
import * as DockerCredentialHelper from "../../src/docker/DockerCredentialHelper.ts"
import * as Http from "../../src/http/Http.ts"
import * as Files from "../../src/platform/Files.ts"
import type { Bound } from "../../src/provider/Provider.ts"
import * as Providers from "../../src/provider/Providers.ts"
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

const network = Layer.merge(Challenges.layer, Tokens.layer).pipe(
  Layer.provide(Http.layer),
  Layer.provide(FakeHttp.layer(() => Effect.succeed(FakeHttp.response(404))))
)

const layer = Providers.layer.pipe(
  Layer.provide(Layer.merge(RegistryChain.layer, Sources.layer)),
  Layer.provide(DockerLogin.layer),
  Layer.provide([network, DockerCredentialHelper.layer, FakeKeyring.layer()]),
  Layer.provide(Files.layer),
  Layer.provide([MemoryFileSystem.layer(), FakeProcess.layer(), TestEnvironment.layer({})])
)

const loadAll = Effect.gen(function*() {
  const rows = yield* Effect.forEach(
    yield* Providers.Providers,
    ({ load, name }) => Effect.map(load, ({ bind }) => [name, bind] as const)
  )
  return new Map(rows)
})

export const options: ConfigFile.Options<Bound> = {
  binders: await Effect.runPromise(Effect.provide(loadAll, layer)),
  planned: Providers.planned
}

/** Reads a file, and fails for the first entry that is wrong. That this version lacks a helper is not. */
export const strict = (path: string, text: string) =>
  Effect.tap(ConfigFile.decoder(options)(path, text), ({ rules }) =>
    Effect.forEach(
      rules,
      ({ bound }) => Either.isLeft(bound) && !bound.left.found.startsWith("the helper ") ? bound : Effect.void,
      { discard: true }
    ))
