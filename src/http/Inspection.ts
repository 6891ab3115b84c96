/**
 * Looks at a server after a connection to it has failed, to explain why. What is found is shown, and never trusted.
 *
 * @since 0.2.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import type * as NodeNet from "node:net"
import type * as NodeTls from "node:tls"
import { lookup } from "./HostLookup.ts"

/**
 * A certificate that a server sends.
 *
 * @since 0.2.0
 * @category models
 */
export interface Certificate {
  readonly subject: string
  readonly issuer: string
  /** The host names and addresses that it is for. */
  readonly names: ReadonlyArray<string>
  readonly validFrom: number
  readonly validTo: number
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Inspection {
  /** The server's own certificate first; empty if the server does not speak TLS. */
  readonly chain: ReadonlyArray<Certificate>
  /** The server's clock. */
  readonly date: Option.Option<number>
  /** This machine's clock at the same time. */
  readonly lookedAt: number
  /** Whether the server responded to a request over http or https. */
  readonly responded: boolean
}

const nameOf = ({ CN, O, OU }: NodeTls.Certificate): string => [CN, O, OU].flat().find((name) => Boolean(name)) ?? "?"

const certificateOf = (certificate: NodeTls.PeerCertificate): Certificate => ({
  subject: nameOf(certificate.subject),
  issuer: nameOf(certificate.issuer),
  names: (certificate.subjectaltname ?? "").split(", ").flatMap((name) =>
    /^(?:DNS|IP Address):/.test(name) ? [name.slice(name.indexOf(":") + 1)] : []
  ),
  validFrom: Date.parse(certificate.valid_from),
  validTo: Date.parse(certificate.valid_to)
})

const maxChain = 10

const chainOf = (socket: NodeTls.TLSSocket): ReadonlyArray<Certificate> => {
  const chain: Array<Certificate> = []
  let next: NodeTls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  // Of a failed handshake it is an empty object, and a root is its own issuer.
  while (next?.subject !== undefined && chain.length < maxChain) {
    chain.push(certificateOf(next))
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

const timeoutMillis = 1000

/** `HEAD /` without any credential. */
const ask = (module: typeof NodeHttp | typeof NodeHttps, url: URL, agent: NodeHttps.Agent | NodeHttp.Agent) =>
  Effect.async<Omit<Inspection, "lookedAt">>((resume) => {
    let chain: ReadonlyArray<Certificate> = []
    const finish = (response: Partial<Omit<Inspection, "lookedAt">>) =>
      resume(Effect.succeed({ chain, date: Option.none(), responded: false, ...response }))
    const request = module.request({
      agent,
      method: "HEAD",
      path: "/",
      host: url.hostname.replace(/^\[|\]$/g, ""),
      lookup,
      port: url.port === "" ? (module === NodeHttp ? 80 : 443) : url.port,
      timeout: timeoutMillis,
      headers: { "user-agent": "effect-credential-helper" }
    })
    request.once("socket", (socket: NodeNet.Socket | NodeTls.TLSSocket) => {
      if (!("getPeerCertificate" in socket)) return
      socket.once("secureConnect", () => {
        chain = chainOf(socket)
      })
    })
    request.once("response", (response) => {
      response.resume()
      const date = Date.parse(response.headers.date ?? "")
      finish({ responded: true, date: Number.isFinite(date) ? Option.some(date) : Option.none() })
    })
    request.once("timeout", () => request.destroy())
    request.once("error", () => finish({}))
    request.end()
    return Effect.sync(() => request.destroy())
  }).pipe(
    Effect.zipWith(Clock.currentTimeMillis, (seen, lookedAt) => ({ ...seen, lookedAt })),
    Effect.timeoutOption(timeoutMillis),
    Effect.ensuring(Effect.sync(() => agent.destroy()))
  )

/**
 * What an https server shows of itself. `agent` must not verify the server, and is destroyed.
 *
 * @since 0.2.0
 * @category accessors
 */
export const https = (url: URL, agent: NodeHttps.Agent): Effect.Effect<Option.Option<Inspection>> =>
  ask(NodeHttps, url, agent)

/**
 * What an http server shows of itself.
 *
 * @since 0.2.0
 * @category accessors
 */
export const http = (url: URL): Effect.Effect<Option.Option<Inspection>> => ask(NodeHttp, url, new NodeHttp.Agent())

/**
 * For a server that is only looked at. No credential is ever sent through it.
 *
 * @since 0.2.0
 * @category constructors
 */
export const unverified = { rejectUnauthorized: false } as const
