import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TrustStoreWatch from "../../../src/agent/server/TrustStoreWatch.ts"
import * as NetworkVariables from "../../../src/http/NetworkVariables.ts"
import * as MemoryFileSystem from "../../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../../src/testing/TestEnvironment.ts"

describe("TrustStoreWatch", () => {
  for (const name of NetworkVariables.files) {
    it.effect(`notices that the file of ${name} was created, changed or removed`, () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        for (
          const change of [
            fs.writeFileString("/ca.pem", "1"),
            fs.writeFileString("/ca.pem", "another"),
            fs.remove("/ca.pem")
          ]
        ) {
          const isOutdated = yield* TrustStoreWatch.make
          assert.isFalse(yield* isOutdated)
          yield* change
          assert.isTrue(yield* isOutdated)
        }
      }).pipe(
        Effect.provide(Layer.merge(MemoryFileSystem.layer({}), TestEnvironment.layer({ [name]: "/ca.pem" })))
      ))
  }
})
