/**
 * The CA certificates that are trusted: the runtime's own, the system's, and those that `SSL_CERT_FILE`, `SSL_CERT_DIR` and
 * `NODE_EXTRA_CA_CERTS` name. Each of them counts by itself: one of an issuing CA, or of the server itself, is enough.
 *
 * Most servers have a certificate that the runtime's own CA certificates verify, so the system's are read only for one that
 * they do not: the directories take 50 ms, and Node.js needs 30 ms for a context with other CA certificates than its own.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeTls from "node:tls"
import type { Environment } from "../platform/Environment.ts"
import * as Files from "../platform/Files.ts"
import * as CertificateBundle from "./CertificateBundle.ts"
import * as SystemCertificates from "./SystemCertificates.ts"

/**
 * For `tls.connect` and agents. Certificates are verified even with `NODE_TLS_REJECT_UNAUTHORIZED=0`.
 *
 * @since 0.2.0
 * @category models
 */
export interface TlsOptions {
  readonly rejectUnauthorized: true
  readonly secureContext?: NodeTls.SecureContext
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Certificates {
  /** With the CA certificates of the runtime and of `SSL_CERT_FILE`. */
  readonly usual: TlsOptions
  /** With those of the system's file, too, and then of its directories; `None` if there are none. They are read once. */
  readonly more: ReadonlyArray<Effect.Effect<Option.Option<TlsOptions>>>
  /** What could not be read so far: the file, and the variable that names it. */
  readonly warnings: ReadonlySet<string>
}

/** PEM by DER, without the runtime's own. */
type Extra = CertificateBundle.CertificateBundle["certificates"]

const none: Extra = new Map()

const merge = (...parts: ReadonlyArray<Extra>): Extra => new Map(parts.flatMap((part) => [...part]))

const contextOf = Option.liftThrowable((pems: ReadonlyArray<string>) =>
  NodeTls.createSecureContext({ ca: [...NodeTls.rootCertificates, ...pems], allowPartialTrustChain: true })
)

const isAccepted = (pem: string): boolean =>
  Option.isSome(Option.liftThrowable(NodeTls.createSecureContext)({ ca: pem }))

/** A certificate that can be parsed may still be rejected by the context, and must not cost the others. */
const optionsOf = (extra: Extra): TlsOptions => {
  const pems = [...extra.values()]
  const context = Option.orElse(contextOf(pems), () => contextOf(pems.filter(isAccepted)))
  return { rejectUnauthorized: true, ...(Option.isSome(context) ? { secureContext: context.value } : {}) }
}

/** Takes bundles apart, and collects warnings about what is no certificate in them. */
const makeReader = () => {
  const warnings = new Set<string>()
  let bundled: ReadonlySet<string> | undefined
  const warn = (name: string, problem: string) => {
    warnings.add(`${name} ${problem}`)
    return none
  }
  return {
    warnings,
    warn,
    /** `mustHold`: a file without any certificate is worth a warning. */
    take: (name: string, text: string, mustHold: boolean): Extra => {
      bundled ??= new Set(NodeTls.rootCertificates.map(CertificateBundle.derOf))
      const { certificates, readable, unreadable } = CertificateBundle.fromPem(text, bundled)
      if (readable === 0 && (mustHold || unreadable > 0)) {
        return warn(name, "contains no readable certificate and is ignored. It must be in the PEM format.")
      }
      if (unreadable > 0) {
        const blocks = unreadable === 1
          ? "a block that is no certificate"
          : `${unreadable} blocks that are no certificates`
        warn(name, `contains ${blocks}. The other certificates in it are used.`)
      }
      return certificates
    }
  }
}

type Reader = ReturnType<typeof makeReader>

const readNamed = (
  environment: Environment["Type"],
  files: Files.Files["Type"],
  { take, warn }: Reader,
  variable: string
): Effect.Effect<Extra> =>
  Effect.flatMap(
    environment.get(variable),
    Option.match({
      onNone: () => Effect.succeed(none),
      onSome: (path) => {
        const name = `${variable} ${path}`
        return Effect.match(files.readText(path), {
          onFailure: ({ reason }) => warn(name, `cannot be read (${reason}) and is ignored.`),
          onSuccess: Option.match({
            onNone: () => warn(name, "does not exist and is ignored."),
            onSome: (text) => take(name, text, true)
          })
        })
      }
    })
  )

const takeAll = (
  { take, warn }: Reader,
  files: ReadonlyArray<SystemCertificates.StoreFile>,
  variable: Option.Option<string>
): Extra =>
  merge(...files.map(({ path, text }) => {
    const name = [...Option.toArray(variable), path].join(" ")
    return Option.match(text, {
      // Systems have only some of the usual places.
      onNone: () => Option.isNone(variable) ? none : warn(name, "cannot be read and is ignored."),
      onSome: (text) => take(name, text, false)
    })
  }))

/**
 * Caches the result of an effect, but unlike `Effect.cached` not its interruption.
 *
 * @since 0.2.0
 * @category caching
 */
export const once = <A>(effect: Effect.Effect<A>): Effect.Effect<A> => {
  let cached = Option.none<A>()
  return Effect.suspend(() =>
    Option.isSome(cached) ? Effect.succeed(cached.value) : Effect.tap(effect, (value) => {
      cached = Option.some(value)
    })
  )
}

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = (environment: Environment["Type"], fs: FileSystem.FileSystem): Effect.Effect<Certificates> =>
  Effect.gen(function*() {
    const files = Files.make(fs)
    const reader = makeReader()
    const file = yield* readNamed(environment, files, reader, "SSL_CERT_FILE")
    const extra = yield* readNamed(environment, files, reader, "NODE_EXTRA_CA_CERTS")
    const places = yield* SystemCertificates.places(environment)
    const variable = Option.as(yield* environment.get("SSL_CERT_DIR"), "SSL_CERT_DIR")

    // Node.js and Bun read NODE_EXTRA_CA_CERTS themselves, but ignore it in a context with other CA certificates.
    const first = file.size === 0 ? none : merge(file, extra)
    const second = once(Effect.map(SystemCertificates.readFile(fs, places), (files) => {
      const ofPlatform = SystemCertificates.ofPlatform(environment.platform)
      const stored = ofPlatform.map((pem) => reader.take("The system's store", pem, false))
      return merge(file, extra, takeAll(reader, files, Option.none()), ...stored)
    }))
    const third = Effect.zipWith(
      second,
      SystemCertificates.readDirectories(fs, places),
      (before, files) => merge(before, takeAll(reader, files, variable))
    )
    const added = (before: Extra, after: Extra) =>
      before.size === after.size ? Option.none() : Option.some(optionsOf(after))
    return {
      usual: first.size === 0 ? { rejectUnauthorized: true } : optionsOf(first),
      more: [
        once(Effect.map(second, (after) => added(first, after))),
        once(Effect.zipWith(second, third, added))
      ],
      warnings: reader.warnings
    }
  })
