/**
 * The certificate authorities that are trusted: Node's own, and those of `SSL_CERT_FILE`.
 *
 * Node reads `NODE_EXTRA_CA_CERTS` by itself at its start, but forgets it when other authorities are given.
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
  /** For `tls.connect` and the agents. No variable, such as `NODE_TLS_REJECT_UNAUTHORIZED`, switches the check off. */
  readonly options: { readonly rejectUnauthorized: true; readonly secureContext?: NodeTls.SecureContext }
  /** What is wrong with the file that should have been used. */
  readonly note: Option.Option<string>
}

const defaults: Certificates = { options: { rejectUnauthorized: true }, note: Option.none() }

const blocks = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

/** Node passes over what it cannot read without a word. */
const isUsable = (text: string): boolean => (text.match(blocks) ?? []).some((block) => Option.isSome(parse(block)))

const parse = Option.liftThrowable((block: string) => new X509Certificate(block))

const contextOf = Option.liftThrowable((extra: ReadonlyArray<string>) =>
  NodeTls.createSecureContext({ ca: [...NodeTls.rootCertificates, ...extra] })
)

/**
 * A file that cannot be used is no failure here: the variable may be older than the image it stands in, and most
 * registries need no extra authority. It is warned about, and noted for the moment when a certificate is refused.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load = (environment: Environment["Type"], files: Files["Type"]): Effect.Effect<Certificates> =>
  Effect.gen(function*() {
    const read = (name: string) =>
      Effect.gen(function*() {
        const path = yield* environment.get(name)
        if (Option.isNone(path)) return Option.none()
        const text = yield* Effect.orElseSucceed(files.readText(path.value), () => Option.none<string>())
        return Option.some({ path: path.value, text: Option.filter(text, isUsable) })
      })
    const own = yield* read("SSL_CERT_FILE")
    if (Option.isNone(own)) return defaults
    const extra = Option.flatMap(yield* read("NODE_EXTRA_CA_CERTS"), ({ text }) => text)
    const context = Option.flatMap(own.value.text, (text) => contextOf([text, ...Option.toArray(extra)]))
    if (Option.isSome(context)) {
      return { options: { ...defaults.options, secureContext: context.value }, note: Option.none() }
    }
    const note = `SSL_CERT_FILE ${own.value.path} holds no certificate that can be read`
    yield* Effect.logWarning(`${note}; it is not used`)
    return { ...defaults, note: Option.some(note) }
  })
