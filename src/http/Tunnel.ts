/**
 * The agent for `node:https` that goes through an HTTP proxy by `CONNECT`.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { HttpsProxyAgent } from "https-proxy-agent"
import type * as NodeHttps from "node:https"
import { codeOf } from "../platform/SystemError.ts"
import { ProxyFailure } from "./HttpFailure.ts"
import type { Proxy } from "./Proxy.ts"

const failure = (detail: string): Promise<never> => Promise.reject(new ProxyFailure({ detail }))

class ProxyAgent extends HttpsProxyAgent<string> {
  readonly tls: NodeHttps.AgentOptions
  constructor({ authorization, url }: Proxy, tls: NodeHttps.AgentOptions) {
    // The password is no part of the URL, which the package tells to listeners and to its debug log.
    const headers = Option.isSome(authorization) ? { "Proxy-Authorization": Redacted.value(authorization.value) } : {}
    super(url, { ...tls, headers })
    this.tls = tls
  }

  override connect(...[request, options]: Parameters<HttpsProxyAgent<string>["connect"]>) {
    const host = this.proxy.host
    let status: unknown
    request.once("proxyConnect", (response: { readonly statusCode?: number }) => {
      status = response.statusCode
    })
    // A request that is given up before it has a socket tells nobody, and the way to the proxy would be held for ever.
    const connecting = new AbortController()
    const destroy = request.destroy
    request.destroy = (error) => {
      connecting.abort()
      return destroy.call(request, error)
    }
    this.connectOpts = { ...this.connectOpts, signal: connecting.signal }
    const connected = super.connect(request, { ...options, ...this.tls }).finally(() => {
      request.destroy = destroy
    })
    return connected.then(
      (socket) => {
        if (status === 200) return socket
        // Else the proxy's refusal would be taken for the host's answer.
        socket.destroy()
        return failure(status === 407 ? `${host} wants a user and a password (407)` : `${host} answered ${status}`)
      },
      (error: unknown) => failure(`${host}: ${codeOf(error) ?? "it broke off the connection"}`)
    )
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (proxy: Proxy, tls: NodeHttps.AgentOptions): NodeHttps.Agent => new ProxyAgent(proxy, tls)
