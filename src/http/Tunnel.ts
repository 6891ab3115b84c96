/**
 * An agent for `node:https` that connects through an HTTP proxy with `CONNECT`.
 *
 * undici's `ProxyAgent` (7.30) is no substitute: it reconnects in a busy loop to a proxy that closes the connection and gives
 * the proxy's status only in a message, and bun replaces undici with a stub that ignores the proxy.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { HttpsProxyAgent } from "https-proxy-agent"
import type * as NodeHttps from "node:https"
import * as NodeTls from "node:tls"
import { codeOf } from "../platform/SystemError.ts"
import { ProxyFailure } from "./Failure.ts"
import type { Proxy } from "./Proxy.ts"
import * as TlsFault from "./TlsFault.ts"

const failure = (detail: string, cause?: unknown): Promise<never> => Promise.reject(new ProxyFailure({ detail, cause }))

class Tunnel extends HttpsProxyAgent<string> {
  readonly tls: NodeHttps.AgentOptions
  constructor({ authorization, url }: Proxy, toProxy: NodeHttps.AgentOptions, toHost: NodeHttps.AgentOptions) {
    // The package passes the URL to listeners and to its debug log, so the password must not be part of it.
    const headers = Option.isSome(authorization) ? { "Proxy-Authorization": Redacted.value(authorization.value) } : {}
    super(url, { ...toProxy, headers })
    this.tls = toHost
  }

  override connect(...[request, options]: Parameters<HttpsProxyAgent<string>["connect"]>) {
    const host = this.proxy.host
    let status: unknown
    request.once("proxyConnect", (response: { readonly statusCode?: number }) => {
      status = response.statusCode
    })
    // A request that is destroyed before it has a socket emits no event, and the connection to the proxy would stay open.
    const connecting = new AbortController()
    const destroy = request.destroy
    request.destroy = (error) => {
      connecting.abort()
      return destroy.call(request, error)
    }
    this.connectOpts = { ...this.connectOpts, signal: connecting.signal }
    // The package drops `host` before it calls `tls.connect`, which would then expect a certificate for "localhost" if the
    // host is an IP address: https://github.com/TooTallNate/proxy-agents/issues/365
    const target = (options.host ?? "").replace(/^\[|\]$/g, "")
    const checkServerIdentity = (_: string, certificate: NodeTls.PeerCertificate) =>
      NodeTls.checkServerIdentity(target, certificate)
    const bound = { ...options, ...this.tls, checkServerIdentity }
    const connected = super.connect(request, bound).finally(() => {
      request.destroy = destroy
    })
    return connected.then(
      (socket) => {
        if (status === 200) return socket
        // The package would pass the proxy's refusal on as the response of the host.
        socket.destroy()
        return failure(status === 407 ? `${host} requires a username and password (407)` : `${host} returned ${status}`)
      },
      (error: unknown) => failure(`${host}: ${TlsFault.ofProxy(codeOf(error) ?? "connection closed")}`, error)
    )
  }
}

/**
 * With the TLS options for the proxy, and for the host behind it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  proxy: Proxy,
  toProxy: NodeHttps.AgentOptions,
  toHost: NodeHttps.AgentOptions = toProxy
): NodeHttps.Agent => new Tunnel(proxy, toProxy, toHost)
