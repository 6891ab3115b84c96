/**
 * What kind of place a host name or an address literal stands for. Nothing is looked up.
 *
 * @since 0.1.0
 */

/**
 * `loopback` is this very machine; `private` is every other place that the public network does not reach, or that no
 * server has: RFC 1918, link-local, carrier-grade NAT, multicast, reserved, unspecified.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "loopback" | "private" | "public"

/** First octets of the IPv4 blocks that are not public: [octets, prefix length]. */
const privateBlocks: ReadonlyArray<readonly [number, number]> = [
  [0x00000000, 8], // "this network", with the unspecified address
  [0x0a000000, 8], // 10/8
  [0x64400000, 10], // 100.64/10, carrier-grade NAT
  [0xa9fe0000, 16], // 169.254/16, link-local: cloud metadata services
  [0xac100000, 12], // 172.16/12
  [0xc0000000, 24], // 192.0.0/24
  [0xc0a80000, 16], // 192.168/16
  [0xc6120000, 15], // 198.18/15, benchmarks
  [0xe0000000, 3] // multicast, reserved, broadcast
]

const kind4 = (address: number): Kind => {
  const inBlock = ([block, length]: readonly [number, number]) =>
    (address >>> (32 - length)) === (block >>> (32 - length))
  return inBlock([0x7f000000, 8]) ? "loopback" : privateBlocks.some(inBlock) ? "private" : "public"
}

const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

const parse4 = (host: string): number | undefined => {
  const parts = octets.exec(host)?.slice(1).map(Number)
  return parts === undefined || parts.some((part) => part > 255)
    ? undefined
    : parts.reduce((address, part) => address * 256 + part, 0)
}

/** The eight groups of an IPv6 address in the form that `URL` gives it. */
const groups = (address: string): ReadonlyArray<number> => {
  const [head = "", tail] = address.split("::")
  const parse = (text: string) => text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))
  const left = parse(head)
  const right = parse(tail ?? "")
  return tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

const kind6 = (address: string): Kind => {
  const all = groups(address)
  const last = ((all[6] ?? 0) << 16 | (all[7] ?? 0)) >>> 0
  const upTo = (count: number, prefix: ReadonlyArray<number>) =>
    prefix.every((group, i) => i >= count || all[i] === group)
  if (upTo(6, [0, 0, 0, 0, 0, 0]) && last <= 1) return last === 1 ? "loopback" : "private"
  // IPv4-mapped, IPv4-compatible and NAT64 addresses reach an IPv4 host.
  const carries4 = upTo(6, [0, 0, 0, 0, 0, 0xffff]) || upTo(6, [0, 0, 0, 0, 0, 0]) ||
    upTo(6, [0x64, 0xff9b, 0, 0, 0, 0])
  if (carries4) return kind4(last)
  const first = all[0] ?? 0
  const local = (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || (first & 0xffc0) === 0xfec0
  return local || (first & 0xff00) === 0xff00 ? "private" : "public"
}

const withoutDot = (host: string): string => host.endsWith(".") ? host.slice(0, -1) : host

/**
 * The kind of a `URL`'s `hostname`: lower case, IPv6 in brackets, every spelling of an IPv4 address in its plain form.
 *
 * @since 0.1.0
 * @category predicates
 */
export const kind = (hostname: string): Kind => {
  if (hostname.startsWith("[")) return kind6(hostname.slice(1, -1))
  const host = withoutDot(hostname)
  const address = parse4(host)
  if (address !== undefined) return kind4(address)
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback"
  return host === "internal" || host.endsWith(".internal") ? "private" : "public"
}

/**
 * Is it this very machine? Only there plain http is allowed, and no proxy is used.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLoopback = (hostname: string): boolean => kind(hostname) === "loopback"
