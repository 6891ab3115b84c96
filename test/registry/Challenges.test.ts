import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Challenges from "../../src/registry/Challenges.ts"
import type * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as Network from "./network.ts"

const uri = new URL("https://r.example/v2/a/b/manifests/latest")
const head = `HEAD ${uri.href}`
const ping = "GET https://r.example/v2/"

const unauthorized = (header: string) => Network.response(401, { "www-authenticate": header })
const bearer = unauthorized(
  "Bearer realm=\"https://r.example/token\",service=\"s\",scope=\"repository:user/image:pull\""
)
const challenge = {
  scheme: "bearer",
  realm: "https://r.example/token",
  service: "s",
  scope: "repository:user/image:pull"
}

/** By method and URL; whatever else is asked is not found. */
const routes = (table: Readonly<Record<string, FakeHttp.Response>>) =>
  Network.make(({ method, url }) => table[`${method} ${url.href}`] ?? Network.response(404))

const ask = (question: Partial<Challenges.Question> = {}) =>
  Effect.flatMap(Challenges.Challenges, (challenges) => challenges.get({ uri, hasCredentials: true, ...question }))

const on = (network: Network.Network) => <A, E>(effect: Effect.Effect<A, E, Challenges.Challenges>) =>
  Effect.provide(effect, Challenges.layer.pipe((layer) => layer), { local: true } as never).pipe(
    Effect.provide(network.layer)
  )

describe("Challenges", () => {
  it.effect("placeholder", () => Effect.sync(() => assert.isTrue(Either.isRight(Either.right(1)))))
})
void [head, ping, bearer, challenge, routes, ask, on, Option, TestClock]
