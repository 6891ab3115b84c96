import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as NearKeys from "../../src/docker/NearKeys.ts"
import * as FakeProcess from "../../src/testing/FakeProcess.ts"
import { always, entry, home, lookup, type Setup, text } from "./fixture.ts"

const near = (keys: ReadonlyArray<string>, host: string) => Option.getOrNull(NearKeys.describe(keys, host))

describe("NearKeys", () => {
  it("names another port, spelling or scheme of the same host", () => {
    const cases: ReadonlyArray<readonly [host: string, keys: ReadonlyArray<string>, described: string]> = [
      ["localhost:5804", ["127.0.0.1:5804", "localhost:5805", "quay.io"], "127.0.0.1:5804 and localhost:5805"],
      ["127.0.0.1:5000", ["localhost:5000", "[::1]:5000"], "localhost:5000 and [::1]:5000"],
      ["a.example.com", ["a.example.com:8443"], "a.example.com:8443"],
      ["a.example.com", ["a.example.com.", "www.a.example.com"], "a.example.com. and www.a.example.com"],
      ["a.example.com.", ["https://a.example.com"], "https://a.example.com"],
      ["a.example.com", ["oci://a.example.com"], "oci://a.example.com"],
      ["a.example.com", ["a.example.com/team"], "a.example.com/team"],
      ["a.example.com", ["b.example.com", "a.example.com:1"], "a.example.com:1 and b.example.com"],
      ["eu.gcr.io", ["gcr.io"], "gcr.io"],
      [
        "1.io",
        ["1.io:1", "1.io:2", "1.io:3", "1.io:4", "1.io:5", "1.io:6"],
        "1.io:1, 1.io:2, 1.io:3, 1.io:4 and 2 more"
      ]
    ]
    for (const [host, keys, described] of cases) assert.strictEqual(near(keys, host), described)
  })

  it("names no other host, and no key with a user", () => {
    const keys = [
      "quay.io",
      "https://index.docker.io/v1/",
      "b.io",
      "10.0.0.2",
      "[fe80::1]",
      "u:hunter2@a.io",
      "",
      "://"
    ]
    for (const host of ["ghcr.io", "a.io", "10.0.0.1", "[fe80::2]:5000", "localhost"]) assert.isNull(near(keys, host))
  })

  it.prop("describes any keys in one short line, in linear time", [
    FastCheck.array(FastCheck.string()),
    FastCheck.string()
  ], (
    [keys, host]
  ) => {
    assert.isAtMost((near(keys.map((key) => `${host}/${key}`), host) ?? "").length, 500)
  })

  it("takes linear time for one MiB", () => {
    for (const part of ["a", ".", "-", "a.", "127.", "[", "/", "a://", "localhost."]) {
      const key = part.repeat(Math.ceil(1024 * 1024 / part.length))
      const started = performance.now()
      near([key, `${key}!`], `${key}:1`)
      assert.isBelow(performance.now() - started, 30_000, part)
    }
  }, 240_000)
})

describe("a lookup that finds no login", () => {
  const warnings = (config: unknown, host: string, more: Setup = {}) =>
    Effect.map(
      lookup({ config, ...more }, host),
      ({ provenance }) => provenance.steps.flatMap((step) => step._tag === "Warned" ? [step.text] : [])
    )

  it.effect("warns of the near ones, by their names alone", () =>
    Effect.gen(function*() {
      const config = { auths: { "127.0.0.1:5804": entry("u", "hunter2") }, credHelpers: { "localhost:5805": "x" } }
      assert.deepEqual(yield* warnings(config, "localhost:5804"), [
        `${home} has no entry for localhost:5804; it has 127.0.0.1:5804 and localhost:5805. ` +
        "To log in to localhost:5804, run docker login localhost:5804."
      ])
      assert.deepEqual(yield* warnings(config, "ghcr.io"), [])
    }))

  it.effect("warns of an empty entry whose store is not named", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* warnings({ auths: { "a.io": {} } }, "a.io"), [
        `${home} has an entry for a.io, but its login is gone. To log in again, run docker login a.io.`
      ])
    }))

  it.effect("does not advise docker login for a helper that takes no login", () =>
    Effect.gen(function*() {
      const helpers = { "docker-credential-gcloud": always(FakeProcess.notFound) }
      const config = { credHelpers: { "gcr.io": "gcloud" }, auths: { "gcr.io": {} } }
      assert.deepEqual(yield* warnings(config, "gcr.io", { helpers }), [
        `${home} has an entry for gcr.io, but its login is gone. To log in again, ` +
        "check the login behind docker-credential-gcloud by hand: echo gcr.io | docker-credential-gcloud get."
      ])
    }))

  it.effect("does not advise docker login alone while its store does not work", () =>
    Effect.gen(function*() {
      const config = { credsStore: "s", auths: { "a.io:5000": entry("u") } }
      const [, missing] = yield* warnings(config, "a.io")
      assert.include(
        missing,
        `To log in to a.io, remove the line "credsStore" from ${home}, then run docker login a.io.`
      )
      const helpers = { "docker-credential-s": always({ exit: 1 }) }
      const [, broken] = yield* warnings(config, "a.io", { helpers })
      assert.include(broken, "To log in to a.io, mend docker-credential-s, then run docker login a.io.")
    }))

  it.effect("warns of nothing when another file has the login", () =>
    Effect.gen(function*() {
      const files = { "/home/u/.config/containers/auth.json": text({ auths: { "localhost:5804": entry("u") } }) }
      assert.deepEqual(yield* warnings({ auths: { "localhost:5805": entry("u") } }, "localhost:5804", { files }), [])
    }))
})
