import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TrustStoreWatch from "../../../src/agent/server/TrustStoreWatch.ts"
import * as NetworkVariables from "../../../src/http/NetworkVariables.ts"
import * as MemoryFileSystem from "../../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../../src/testing/TestEnvironment.ts"

/** Whether the watch notices that the file is created, changed and removed, and nothing before that. */
const notices = (path: string, variables: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(path.slice(0, path.lastIndexOf("/") + 1), { recursive: true })
    for (const change of [fs.writeFileString(path, "1"), fs.writeFileString(path, "another"), fs.remove(path)]) {
      const isOutdated = yield* TrustStoreWatch.make
      assert.isFalse(yield* isOutdated)
      yield* change
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isOutdated)
    }
  }).pipe(Effect.provide(Layer.merge(MemoryFileSystem.layer({}), TestEnvironment.layer(variables))))

describe("TrustStoreWatch", () => {
  for (const name of NetworkVariables.files) {
    it.effect(`notices a change of what ${name} names`, () => notices("/corp/ca.pem", { [name]: "/corp/ca.pem" }))
  }

  it.effect("notices a change of each of several directories", () =>
    notices("/corp/b", { SSL_CERT_DIR: "/corp/a:/corp/b" }))

  for (const path of ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]) {
    it.effect(`notices a change of ${path}`, () => notices(path, {}))
  }

  it.effect("looks at files that a variable names for each caller, and at the system's once a second", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const isOutdated = yield* TrustStoreWatch.make
      assert.isFalse(yield* isOutdated)
      yield* fs.writeFileString("/etc/ssl/certs/ca-certificates.crt", "1")
      assert.isFalse(yield* isOutdated)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isOutdated)
      const again = yield* TrustStoreWatch.make
      assert.isFalse(yield* again)
      yield* fs.writeFileString("/ca.pem", "1")
      assert.isTrue(yield* again)
    }).pipe(
      Effect.provide(Layer.merge(
        MemoryFileSystem.layer({ "/etc/ssl/certs": MemoryFileSystem.directory }),
        TestEnvironment.layer({ NODE_EXTRA_CA_CERTS: "/ca.pem" })
      ))
    ))
})
