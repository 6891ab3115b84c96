// The registry of the benchmark, in a separate process so that it does not slow down what is measured. It sends its parent
// its origin, and its request counts for each message. It exits with its parent.
import { FakeRegistry } from "effect-credential-helper/testing"
import * as Effect from "effect/Effect"
import { randomBytes } from "node:crypto"

const user = { username: "bench", password: randomBytes(16).toString("hex") }

const serve = Effect.gen(function*() {
  const registry = yield* FakeRegistry.serve(FakeRegistry.bearer({
    users: { [user.username]: { password: user.password } },
    anonymous: ["public/image"],
    lifetime: "1 hour"
  }))
  const count = Effect.gen(function*() {
    const all = (yield* registry.requests).length + (yield* registry.dropped)
    const challenges = yield* registry.count("base")
    const tokens = yield* registry.count("token")
    return { challenges, tokens, others: all - challenges - tokens }
  })
  process.on("message", () => process.send?.(Effect.runSync(count)))
  process.send?.({ origin: registry.origin.href, ...user })
  return yield* Effect.never
})

// Ctrl-C signals the whole process group; the parent decides when this process exits.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined)
process.on("disconnect", () => process.exit())
Effect.runFork(Effect.scoped(serve))
