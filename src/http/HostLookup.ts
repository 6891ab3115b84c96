/**
 * Looks up addresses of host names.
 *
 * @since 0.2.0
 */
import * as NodeDns from "node:dns"
import type { LookupFunction } from "node:net"
import * as Address from "./Address.ts"

const loopback = [{ address: "127.0.0.1", family: 4 }, { address: "::1", family: 6 }]

/**
 * Names below `localhost` are this machine (RFC 6761 section 6.3), and no DNS server may say otherwise.
 *
 * @since 0.2.0
 * @category accessors
 */
export const lookup: LookupFunction = (hostname, options, callback) => {
  if (!Address.isBelowLocalhost(hostname)) NodeDns.lookup(hostname, options, callback)
  else if (options.all === true) callback(null, loopback)
  else callback(null, "127.0.0.1", 4)
}
