/** Subnets by arithmetic, as a model for `net.BlockList`. */
import * as FastCheck from "effect/FastCheck"

/** The octets of an IPv4 address, or the eight groups of an IPv6 address. */
export type Parts = ReadonlyArray<number>

export const format = (parts: Parts): string =>
  parts.length === 4 ? parts.join(".") : parts.map((group) => group.toString(16)).join(":")

/** As the host of a URL. */
export const host = (parts: Parts): string => parts.length === 4 ? format(parts) : `[${format(parts)}]`

const widthOf = (parts: Parts): number => parts.length === 4 ? 8 : 16

const bits = (parts: Parts): string => parts.map((part) => part.toString(2).padStart(widthOf(parts), "0")).join("")

export const contains = (network: Parts, prefixLength: number, address: Parts): boolean =>
  network.length === address.length && bits(network).slice(0, prefixLength) === bits(address).slice(0, prefixLength)

/** The address with one bit inverted. */
export const flip = (parts: Parts, bit: number): Parts => {
  const width = widthOf(parts)
  return parts.map((part, i) => i === Math.floor(bit / width) ? part ^ (1 << (width - 1 - bit % width)) : part)
}

const tuple = (length: number, max: number): FastCheck.Arbitrary<Parts> =>
  FastCheck.array(FastCheck.oneof(FastCheck.constantFrom(0, max), FastCheck.nat(max)), {
    minLength: length,
    maxLength: length
  })

export const ipv4 = tuple(4, 0xff)
export const ipv6 = tuple(8, 0xffff)

/** Addresses at both sides of the borders of the given subnets, and anywhere. */
export const near = (
  subnets: ReadonlyArray<readonly [Parts, number]>,
  anywhere: FastCheck.Arbitrary<Parts>
): FastCheck.Arbitrary<Parts> =>
  FastCheck.oneof(
    anywhere,
    FastCheck.tuple(FastCheck.constantFrom(...subnets), FastCheck.nat(127), anywhere).map(
      ([[network, prefixLength], bit, rest]) => {
        const inside = network.map((part, i) => {
          const kept = Math.max(0, Math.min(widthOf(network), prefixLength - i * widthOf(network)))
          const mask = (1 << (widthOf(network) - kept)) - 1
          return (part & ~mask) | ((rest[i] ?? 0) & mask)
        })
        return bit < network.length * widthOf(network) ? flip(inside, bit) : inside
      }
    )
  )
