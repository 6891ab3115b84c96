/**
 * Says in words why a TLS connection was not established, and what to do.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as ForeignText from "../domain/ForeignText.ts"
import * as Address from "./Address.ts"
import type { Certificate, Inspection } from "./Inspection.ts"

/**
 * @since 0.2.0
 * @category models
 */
export interface TlsFault {
  /** The certificate was rejected, or there is no TLS. */
  readonly reason: "Certificate" | "Protocol"
  /** Continues "The certificate of HOST" or "HOST". */
  readonly detail: string
}

/**
 * What is known about a fault.
 *
 * @since 0.2.0
 * @category models
 */
export interface Facts {
  readonly code: string
  /** The host in the URL, an IPv6 address with or without brackets. */
  readonly hostname: string
  readonly inspection: Option.Option<Inspection>
  /** The file that `NODE_EXTRA_CA_CERTS` names. */
  readonly extra: Option.Option<string>
}

const unknownAuthority = /^(?:CERT_UNTRUSTED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_|UNABLE_TO_)/

const noTls = /^(?:EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_HTTP_REQUEST|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/

const certificateCodes =
  /^(?:CA_|CERT_|CRL_|DEPTH_|EE_|ERROR_IN_CERT|ERR_TLS_CERT|HOSTNAME_|INVALID_|PATH_LENGTH|SELF_SIGNED|UNABLE_|UNKNOWN_CERT|UNSPECIFIED)/

const tlsCodes = /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/

/**
 * Whether the error code is one of a TLS connection that was not established.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isTlsCode = (code: string): boolean => certificateCodes.test(code) || tlsCodes.test(code)

/**
 * Whether other CA certificates might verify the server.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isUnknownAuthority = (code: string): boolean => unknownAuthority.test(code)

const maxNameLength = 80
const maxNames = 5

const quote = (name: string): string => `"${ForeignText.oneLine(name, maxNameLength)}"`

const day = (time: number): string => DateTime.formatIsoDateUtc(DateTime.unsafeMake(time))

const minute = (time: number): string =>
  `${DateTime.formatIso(DateTime.unsafeMake(time)).slice(0, 16).replace("T", " ")} UTC`

/** An advice that holds for the root, the issuing CA and the server's own certificate. */
const trust = (subject: string, { extra }: Facts): string =>
  `If you trust it, ` + Option.match(extra, {
    onNone: () => `save ${subject} in a PEM file and set NODE_EXTRA_CA_CERTS to its path`,
    onSome: (path) => `add ${subject} to ${path}, the PEM file that NODE_EXTRA_CA_CERTS names`
  })

const chainOf = ({ inspection }: Facts): ReadonlyArray<Certificate> =>
  Option.match(inspection, { onNone: () => [], onSome: ({ chain }) => chain })

const untrusted = (facts: Facts): string => {
  const top = chainOf(facts).at(-1)
  if (facts.code === "DEPTH_ZERO_SELF_SIGNED_CERT") {
    return `is self-signed (${facts.code}). ${trust("it", facts)}.`
  }
  if (top === undefined) {
    return `is signed by a CA that is not trusted here (${facts.code}). ${trust("its CA certificate", facts)}.`
  }
  return `is signed by ${quote(top.issuer)}, which is not trusted here (${facts.code}). ${
    trust("its CA certificate", facts)
  }.`
}

/** A difference of the clocks that explains nothing. */
const sameClockMillis = 5 * 60_000

type Validity = Pick<Certificate, "validFrom" | "validTo">

const clocks = ({ inspection }: Facts, isValidAt: (time: number) => boolean): string => {
  if (Option.isNone(inspection)) return "Check this machine's clock. If it is right, the certificate must be replaced."
  const { date, lookedAt } = inspection.value
  const here = `This machine's clock says ${minute(lookedAt)}`
  if (Option.isNone(date)) return `${here}. If that is wrong, set it; otherwise the certificate must be replaced.`
  if (Math.abs(date.value - lookedAt) <= sameClockMillis) {
    return `${here}, as the server's does. The certificate must be replaced.`
  }
  const both = `${here}, the server's ${minute(date.value)}.`
  return isValidAt(date.value)
    ? `${both} Set this machine's clock.`
    : `${both} Set the clock that is wrong; if that is the server's, the certificate must be replaced.`
}

const covers = ({ validFrom, validTo }: Validity, time: number): boolean => validFrom <= time && time <= validTo

const outdated = (facts: Facts): string => {
  const { code, inspection } = facts
  const chain = chainOf(facts)
  const now = Option.match(inspection, { onNone: () => 0, onSome: ({ lookedAt }) => lookedAt })
  const at = chain.findIndex((certificate) => !covers(certificate, now))
  const certificate = chain[at]
  if (certificate === undefined) {
    const fact = code === "CERT_NOT_YET_VALID" ? "is not valid yet" : "has expired"
    return `${fact} (${code}). ${clocks(facts, () => false)}`
  }
  const { subject, validFrom, validTo } = certificate
  const when = now < validFrom ? `is valid from ${day(validFrom)} on` : `expired on ${day(validTo)}`
  const fact = at === 0 ? when : `is signed by ${quote(subject)}, whose certificate ${when}`
  return `${fact} (${code}). ${clocks(facts, (time) => covers(certificate, time))}`
}

const otherName = (facts: Facts): string => {
  const [certificate] = chainOf(facts)
  const host = facts.hostname.replace(/^\[|\]$/g, "")
  const names = certificate?.names ?? []
  const shown = names.slice(0, maxNames).map((name) => ForeignText.oneLine(name, maxNameLength)).join(", ")
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : ""
  const fact = names.length === 0 ? `is not for ${host}` : `is for ${shown}${more}, not for ${host}`
  return `${fact} (${facts.code}). Use a name that it is for, or have it replaced.`
}

const withoutTls = (facts: Facts): string => {
  if (!Option.exists(facts.inspection, ({ responded }) => responded)) {
    return `does not speak TLS on this port (${facts.code}). Check the port.`
  }
  return Address.isLoopback(facts.hostname)
    ? `speaks http, not https (${facts.code}). Write http:// in the URL.`
    : `speaks http, not https (${facts.code}). Plain http is used only for a registry on this machine: set up TLS on the server.`
}

/**
 * Whether the server may speak http.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isWithoutTls = (code: string): boolean => noTls.test(code)

/**
 * A request over http to a port for https.
 *
 * @since 0.2.0
 * @category constructors
 */
export const httpsExpected = (host: string): TlsFault => ({
  reason: "Protocol",
  detail: `expects https, and was asked over http. Use https://${host}.`
})

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = (facts: Facts): TlsFault => {
  const { code } = facts
  if (noTls.test(code)) return { reason: "Protocol", detail: withoutTls(facts) }
  if (isUnknownAuthority(code)) return { reason: "Certificate", detail: untrusted(facts) }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return { reason: "Certificate", detail: outdated(facts) }
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") {
    return { reason: "Certificate", detail: otherName(facts) }
  }
  return certificateCodes.test(code)
    ? { reason: "Certificate", detail: `is not acceptable (${code}). It must be replaced.` }
    : {
      reason: "Protocol",
      detail: `ended the TLS handshake (${code}). It may require other TLS versions or a client certificate.`
    }
}

/**
 * The same for a proxy, whose certificate is not looked at, in words that follow "PROXY: ".
 *
 * @since 0.2.0
 * @category rendering
 */
export const ofProxy = (code: string): string => {
  if (noTls.test(code)) return `does not speak TLS, so its URL begins with http:// (${code})`
  if (isUnknownAuthority(code)) {
    return `its certificate is signed by a CA that is not trusted here; NODE_EXTRA_CA_CERTS may name a file with it (${code})`
  }
  if (code === "CERT_HAS_EXPIRED") return `its certificate has expired (${code})`
  if (code === "CERT_NOT_YET_VALID") return `its certificate is not valid yet (${code})`
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `its certificate is for another name (${code})`
  return code
}
