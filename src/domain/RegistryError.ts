/**
 * What a registry or its token service can answer that is not a token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The token service said no.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenRefused extends Schema.TaggedError<TokenRefused>("CredentialHelper/TokenRefused")("TokenRefused", {
  registry: Schema.String,
  realm: Schema.String,
  reason: Schema.Literal("Unauthorized", "Forbidden", "UnexpectedStatus", "RedirectRefused", "ResponseInvalid"),
  /** HTTP status code. */
  status: Schema.Number,
  /** The service's own words, cut and cleaned; for a redirect, the host it led to. */
  detail: Schema.String,
  /** Where the refused credential came from; absent for an anonymous request. */
  origin: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const detail = this.detail === "" ? "" : `: ${this.detail}`
    const whose = this.origin === undefined ? "an anonymous request" : `the credential of ${this.origin}`
    const what = `${this.realm} refused ${whose} for ${this.registry} (${this.status}${detail})`
    const login = `Log in${this.origin === undefined ? "" : " again"}: docker login ${this.registry}`
    switch (this.reason) {
      case "Unauthorized":
        return `${what}. ${login}`
      case "Forbidden":
        return `${what}. Check that this account may read the repository, and that the token has the scope for it.`
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
 * The registry names a token service that the credential must not be sent to (registry-auth B.3).
 *
 * @since 0.1.0
 * @category errors
 */
export class RealmNotTrusted extends Schema.TaggedError<RealmNotTrusted>("CredentialHelper/RealmNotTrusted")(
  "RealmNotTrusted",
  {
    registry: Schema.String,
    /** Host and port of the realm; never its path or query. */
    realm: Schema.String,
    reason: Schema.Literal("RealmInvalid", "RealmDowngrade", "RealmPrivateAddress", "RealmNotTrusted")
  }
) {
  override get message(): string {
    switch (this.reason) {
      case "RealmInvalid":
        return `${this.registry} names a token service that is not an absolute https URL. Tell the registry's operator.`
      case "RealmDowngrade":
        return `${this.registry} sends credentials to ${this.realm} over http, which is refused. The registry's external URL is probably set to http; tell its operator.`
      case "RealmPrivateAddress":
        return `${this.registry} names a token service at a private address (${this.realm}), which is refused. Tell the registry's operator.`
      case "RealmNotTrusted":
        return `${this.registry} sends credentials to ${this.realm}, another party. If that is right, add "trusted_realms": ["${this.realm}"] to the config of its entry in .tweag-credential-helper.json.`
    }
  }
}

/**
 * The token service answered without a token.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoToken extends Schema.TaggedError<NoToken>("CredentialHelper/NoToken")("NoToken", {
  registry: Schema.String,
  realm: Schema.String
}) {
  override get message(): string {
    return `${this.realm} answered for ${this.registry} without a token. Try again, and tell the registry's operator.`
  }
}

/**
 * The token could not stand in a header.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenUnsafe extends Schema.TaggedError<TokenUnsafe>("CredentialHelper/TokenUnsafe")("TokenUnsafe", {
  registry: Schema.String,
  origin: Schema.String
}) {
  override get message(): string {
    return `the secret of ${this.origin} for ${this.registry} has characters that may not stand in a header (a line break or a blank). Store it again without them.`
  }
}

/**
 * The token service takes neither form of the request.
 *
 * @since 0.1.0
 * @category errors
 */
export class EndpointUnsupported
  extends Schema.TaggedError<EndpointUnsupported>("CredentialHelper/EndpointUnsupported")("EndpointUnsupported", {
    registry: Schema.String,
    realm: Schema.String,
    status: Schema.Number
  })
{
  override get message(): string {
    return `${this.realm} does not support this way of asking for a token for ${this.registry} (${this.status}). Set "token_exchange_method" to "basic" or "oauth2", or log in with a user name and password.`
  }
}

const wait = (millis: number | undefined): string =>
  millis === undefined ? "Try again later" : `Try again in ${Math.ceil(millis / 1000)} s`

/**
 * No usable answer came.
 *
 * @since 0.1.0
 * @category errors
 */
export class RegistryUnreachable
  extends Schema.TaggedError<RegistryUnreachable>("CredentialHelper/RegistryUnreachable")("RegistryUnreachable", {
    /** Host and port that was asked. */
    host: Schema.String,
    reason: Schema.Literal("Connect", "Timeout", "ServerError", "BodyTooLarge", "Aborted", "Proxy"),
    detail: Schema.String,
    /** How long a server with a problem wants us to wait. */
    retryAfterMillis: Schema.optional(Schema.Number)
  })
{
  override get message(): string {
    const detail = this.detail === "" ? "" : ` (${this.detail})`
    switch (this.reason) {
      case "Timeout":
        return `${this.host} did not answer in time${detail}. Check the network and the proxy settings.`
      case "ServerError":
        return `${this.host} has a problem of its own${detail}. ${wait(this.retryAfterMillis)}.`
      case "BodyTooLarge":
        return `${this.host} answered with far more than a token${detail}. A proxy or a captive portal may be in between.`
      case "Aborted":
        return `${this.host} broke off its answer${detail}. Try again.`
      case "Proxy":
        return `${this.host} cannot be reached through the proxy${detail}. Check HTTPS_PROXY, ALL_PROXY and NO_PROXY.`
      case "Connect":
        return `${this.host} cannot be reached${detail}. Check the network, the proxy settings and the certificate authorities (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE).`
    }
  }
}

/**
 * The server asks us to wait for longer than the build would.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("CredentialHelper/RateLimited")("RateLimited", {
  host: Schema.String,
  /** How long the server wants us to wait; absent when it did not say. */
  retryAfterMillis: Schema.optional(Schema.Number)
}) {
  override get message(): string {
    const again = wait(this.retryAfterMillis)
    return `${this.host} limits the rate of requests (429). ${again}, or log in: limits are higher with an account.`
  }
}

/**
 * The whole look-up took longer than callers wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>("CredentialHelper/BudgetExceeded")(
  "BudgetExceeded",
  { host: Schema.String, millis: Schema.Number, last: Schema.String }
) {
  override get message(): string {
    return `no answer for ${this.host} within ${
      this.millis / 1000
    } s; last step: ${this.last}. Check the network and the credential helpers.`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type TransportError = RegistryUnreachable | RateLimited

/**
 * @since 0.1.0
 * @category models
 */
export type TokenError = TokenRefused | NoToken | TokenUnsafe | EndpointUnsupported | TransportError
