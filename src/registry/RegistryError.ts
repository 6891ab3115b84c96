/**
 * How a registry or its token service can refuse.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { ExitCode } from "../domain/ExitCode.ts"
import type { TransportError } from "../http/TransportError.ts"

/** How to renew a credential, as a sentence. */
const sentence = (advice: string): string => `${advice.slice(0, 1).toUpperCase()}${advice.slice(1)}.`

/**
 * The token service said no.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenRefused extends Data.TaggedError("TokenRefused")<{
  readonly registry: string
  readonly realm: string
  readonly reason: "Unauthorized" | "Forbidden" | "UnexpectedStatus" | "RedirectRefused" | "ResponseInvalid"
  /** HTTP status code. */
  readonly status: number
  /** The service's own words, cut and cleaned; for a redirect, the host it led to. */
  readonly detail: string
  /** Where the refused credential came from; absent for an anonymous request. */
  readonly origin?: string | undefined
  /** How to renew it, in the imperative and without a full stop. */
  readonly renew?: string | undefined
}> {
  readonly exitCode = ExitCode.refused
  override get message(): string {
    const detail = this.detail === "" ? "" : `: ${this.detail}`
    const whose = this.origin === undefined ? "an anonymous request" : `the credential of ${this.origin}`
    const where = this.realm === this.registry ? "" : ` for ${this.registry}`
    const what = `${this.realm} refused ${whose}${where} (${this.status}${detail})`
    const login = this.renew === undefined
      ? `Log in${this.origin === undefined ? "" : " again"}: docker login ${this.registry}`
      : sentence(this.renew)
    switch (this.reason) {
      case "Unauthorized":
        return `${what}. ${login}`
      case "Forbidden": {
        const check = "Check that this account may read the repository, and that the token has the scope for it"
        return this.renew === undefined ? `${what}. ${check}.` : `${what}. ${check}, or ${this.renew}.`
      }
      case "RedirectRefused":
        return `${what}. Redirects of token requests are not followed to another host.`
      case "ResponseInvalid":
        return `${this.realm} did not answer with a token for ${this.registry} (${this.status}${detail}). A proxy or a captive portal may be in between.`
      case "UnexpectedStatus":
        return `${what}. ${login}`
    }
  }
}

/**
 * The registry names a token service that must not be asked.
 *
 * @since 0.1.0
 * @category errors
 */
export class RealmNotTrusted extends Data.TaggedError("RealmNotTrusted")<{
  readonly registry: string
  /** Host and port of the realm; never its path or query. */
  readonly realm: string
  readonly reason: "RealmInvalid" | "RealmDowngrade" | "RealmPrivateAddress" | "RealmNotTrusted"
  /** A cloud metadata address, which no setting allows. */
  readonly metadata?: true
  /** The host of the entry that decides; the registry if absent. */
  readonly entry?: string
}> {
  readonly exitCode = ExitCode.refused
  override get message(): string {
    const { entry = this.registry, realm, registry } = this
    const allowed =
      `"config": {"trusted_realms": ["${realm}"]} to the entry {"host": "${entry}", "helper": "oci"} in .tweag-credential-helper.json`
    if (this.metadata === true) {
      return `${registry} names ${realm} as its token service, which is a cloud metadata address. No credential and no request goes there, also not with "trusted_realms". Check that ${registry} is the registry that you mean.`
    }
    switch (this.reason) {
      case "RealmInvalid":
        return `${registry} names a token service that is not an absolute URL with http or https and without a user, so that no token can be requested. Correct the token realm in the settings of the registry; "trusted_realms" in .tweag-credential-helper.json cannot replace it.`
      case "RealmDowngrade":
        return `${registry} names ${realm} as its token service over http, which is refused. If you trust it, add ${allowed}; it is then asked over https.`
      case "RealmPrivateAddress":
        return `${registry} names a token service at a private address (${realm}), which is refused unless you allow it. If you trust it, add ${allowed}.`
      case "RealmNotTrusted":
        return `${registry} names ${realm} as its token service, which is on another domain. If you trust it, add ${allowed}.`
    }
  }
}

/**
 * The token service answered without a token.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoToken extends Data.TaggedError("NoToken")<{
  readonly registry: string
  readonly realm: string
}> {
  readonly exitCode = ExitCode.refused
  override get message(): string {
    return `${this.realm} responded without a token for ${this.registry}. Try again, or report it to the registry's operator.`
  }
}

/**
 * The token could not stand in a header.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenUnsafe extends Data.TaggedError("TokenUnsafe")<{
  readonly registry: string
  readonly origin: string
  /** How to replace it, in the imperative and without a full stop. */
  readonly renew?: string | undefined
}> {
  readonly exitCode = ExitCode.refused
  override get message(): string {
    const advice = sentence(this.renew ?? "store it again without them")
    return `the secret of ${this.origin} for ${this.registry} contains characters not allowed in an HTTP header (line break or space). ${advice}`
  }
}

/**
 * The token service takes neither form of the request.
 *
 * @since 0.1.0
 * @category errors
 */
export class EndpointUnsupported extends Data.TaggedError("EndpointUnsupported")<{
  readonly registry: string
  readonly realm: string
  readonly status: number
}> {
  readonly exitCode = ExitCode.refused
  override get message(): string {
    return `${this.realm} does not support this form of token request for ${this.registry} (${this.status}). Set "token_exchange_method" to "basic" or "oauth2", or log in with a user name and password.`
  }
}

/**
 * What responds under the registry's name is none.
 *
 * @since 0.2.0
 * @category errors
 */
export class NotARegistry extends Data.TaggedError("NotARegistry")<{
  readonly host: string
  readonly reason: "WebPage" | "BadRequest" | "SpeaksHttps"
  /** HTTP status code. */
  readonly status: number
}> {
  readonly exitCode = ExitCode.unreachable
  override get message(): string {
    const { host, reason, status } = this
    switch (reason) {
      case "WebPage":
        return `${host} responded with a web page, not as a registry (${status}). It may be the login page of the network: open https://${host}/v2/ in a browser, or check the name of the registry.`
      case "BadRequest":
        return `${host} responds to /v2/ as no registry does (${status}). Check its name and its port, and whether a proxy intercepts the connection.`
      case "SpeaksHttps":
        return `${host} expects https, and was asked over http. Use https://${host}.`
    }
  }
}

/**
 * The token service gave a token that does not open what was asked for.
 *
 * @since 0.2.0
 * @category errors
 */
export class ScopeInsufficient extends Data.TaggedError("ScopeInsufficient")<{
  readonly registry: string
  readonly repository: string
  /** The actions that the token lacks: `pull`. */
  readonly action: string
  /** Where the credential came from; absent for an anonymous request. */
  readonly origin?: string | undefined
  /** How to use another credential, in the imperative and without a full stop. */
  readonly renew?: string | undefined
}> {
  readonly exitCode = ExitCode.refused
  override get message(): string {
    const { action, origin, registry, repository } = this
    const login = this.renew ?? `run docker login ${registry}`
    return origin === undefined
      ? `${repository} at ${registry} does not exist, or a login is needed to ${action} it: the token for anonymous requests has insufficient scope. Check the name, or ${login}.`
      : `the account of ${origin} may not ${action} ${repository} at ${registry}: its token has insufficient scope. Check the name and ask the owner for access, or use another account: ${login}.`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type TokenError =
  | TokenRefused
  | NoToken
  | TokenUnsafe
  | EndpointUnsupported
  | NotARegistry
  | ScopeInsufficient
  | TransportError
