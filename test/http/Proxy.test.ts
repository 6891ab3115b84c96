import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Address from "../../src/http/Address.ts"
import * as Proxy from "../../src/http/Proxy.ts"
import * as TestEnvironment from "../../src/testing/TestEnvironment.ts"
import * as Subnets from "./subnets.ts"

/** The proxy's URL with its authorization, `direct`, or the error. */
const find = (url: string, variables: Readonly<Record<string, string>>) =>
  Proxy.find(TestEnvironment.make(variables), new URL(url.includes("://") ? url : `https://${url}/v2/`)).pipe(
    Effect.match({
      onFailure: ({ detail }) => detail,
      onSuccess: Option.match({
        onNone: () => "direct",
        onSome: ({ authorization, url }) =>
          [url.href, ...Option.toArray(Option.map(authorization, Redacted.value))].join(" ")
      })
    })
  )

const proxy = "http://proxy.corp:3128/"

describe("Proxy", () => {
  it.effect("prefers lower case to upper case and HTTPS_PROXY to ALL_PROXY, and ignores empty variables", () =>
    Effect.gen(function*() {
      const all = {
        https_proxy: "http://p1/",
        HTTPS_PROXY: "http://p2/",
        all_proxy: "http://p3/",
        ALL_PROXY: "http://p4/"
      }
      assert.strictEqual(yield* find("ghcr.io", all), "http://p1/")
      assert.strictEqual(yield* find("ghcr.io", { ...all, https_proxy: "" }), "http://p2/")
      assert.strictEqual(yield* find("ghcr.io", { all_proxy: "http://p3/", ALL_PROXY: "http://p4/" }), "http://p3/")
      assert.strictEqual(yield* find("ghcr.io", { ALL_PROXY: "http://p4/" }), "http://p4/")
      assert.strictEqual(yield* find("ghcr.io", { HTTP_PROXY: "http://p5/" }), "direct")
      assert.strictEqual(yield* find("ghcr.io", {}), "direct")
    }))

  it.effect("uses http for a proxy without a scheme, and takes the credentials out of its URL", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* find("ghcr.io", { HTTPS_PROXY: "proxy.corp:3128" }), proxy)
      assert.strictEqual(yield* find("ghcr.io", { HTTPS_PROXY: "https://proxy.corp" }), "https://proxy.corp/")
      assert.strictEqual(
        yield* find("ghcr.io", { HTTPS_PROXY: "http://u:p%40%2F@proxy.corp:3128" }),
        `${proxy} Basic ${Buffer.from("u:p@/").toString("base64")}`
      )
      assert.strictEqual(
        yield* find("ghcr.io", { HTTPS_PROXY: "http://u:50%@proxy.corp:3128" }),
        `${proxy} Basic ${Buffer.from("u:50%").toString("base64")}`
      )
    }))

  it.effect("reports a proxy that cannot be used, without its password", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* find("ghcr.io", { ALL_PROXY: "socks5h://u:canary@h:1080" }),
        "ALL_PROXY is a socks5h proxy; only http and https proxies are supported"
      )
      assert.strictEqual(yield* find("ghcr.io", { https_proxy: "http://u:canary@:x" }), "https_proxy is not a URL")
    }))

  const exceptions: ReadonlyArray<readonly [string, string, boolean]> = [
    ["ghcr.io", "ghcr.io", true],
    ["GHCR.IO", "ghcr.io", true],
    ["ghcr.io", "GHCR.io.", true],
    ["a.corp.example", "corp.example", true],
    ["a.corp.example", ".corp.example", true],
    ["corp.example", ".corp.example", true],
    ["a.corp.example", "*.corp.example", true],
    ["evilcorp.example", "corp.example", false],
    ["ghcr.io", "*", true],
    ["ghcr.io", "x,, *", true],
    ["ghcr.io", "quay.io ghcr.io", true],
    ["ghcr.io", "quay.io,ghcr.io", true],
    ["ghcr.io", "", false],
    ["ghcr.io", ",", false],
    ["ghcr.io", ".", false],
    ["r.example:5000", "r.example:5000", true],
    ["r.example:5001", "r.example:5000", false],
    ["r.example:5000", "r.example", true],
    ["r.example", "r.example:443", true],
    ["10.0.0.5", "10.0.0.5", true],
    ["[2001:db8::1]:5000", "2001:db8::1", true],
    ["[2001:db8::1]:5000", "[2001:db8::1]", true],
    ["[2001:db8::1]:5000", "[2001:db8::1]:5000", true],
    ["[2001:db8::1]:5000", "[2001:db8::1]:5001", false],
    ["ghcr.io", "ghcr.+", false],
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["10.1.2.3", "quay.io,10.0.0.0/8", true],
    ["10.1.2.3:5000", "10.0.0.0/8:5000", true],
    ["10.1.2.3:5001", "10.0.0.0/8:5000", false],
    ["10.1.2.3", "0.0.0.0/0", true],
    ["[::ffff:10.1.2.3]", "10.0.0.0/8", true],
    ["10.1.2.3", "fd00::/8", false],
    ["[fd12::1]", "fd00::/8", true],
    ["[fd12::1]", "[fd00::/8]", true],
    ["[fd12::1]:5000", "[fd00::/8]:5000", true],
    ["[fe12::1]", "fd00::/8", false],
    ["[fd12::1]", "10.0.0.0/8", false],
    ["[fd12::1]", "FD12:0:0::0001", true],
    ["10.example", "10.0.0.0/8", false],
    ["10.1.2.3", "10.0.0.0/33", false],
    ["10.1.2.3", "10.0.0.0/", false],
    ["10.1.2.3", "10.0.0.0/8/8", false],
    ["10.1.2.3", "10/8", false],
    ["10.1.2.3", "example/8", false],
    ["10.1.2.3", "2.3", false]
  ]
  for (const [host, list, direct] of exceptions) {
    it.effect(`NO_PROXY="${list}": ${host} is reached ${direct ? "directly" : "through the proxy"}`, () =>
      Effect.map(
        find(host, { HTTPS_PROXY: proxy, NO_PROXY: list }),
        (got) => assert.strictEqual(got, direct ? "direct" : proxy)
      ))
  }

  it.effect.prop("NO_PROXY takes subnets of both families", [
    FastCheck.oneof(FastCheck.tuple(Subnets.ipv4, FastCheck.nat(32)), FastCheck.tuple(Subnets.ipv6, FastCheck.nat(128)))
      .chain(([network, length]) =>
        FastCheck.tuple(
          FastCheck.constant(network),
          FastCheck.constant(length),
          Subnets.near([[network, length]], network.length === 4 ? Subnets.ipv4 : Subnets.ipv6)
        )
      )
  ], ([[network, length, address]]) => {
    const host = Subnets.host(address)
    const isDirect = Subnets.contains(network, length, address) ||
      Address.isLoopback(new URL(`https://${host}`).hostname)
    return Effect.map(
      find(host, { HTTPS_PROXY: proxy, NO_PROXY: `${Subnets.format(network)}/${length}` }),
      (got) => assert.strictEqual(got, isDirect ? "direct" : proxy)
    )
  })

  it.effect("prefers no_proxy to NO_PROXY", () =>
    Effect.map(
      find("ghcr.io", { HTTPS_PROXY: proxy, no_proxy: "quay.io", NO_PROXY: "*" }),
      (got) => assert.strictEqual(got, proxy)
    ))

  it.effect("never uses a proxy for this machine, not even an unusable one", () =>
    Effect.gen(function*() {
      for (const host of ["localhost:5000", "127.0.0.1:5000", "[::1]:5000", "a.localhost"]) {
        for (const scheme of ["http", "https"]) {
          assert.strictEqual(yield* find(`${scheme}://${host}/`, { HTTPS_PROXY: proxy, http_proxy: proxy }), "direct")
        }
        assert.strictEqual(yield* find(`https://${host}/`, { ALL_PROXY: "socks5://x" }), "direct")
      }
    }))
})
