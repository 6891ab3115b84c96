/**
 * Takes a PEM bundle apart, so that each certificate counts by itself. OpenSSL and BoringSSL drop a bundle, or the rest of
 * it, at the first block that they cannot read.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import { X509Certificate } from "node:crypto"

/**
 * @since 0.2.0
 * @category models
 */
export interface CertificateBundle {
  /** PEM of the certificates that were not known, by the base64 of their DER encoding. */
  readonly certificates: ReadonlyMap<string, string>
  /** The number of certificates, also of those that were known. */
  readonly readable: number
  /** The number of blocks that are no certificate. */
  readonly unreadable: number
}

const label = "(?:TRUSTED |X509 )?CERTIFICATE"
const beginnings = new RegExp(`-----BEGIN ${label}-----`, "g")
const blocks = new RegExp(`-----BEGIN (${label})-----([^-]*)-----END \\1-----`, "g")

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

const parse = Option.liftThrowable((der: string) => new X509Certificate(Buffer.from(der, "base64")))

/**
 * `known` holds certificates that need not be parsed.
 *
 * @since 0.2.0
 * @category decoding
 */
export const fromPem = (text: string, known: ReadonlySet<string> = new Set()): CertificateBundle => {
  const certificates = new Map<string, string>()
  let readable = 0
  for (const [, , body = ""] of text.matchAll(blocks)) {
    const der = body.replace(/\s+/g, "")
    const isKnown = known.has(der) || certificates.has(der)
    const certificate = isKnown || !base64.test(der) ? Option.none() : parse(der)
    if (Option.isSome(certificate)) certificates.set(der, certificate.value.toString())
    if (isKnown || Option.isSome(certificate)) readable += 1
  }
  return { certificates, readable, unreadable: (text.match(beginnings) ?? []).length - readable }
}

/**
 * The base64 of a certificate's DER encoding.
 *
 * @since 0.2.0
 * @category encoding
 */
export const derOf = (pem: string): string => pem.replace(/-----[^-]+-----|\s+/g, "")
