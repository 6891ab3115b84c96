import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { BlockList, isIPv6 } from "node:net"
import * as Address from "../../src/http/Address.ts"

const kind = (host: string) => Address.kind(new URL(`https://${host}/`).hostname)

const v4 = new BlockList()
const v6 = new BlockList()
for (
  const block of [
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
    ...["192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"]
  ]
) {
  const [address = "", length] = block.split("/")
  v4.addSubnet(address, Number(length), "ipv4")
}
for (const block of ["::/127", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"]) {
  const [address = "", length] = block.split("/")
  v6.addSubnet(address, Number(length), "ipv6")
}

/** Addresses near the borders of the blocks, and everywhere else. */
const address4 = FastCheck.oneof(
  FastCheck.ipV4(),
  FastCheck.tuple(
    FastCheck.constantFrom(
      "9.255",
      "10.0",
      "100.63",
      "100.64",
      "100.128",
      "127.0",
      "169.254",
      "172.15",
      "172.31",
      "172.32"
    ),
    FastCheck.ipV4()
  ).map(([start, rest]) => `${start}.${rest.split(".").slice(2).join(".")}`)
)

describe("Address", () => {
  it.prop("IPv4 literals are sorted as their blocks say", [address4], ([address]) => {
    assert.strictEqual(kind(address) === "public", !v4.check(address, "ipv4"))
    assert.strictEqual(kind(address) === "loopback", address.startsWith("127."))
  })

  it.prop("an IPv4 address in IPv6 clothes is what it is", [address4], ([address]) => {
    for (const prefix of ["::ffff:", "64:ff9b::"]) assert.strictEqual(kind(`[${prefix}${address}]`), kind(address))
  })

  it.prop("IPv6 literals are sorted as their blocks say", [
    FastCheck.ipV6().filter((address) => isIPv6(address) && !/^[0:]*(ffff:|64:|[\da-f:]*\.)|^(0:)+|^::/i.test(address))
  ], ([address]) => assert.strictEqual(kind(`[${address}]`) === "public", !v6.check(address, "ipv6")))

  it("names", () => {
    for (const host of ["localhost", "LOCALHOST", "a.localhost", "localhost.", "[::1]"]) {
      assert.strictEqual(kind(host), "loopback", host)
    }
    for (const host of ["x.internal", "metadata.google.internal.", "[::]"]) {
      assert.strictEqual(kind(host), "private", host)
    }
    for (const host of ["ghcr.io", "notlocalhost", "localhost.example", "internal.example", "1.2.3.4.example"]) {
      assert.strictEqual(kind(host), "public", host)
    }
  })
})
