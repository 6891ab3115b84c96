/**
 * A credential helper as a library: every part is a service with a layer and typed errors.
 *
 * @since 0.1.0
 */

/** The service to embed: `get` and `explain`. */
export * as CredentialHelper from "./CredentialHelper.ts"

/** The wire types of the protocol. */
export * as GetCredentials from "./domain/GetCredentials.ts"

/** Every typed error, and the exit code of each. */
export * as Errors from "./domain/Errors.ts"

/** What a registry lets us in with. */
export * as Credential from "./domain/Credential.ts"

/** How an answer came about. */
export * as Provenance from "./domain/Provenance.ts"

/** A helper of one's own, and where helpers are listed. */
export * as Helper from "./helper/Helper.ts"

/** The helpers `oci`, `github` and `null`. */
export * as BuiltIn from "./helper/BuiltIn.ts"

/** Which helper answers for a URI. */
export * as Router from "./helper/Router.ts"

/** Where credentials are found, and how such places compose. */
export * as CredentialSource from "./lookup/CredentialSource.ts"

/** The configured `lookup_chain`. */
export * as LookupChain from "./lookup/LookupChain.ts"

/** The configuration file. */
export * as HelperConfig from "./config/HelperConfig.ts"

/** Docker's configs and credential helpers. */
export * as DockerCredentialHelper from "./docker/DockerCredentialHelper.ts"
export * as DockerCredentials from "./docker/DockerCredentials.ts"

/** What a URI asks of a registry. */
export * as RegistryUri from "./registry/RegistryUri.ts"

/** The registries that need no configuration. */
export * as KnownRegistries from "./registry/KnownRegistries.ts"

/** `WWW-Authenticate`. */
export * as Challenge from "./registry/Challenge.ts"
export * as Challenges from "./registry/Challenges.ts"

/** Where a credential may be sent. */
export * as RealmPolicy from "./registry/RealmPolicy.ts"

/** From a credential to a token. */
export * as Authorization from "./registry/Authorization.ts"
export * as TokenExchange from "./registry/TokenExchange.ts"
export * as TokenResponse from "./registry/TokenResponse.ts"
export * as Tokens from "./registry/Tokens.ts"

/** The outside world as services. */
export * as Deadline from "./platform/Deadline.ts"
export * as Environment from "./platform/Environment.ts"
export * as Files from "./platform/Files.ts"
export * as Http from "./platform/Http.ts"
export * as Keyring from "./platform/Keyring.ts"
export * as Process from "./platform/Process.ts"
