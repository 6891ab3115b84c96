/**
 * A certificate for a loopback server, signed by a CA that is made for it.
 *
 * Node.js can sign, but not write certificates. The few types of ASN.1 that one needs are written here.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280
 * @since 0.2.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { isIP } from "node:net"
import * as Der from "./Der.ts"
import type { Tls } from "./LoopbackServer.ts"

const ecdsaWithSha256 = Der.sequence(Der.objectId("1.2.840.10045.4.3.2"))

const nameOf = (commonName: string): Buffer =>
  Der.sequence(Der.set(Der.sequence(Der.objectId("2.5.4.3"), Der.utf8(commonName))))

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  Der.sequence(Der.objectId(id), ...(critical ? [Der.boolean(true)] : []), Der.octets(value))

const basicConstraints = (ca: boolean) => extension("2.5.29.19", Der.sequence(...(ca ? [Der.boolean(true)] : [])), true)
/** The bits are counted from the left: 0 is digitalSignature, 5 keyCertSign. */
const keyUsage = (bit: 0 | 5) => extension("2.5.29.15", Der.bits(Buffer.from([0x80 >> bit]), 7 - bit), true)
const serverAuthentication = extension("2.5.29.37", Der.sequence(Der.objectId("1.3.6.1.5.5.7.3.1")))

/** The 16 bytes of an IPv6 address; WHATWG URL writes it without dots. */
const ipv6 = (address: string): Buffer => {
  const [left = "", right] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::")
  const groups = (text: string) => text === "" ? [] : text.split(":")
  const [first, last] = [groups(left), groups(right ?? "")]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0")
  return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, "0")).join(""), "hex")
}

const alternativeName = (name: string): Buffer => {
  switch (isIP(name)) {
    case 4:
      return Der.tagged(7, Buffer.from(name.split(".").map(Number)))
    case 6:
      return Der.tagged(7, ipv6(name))
    default:
      return Der.tagged(2, Buffer.from(name))
  }
}

const alternativeNames = (names: ReadonlyArray<string>) =>
  extension("2.5.29.17", Der.sequence(...names.map(alternativeName)))

/** Any value identifies a key, such as a part of its hash (RFC 7093). Python and OpenSSL's strict mode want it. */
const keyId = (key: KeyObject): Buffer =>
  createHash("sha256").update(key.export({ type: "spki", format: "der" })).digest().subarray(0, 20)
const subjectKey = (key: KeyObject) => extension("2.5.29.14", Der.octets(keyId(key)))
const authorityKey = (key: KeyObject) => extension("2.5.29.35", Der.sequence(Der.tagged(0, keyId(key))))

interface Content {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly extensions: ReadonlyArray<Buffer>
  readonly issued: DateTime.Utc
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replaceAll(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`

/** Positive, and new for each certificate, because clients tell the certificates of an issuer apart by it. */
const serialNumber = (): Buffer => Der.integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)]))

const certificate = (content: Content, issuerKey: KeyObject): string => {
  const { extensions, issued, issuer, publicKey, subject } = content
  const from = DateTime.subtract(issued, { days: 1 })
  const tbs = Der.sequence(
    Der.explicit(0, Der.integer(Buffer.from([2]))),
    serialNumber(),
    ecdsaWithSha256,
    nameOf(issuer),
    Der.sequence(Der.time(from), Der.time(DateTime.add(from, { days: 365 }))),
    nameOf(subject),
    publicKey.export({ type: "spki", format: "der" }),
    Der.explicit(3, Der.sequence(...extensions))
  )
  return pem(Der.sequence(tbs, ecdsaWithSha256, Der.bits(sign("sha256", tbs, issuerKey))))
}

/**
 * A new key with a certificate for `localhost`, `127.0.0.1`, `::1` and these names or addresses, valid for a year. A client
 * that trusts `ca` (such as by `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `curl --cacert`) accepts it.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (names: ReadonlyArray<string> = []): Effect.Effect<Tls & { readonly ca: string }> =>
  Effect.sync(() => {
    // The time of the machine, because clients in other processes verify the certificate: a `TestClock` starts at 1970.
    const issued = DateTime.unsafeMake(Clock.make().unsafeCurrentTimeMillis())
    const authority = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const server = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const issuer = `Test CA ${randomBytes(4).toString("hex")}`
    const ca = certificate(
      {
        subject: issuer,
        issuer,
        publicKey: authority.publicKey,
        extensions: [basicConstraints(true), keyUsage(5), subjectKey(authority.publicKey)],
        issued
      },
      authority.privateKey
    )
    const all = [...new Set(["localhost", "127.0.0.1", "::1", ...names])]
    const extensions = [
      basicConstraints(false),
      keyUsage(0),
      serverAuthentication,
      alternativeNames(all),
      subjectKey(server.publicKey),
      authorityKey(authority.publicKey)
    ]
    const cert = certificate(
      { subject: "localhost", issuer, publicKey: server.publicKey, extensions, issued },
      authority.privateKey
    )
    return { key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert, ca }
  })
