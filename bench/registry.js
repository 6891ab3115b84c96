// The registry of the benchmark, in a process of its own, so that what is timed and who answers do not share one.
// It tells its parent where it is, and how many requests it has had whenever it is asked. It ends with its parent.
import * as Effect from "effect/Effect"
import { randomBytes } from "node:crypto"
import { FakeRegistry } from "../dist/testing.js"

const user = { username: "bench", password: randomBytes(16).toString("hex") }

const serve = Effect.gen(function*() {
  const registry = yield* FakeRegistry.serve(FakeRegistry.bearer({
    users: { [user.username]: { password: user.password } },
    anonymous: ["public/image"],
    lifetime: "1 hour"
  }))
  const count = Effect.gen(function*() {
    const all = yield* registry.requests
    const challenges = yield* registry.count("base")
    const tokens = yield* registry.count("token")
    return { challenges, tokens, others: all.length - challenges - tokens }
  })
  process.on("message", () => process.send(Effect.runSync(count)))
  process.send({ origin: registry.origin.href, ...user })
  return yield* Effect.never
})

// Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined)
process.on("disconnect", () => process.exit())
Effect.runFork(Effect.scoped(serve))
