import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Resource from "../../src/domain/Resource.ts"
import * as TokenEndpoint from "../../src/registry/TokenEndpoint.ts"

const parse = (uri: string) => Effect.map(Resource.parse(uri), TokenEndpoint.parse)

describe("TokenEndpoint", () => {
  it.effect("reads scopes, service and the repository of the first scope", () =>
    Effect.gen(function*() {
      const one = Option.getOrThrow(
        yield* parse("https://r.example/token?scope=repository:a/b:pull%20repository:c:pull&scope=d&service=s")
      )
      assert.deepStrictEqual(one.scopes, ["repository:a/b:pull", "repository:c:pull", "d"])
      assert.deepStrictEqual([one.repository, one.service], [Option.some("a/b"), Option.some("s")])
      const other = Option.getOrThrow(yield* parse("https://r.example/token?scope=repository:A/../b:pull"))
      assert.deepStrictEqual([other.repository, other.service], [Option.none(), Option.none()])
    }))

  it.effect("is no URI without scope and service, over http to another machine, or a bare host", () =>
    Effect.gen(function*() {
      const others = ["https://r.example/token", "https://r.example/token?scope=&service=", "r.example"]
      for (const uri of [...others, "http://r.example/token?service=s", "grpcs://r.example/token?service=s"]) {
        assert.isTrue(Option.isNone(yield* parse(uri)), uri)
      }
    }))

  it.effect("may be of the registry that service names, and of the host itself", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
        ["https://auth.example.com/token?service=registry.example.com", ["registry.example.com", "auth.example.com"]],
        ["http://localhost:5001/token?service=localhost:5000", ["localhost:5000", "localhost:5001"]],
        ["https://r.example/token?service=r.example", ["r.example"]],
        ["https://r.example/token?service=container_registry", ["r.example"]],
        ["https://ghcr.io/token?service=quay.io", ["ghcr.io"]],
        ["https://auth.docker.io/token?service=registry.docker.io", ["docker.io"]],
        ["https://auth.docker.io/token/?service=registry.docker.io", ["docker.io"]],
        ["https://gitlab.com/jwt/auth?service=container_registry", ["registry.gitlab.com"]]
      ]
      for (const [uri, hosts] of cases) {
        assert.deepStrictEqual(Option.map(yield* parse(uri), TokenEndpoint.candidates), Option.some(hosts), uri)
      }
    }))
})
