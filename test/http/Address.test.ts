import { assert, describe, it } from "@effect/vitest"
import * as Address from "../../src/http/Address.ts"
import * as Subnets from "./subnets.ts"

const kind = (host: string) => Address.kind(new URL(`https://${host}/`).hostname)

const private4: ReadonlyArray<readonly [Subnets.Parts, number]> = [
  [[0, 0, 0, 0], 8],
  [[10, 0, 0, 0], 8],
  [[100, 64, 0, 0], 10],
  [[169, 254, 0, 0], 16],
  [[172, 16, 0, 0], 12],
  [[192, 0, 0, 0], 24],
  [[192, 168, 0, 0], 16],
  [[198, 18, 0, 0], 15],
  [[224, 0, 0, 0], 3]
]

const kind4 = (address: Subnets.Parts): Address.Kind =>
  address[0] === 127
    ? "loopback"
    : private4.some(([network, length]) => Subnets.contains(network, length, address))
    ? "private"
    : "public"

const address4 = Subnets.near([...private4, [[127, 0, 0, 0], 8]], Subnets.ipv4)

const private6: ReadonlyArray<readonly [Subnets.Parts, number]> = [
  [[0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48],
  [[0xfc00, 0, 0, 0, 0, 0, 0, 0], 7],
  [[0xfe80, 0, 0, 0, 0, 0, 0, 0], 10],
  [[0xfec0, 0, 0, 0, 0, 0, 0, 0], 10],
  [[0xff00, 0, 0, 0, 0, 0, 0, 0], 8]
]

/** They hold an IPv4 address. */
const embeds = ([first = 0, second = 0, third = 0, ...rest]: Subnets.Parts) =>
  (first === 0 && second === 0 && third === 0) || first === 0x2002 ||
  (first === 0x64 && second === 0xff9b && [third, ...rest.slice(0, 3)].every((group) => group === 0))

describe("Address", () => {
  it.prop(
    "sorts IPv4 addresses by their subnets",
    [address4],
    ([address]) => assert.strictEqual(kind(Subnets.host(address)), kind4(address))
  )

  it.prop(
    "sorts IPv4-mapped, IPv4-compatible and NAT64 addresses like the IPv4 address in them",
    [address4],
    ([address]) => {
      const text = Subnets.format(address)
      for (const prefix of ["::ffff:", "64:ff9b::"]) assert.strictEqual(kind(`[${prefix}${text}]`), kind4(address))
      if (text !== "0.0.0.1") assert.strictEqual(kind(`[::${text}]`), kind4(address))
    }
  )

  it.prop(
    "sorts other addresses with an IPv4 address in them as private unless that is public",
    [address4],
    ([address]) => {
      const expected = kind4(address) === "public" ? "public" : "private"
      const [a = 0, b = 0, c = 0, d = 0] = address
      const hex = (high: number, low: number) => (high * 256 + low).toString(16)
      assert.strictEqual(kind(`[::ffff:0:${Subnets.format(address)}]`), expected)
      assert.strictEqual(kind(`[2002:${hex(a, b)}:${hex(c, d)}::1]`), expected)
    }
  )

  it.prop("sorts IPv6 addresses by their subnets", [
    Subnets.near(private6, Subnets.ipv6).filter((address) => !embeds(address))
  ], ([address]) => {
    const isPrivate = private6.some(([network, length]) => Subnets.contains(network, length, address))
    assert.strictEqual(kind(Subnets.host(address)), isPrivate ? "private" : "public")
  })

  it("sorts names, and the addresses of this machine", () => {
    for (const host of ["localhost", "LOCALHOST", "a.localhost", "localhost.", "127.0.0.1.", "127.1", "[::1]"]) {
      assert.strictEqual(kind(host), "loopback", host)
    }
    for (const host of ["x.internal", "metadata.google.internal.", "[::]", "0x0a000001"]) {
      assert.strictEqual(kind(host), "private", host)
    }
    for (const host of ["ghcr.io", "notlocalhost", "localhost.example", "internal.example", "1.2.3.4.example"]) {
      assert.strictEqual(kind(host), "public", host)
    }
  })
})
