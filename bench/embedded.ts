// Measures the library in one process: a `get` whose token is cached.
import { CredentialHelper, Environment } from "effect-credential-helper"
import * as Node from "effect-credential-helper/Node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { throwIfStopped, WrongAnswer } from "./measure.ts"
import type { Home } from "./world.ts"

/** Answers per second in each round, one at a time. */
export const embedded = (
  { cwd, env, home }: Home,
  uri: string,
  { requests, rounds }: { readonly rounds: number; readonly requests: number }
): Promise<ReadonlyArray<number>> => {
  const environment = Environment.layer({
    variables: new Map(Object.entries(env)),
    cwd,
    platform: process.platform,
    uid: Option.fromNullable(process.getuid?.()),
    userHome: Option.some(home),
    tmp: home
  })
  const measure = Effect.gen(function*() {
    const helper = yield* CredentialHelper.CredentialHelper
    const rates: Array<number> = []
    for (let round = -2; round < rounds; round++) {
      throwIfStopped()
      const started = performance.now()
      for (let request = 0; request < requests; request++) {
        const { headers } = yield* helper.get({ uri })
        if (!headers.has("Authorization")) throw new WrongAnswer("wrong answer of the library")
      }
      if (round >= 0) rates.push(requests / (performance.now() - started) * 1000)
    }
    return rates
  })
  return Effect.runPromise(Effect.provide(measure, Layer.provide(Node.layerEnvironment, environment)))
}
