/** Each mistake in process, with everything outside in memory. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Get from "../../src/app/commands/Get.ts"
import * as Run from "../../src/app/Run.ts"
import * as CredentialHelper from "../../src/CredentialHelper.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import * as FakeStdio from "../../src/testing/FakeStdio.ts"
import * as MemoryFileSystem from "../../src/testing/MemoryFileSystem.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Filled from "./Filled.ts"
import type { Mistake } from "./Mistake.ts"
import { mistakes } from "./mistakes.ts"

void Redacted

const places: Filled.Places = { host: "registry.example.com", origin: "https://registry.example.com", home: "/home/u" }

/** A turn of the event loop. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const run = (mistake: Filled.Filled, logging: string) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Run.exitCode(Get.get))
    // Retries wait one after the other, and the lookup goes on in between.
    const step = Effect.zipRight(TestClock.adjust("50 millis"), Effect.repeatN(turn, 5))
    yield* Effect.repeat(step, { until: () => Effect.map(Fiber.poll(fiber), Option.isSome) })
    const code = yield* Fiber.join(fiber)
    const { stderr, stdout } = yield* FakeStdio.Written
    return { code, stdout: yield* stdout, stderr: yield* stderr }
  }).pipe(Effect.provide(
    CredentialHelper.layer.pipe(Layer.provideMerge(Layer.mergeAll(
      FakeRegistry.layer(mistake.registry),
      FakeStdio.layer({ stdin: JSON.stringify({ uri: mistake.uri }) }),
      TestEnvironment.layer({ HOME: places.home, ...mistake.variables, CREDENTIAL_HELPER_LOGGING: logging }, {
        cwd: `${places.home}/workspace`
      }),
      MemoryFileSystem.layer(
        Object.fromEntries(
          Object.entries(mistake.files).map((
            [path, text]
          ) => [`${places.home}${path}`, text ?? MemoryFileSystem.directory])
        )
      ),
      FakeProcess.layer(mistake.programs)
    )))
  ))

const checked = (mistake: Mistake) =>
  Effect.gen(function*() {
    const filled = Filled.fill(mistake, places)
    const quiet = yield* run(filled, "")
    const basic = yield* run(filled, "basic")
    Filled.check(filled, quiet, basic)
  })

for (const [kind, rows] of Object.entries(mistakes)) {
  describe(`a mistake in ${kind}`, () => {
    for (const mistake of rows) it.effect(mistake.wrong, () => checked(mistake))
  })
}

it("is no mistake twice", () => {
  const titles = Object.values(mistakes).flat().map(({ wrong }) => wrong)
  assert.strictEqual(new Set(titles).size, titles.length)
})
