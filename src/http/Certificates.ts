/**
 * The CA certificates that are trusted: Node's own, and those in `SSL_CERT_FILE`.
 *
 * Node reads `NODE_EXTRA_CA_CERTS` at startup, and ignores it as soon as CA certificates are passed explicitly.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { X509Certificate } from "node:crypto"
import * as NodeTls from "node:tls"
import type { Environment } from "../platform/Environment.ts"
import type { Files } from "../platform/Files.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Certificates {
  /** For `tls.connect` and agents. Certificates are verified even with `NODE_TLS_REJECT_UNAUTHORIZED=0`. */
  readonly options: { readonly rejectUnauthorized: true; readonly secureContext?: NodeTls.SecureContext }
  /** Why `SSL_CERT_FILE` is ignored. */
  readonly note: Option.Option<string>
}

const defaults: Certificates = { options: { rejectUnauthorized: true }, note: Option.none() }

const pemBlocks = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

const parse = Option.liftThrowable((pem: string) => new X509Certificate(pem))

/** `createSecureContext` silently skips what it cannot parse. */
const hasCertificate = (pem: string): boolean =>
  (pem.match(pemBlocks) ?? []).some((block) => Option.isSome(parse(block)))

const contextOf = Option.liftThrowable((bundles: ReadonlyArray<string>) =>
  NodeTls.createSecureContext({ ca: [...NodeTls.rootCertificates, ...bundles] })
)

/**
 * An unusable file is not an error, because most hosts need no extra CA certificate. It is logged, and noted for the
 * message of a rejected certificate.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load = (environment: Environment["Type"], files: Files["Type"]): Effect.Effect<Certificates> =>
  Effect.gen(function*() {
    const read = (path: string) =>
      Effect.map(
        Effect.orElseSucceed(files.readText(path), () => Option.none<string>()),
        Option.filter(hasCertificate)
      )
    const path = yield* environment.get("SSL_CERT_FILE")
    if (Option.isNone(path)) return defaults
    const bundle = yield* read(path.value)
    const extraPath = yield* environment.get("NODE_EXTRA_CA_CERTS")
    const extra = Option.isSome(extraPath) ? yield* read(extraPath.value) : Option.none()
    const context = Option.flatMap(bundle, (pem) => contextOf([pem, ...Option.toArray(extra)]))
    if (Option.isSome(context)) {
      return { options: { ...defaults.options, secureContext: context.value }, note: Option.none() }
    }
    const note = `SSL_CERT_FILE ${path.value} contains no readable certificate`
    yield* Effect.logWarning(`${note} and is ignored`)
    return { ...defaults, note: Option.some(note) }
  })
