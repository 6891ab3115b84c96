/**
 * The types of ASN.1 that a certificate is made of, in DER.
 *
 * @see https://www.itu.int/rec/T-REC-X.690
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"

const element = (tag: number, content: Buffer): Buffer => {
  const { length } = content
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

/**
 * @since 0.2.0
 * @category constructors
 */
export const sequence = (...elements: ReadonlyArray<Buffer>): Buffer => element(0x30, Buffer.concat(elements))

/**
 * @since 0.2.0
 * @category constructors
 */
export const set = (...elements: ReadonlyArray<Buffer>): Buffer => element(0x31, Buffer.concat(elements))

/**
 * @since 0.2.0
 * @category constructors
 */
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))

/**
 * A number by its bytes in two's complement, without leading zeros.
 *
 * @since 0.2.0
 * @category constructors
 */
export const integer = (bytes: Buffer): Buffer => element(0x02, bytes)

/**
 * @since 0.2.0
 * @category constructors
 */
export const octets = (bytes: Buffer): Buffer => element(0x04, bytes)

/**
 * A bit string, whose last byte has this many unused bits.
 *
 * @since 0.2.0
 * @category constructors
 */
export const bits = (bytes: Buffer, unused = 0): Buffer => element(0x03, Buffer.concat([Buffer.from([unused]), bytes]))

/**
 * @since 0.2.0
 * @category constructors
 */
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text))

const base128 = (value: number): ReadonlyArray<number> => {
  const bytes = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(rest & 0x7f | 0x80)
  return bytes
}

/**
 * An object identifier, such as `2.5.29.19`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const objectId = (id: string): Buffer => {
  const [first = 0, second = 0, ...rest] = id.split(".").map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/**
 * In whole seconds. Dates until 2049 have two digits for the year (RFC 5280, section 4.1.2.5).
 *
 * @since 0.2.0
 * @category constructors
 */
export const time = (instant: DateTime.Utc): Buffer => {
  const digits = DateTime.formatIso(instant).replaceAll(/[-:T]|\.\d+/g, "")
  return DateTime.getPartUtc(instant, "year") < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits))
}

/**
 * A primitive value with a tag of its context.
 *
 * @since 0.2.0
 * @category constructors
 */
export const tagged = (tag: number, content: Buffer): Buffer => element(0x80 | tag, content)

/**
 * An element within a tag of its context.
 *
 * @since 0.2.0
 * @category constructors
 */
export const explicit = (tag: number, content: Buffer): Buffer => element(0xa0 | tag, content)
