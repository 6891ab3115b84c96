import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { rootCertificates } from "node:tls"
import * as CertificateBundle from "../../src/http/CertificateBundle.ts"

const certificates = rootCertificates.slice(0, 8)

const body = (pem: string): string => pem.split("\n").slice(1, -1).join("\n")

/** A certificate in a spelling that OpenSSL or Go reads. */
const readable = FastCheck.tuple(
  FastCheck.constantFrom(...certificates),
  FastCheck.constantFrom(
    (pem: string) => pem,
    (pem: string) => pem.replaceAll("\n", "\r\n"),
    (pem: string) => pem.replaceAll("\n", "\n  "),
    (pem: string) => pem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"),
    (pem: string) => pem.replaceAll("CERTIFICATE", "X509 CERTIFICATE"),
    (pem: string) => `Certificate:\n    Data: Issuer: CN = x\n${pem}`,
    (pem: string) => `${pem.split("\n")[0]}\n${body(pem).replaceAll("\n", "")}\n${pem.split("\n").at(-1)}`
  )
).map(([pem, spell]) => ({ text: spell(pem), holds: CertificateBundle.derOf(pem), isDamaged: false }))

/** A block that was meant to be a certificate. */
const damaged = FastCheck.tuple(
  FastCheck.constantFrom(...certificates),
  FastCheck.constantFrom(
    () => "-----BEGIN CERTIFICATE-----\nrubbish!\n-----END CERTIFICATE-----",
    () => "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
    () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    () => "-----BEGIN CERTIFICATE-----",
    (pem: string) => pem.slice(0, pem.length / 2),
    (pem: string) => pem.replace("END CERTIFICATE", "END PRIVATE KEY"),
    (pem: string) => pem.replace("-----END CERTIFICATE-----", ""),
    (pem: string) => pem.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n"),
    (pem: string) => pem.replace("MII", "!MII"),
    (pem: string) => pem.replace("MII", "MIJ")
  )
).map(([pem, damage]) => ({ text: damage(pem), holds: undefined, isDamaged: true }))

/** What is no certificate, and is not meant to be one. */
const other = FastCheck.constantFrom(
  "# Corp Root CA",
  "",
  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
  "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
  "MIIB"
).map((text) => ({ text, holds: undefined, isDamaged: false }))

describe("CertificateBundle", () => {
  it("finds each readable certificate, in any order and beside any damage", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.oneof(readable, damaged, other), { maxLength: 12 }),
        FastCheck.constantFrom("\n", "\r\n", "\n\n"),
        (parts, separator) => {
          const bundle = CertificateBundle.fromPem(parts.map(({ text }) => text).join(separator))
          const held = parts.flatMap(({ holds }) => holds ?? [])
          assert.deepStrictEqual([...bundle.certificates.keys()].sort(), [...new Set(held)].sort())
          assert.strictEqual(bundle.readable, held.length)
          assert.strictEqual(bundle.unreadable, parts.filter(({ isDamaged }) => isDamaged).length)
        }
      ),
      { numRuns: 300 }
    )
  })

  it("reads any text", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
      assert.deepInclude(CertificateBundle.fromPem(text), { readable: 0, unreadable: 0 })
    }))
  })

  it("counts known certificates without parsing them", () => {
    const text = certificates.join("\n")
    const known = new Set(certificates.map(CertificateBundle.derOf))
    assert.deepInclude(CertificateBundle.fromPem(text, known), { readable: 8, unreadable: 0 })
    assert.strictEqual(CertificateBundle.fromPem(text, known).certificates.size, 0)
  })

  it("takes time in proportion to a file without an end", () => {
    const text = "-----BEGIN CERTIFICATE-----\n".repeat(50_000)
    assert.strictEqual(CertificateBundle.fromPem(text).unreadable, 50_000)
    assert.strictEqual(CertificateBundle.fromPem(`-----BEGIN CERTIFICATE-----${"A\n".repeat(1_000_000)}`).unreadable, 1)
  })
})
