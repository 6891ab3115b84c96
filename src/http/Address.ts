/**
 * Classifies host names and IP literals without a DNS lookup.
 *
 * @since 0.1.0
 */
import { BlockList, isIP } from "node:net"

/**
 * - `loopback`: this machine.
 * - `private`: not on the public internet: RFC 1918, link-local, carrier-grade NAT, multicast, reserved, unspecified.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "loopback" | "private" | "public"

type Subnet = readonly [address: string, prefixLength: number]

const loopback4: Subnet = ["127.0.0.0", 8]

const loopback6: ReadonlyArray<Subnet> = [
  ["::1", 128],
  ["::127.0.0.0", 104],
  ["64:ff9b::127.0.0.0", 104]
]

const private4: ReadonlyArray<Subnet> = [
  ["0.0.0.0", 8], // this network, and the unspecified address
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carrier-grade NAT
  ["169.254.0.0", 16], // link-local: cloud metadata services
  ["172.16.0.0", 12],
  ["192.0.0.0", 24], // IETF protocol assignments
  ["192.168.0.0", 16],
  ["198.18.0.0", 15], // benchmarking
  ["224.0.0.0", 3] // multicast, reserved, broadcast
]

const private6: ReadonlyArray<Subnet> = [
  ["::", 128], // unspecified
  ["64:ff9b:1::", 48], // local-use NAT64, RFC 8215
  ["fc00::", 7], // unique local
  ["fe80::", 10], // link-local
  ["fec0::", 10], // site-local, RFC 3879
  ["ff00::", 8] // multicast
]

const hex = (address: string): string =>
  address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0")).join("").replace(/.{4}/, "$&:")

/** The IPv6 subnets that lead to an IPv4 subnet. `BlockList` itself handles IPv4-mapped addresses. */
const embedded = ([address, length]: Subnet): ReadonlyArray<Subnet> => [
  [`::${address}`, 96 + length], // IPv4-compatible, RFC 4291 section 2.5.5.1
  [`::ffff:0:${address}`, 96 + length], // IPv4-translated, RFC 2765 section 2.1
  [`64:ff9b::${address}`, 96 + length], // NAT64, RFC 6052
  [`2002:${hex(address)}::`, 16 + length] // 6to4, RFC 3056
]

const blockList = (v4: ReadonlyArray<Subnet>, v6: ReadonlyArray<Subnet>): BlockList => {
  const list = new BlockList()
  for (const [address, length] of v4) list.addSubnet(address, length, "ipv4")
  for (const [address, length] of v6) list.addSubnet(address, length, "ipv6")
  return list
}

const loopbackList = blockList([loopback4], loopback6)
const privateList = blockList(private4, [...private6, ...[loopback4, ...private4].flatMap(embedded)])

const kindOfAddress = (address: string, family: "ipv4" | "ipv6"): Kind =>
  loopbackList.check(address, family) ? "loopback" : privateList.check(address, family) ? "private" : "public"

/**
 * Whether a name is below `localhost`.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isBelowLocalhost = (hostname: string): boolean => /\.localhost\.?$/.test(hostname)

/**
 * The kind of a `URL`'s `hostname`, which is in lower case, with IPv6 addresses in brackets.
 *
 * @since 0.1.0
 * @category predicates
 */
export const kind = (hostname: string): Kind => {
  if (hostname.startsWith("[")) return kindOfAddress(hostname.slice(1, -1), "ipv6")
  const host = hostname.replace(/\.$/, "")
  if (isIP(host) === 4) return kindOfAddress(host, "ipv4")
  if (host === "localhost" || isBelowLocalhost(host)) return "loopback"
  return host === "internal" || host.endsWith(".internal") ? "private" : "public"
}

/**
 * Whether the host is this machine. Only there plain http is allowed, and no proxy is used.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLoopback = (hostname: string): boolean => kind(hostname) === "loopback"

/** Where clouds hand out the credentials of a machine, beside the link-local addresses. */
const metadataList = blockList([
  ["169.254.0.0", 16],
  ["100.100.100.200", 32], // Alibaba Cloud
  ["168.63.129.16", 32], // Azure
  ["192.0.0.192", 32] // Oracle Cloud
], [
  ["fd00:ec2::254", 128], // AWS
  ["fd20:ce::254", 128], // Google Cloud
  ["fe80::a9fe:a9fe", 128], // OpenStack
  ...([["169.254.0.0", 16], ["100.100.100.200", 32], ["168.63.129.16", 32]] as const).flatMap(embedded)
])

const metadataNames = new Set([
  ...["metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.azure.com"],
  ...["instance-data", "instance-data.ec2.internal", "metadata.tencentyun.com"]
])

/**
 * Whether the host is a metadata service of a cloud, which gives the machine's own credentials to those who ask.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isMetadata = (hostname: string): boolean => {
  if (hostname.startsWith("[")) return metadataList.check(hostname.slice(1, -1), "ipv6")
  const host = hostname.replace(/\.$/, "")
  return isIP(host) === 4 ? metadataList.check(host, "ipv4") : metadataNames.has(host)
}
