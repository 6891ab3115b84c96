// The library in one process: a `get` whose token is kept, through the service.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { CredentialHelper, Environment } from "../dist/index.js"
import * as Node from "../dist/Node.js"
import { mayGoOn, WrongAnswer } from "./measure.js"

/** Answers per second, one after the other, of each round. */
export const embedded = ({ cwd, env, home }, uri, { rounds, questions }) => {
  const environment = Environment.layer({
    variables: new Map(Object.entries(env)),
    cwd,
    platform: process.platform,
    uid: Option.fromNullable(process.getuid?.()),
    home: Option.some(home),
    tmp: home
  })
  const measure = Effect.gen(function*() {
    const helper = yield* CredentialHelper.CredentialHelper
    const rates = []
    for (let round = -2; round < rounds; round++) {
      mayGoOn()
      const started = performance.now()
      for (let question = 0; question < questions; question++) {
        const { headers } = yield* helper.get({ uri })
        if (!headers.has("Authorization")) throw new WrongAnswer("a wrong answer of the library")
      }
      if (round >= 0) rates.push(questions / (performance.now() - started) * 1000)
    }
    return rates
  })
  return Effect.runPromise(Effect.provide(measure, Layer.provide(Node.layerEnvironment, environment)))
}
