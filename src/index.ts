/**
 * A credential helper as a library: every part is a service with a layer and typed errors.
 *
 * @since 0.1.0
 */

/**
 * The service to embed: `get` and `explain`.
 *
 * @since 0.1.0
 */
export * as CredentialHelper from "./CredentialHelper.ts"

/**
 * The wire types of the protocol.
 *
 * @since 0.1.0
 */
export * as GetCredentials from "./domain/GetCredentials.ts"

/**
 * Every typed error, and the exit code of each.
 *
 * @since 0.1.0
 */
export * as Errors from "./Errors.ts"

/**
 * Credentials for a registry.
 *
 * @since 0.1.0
 */
export * as Credential from "./domain/Credential.ts"

/**
 * How an answer came about.
 *
 * @since 0.1.0
 */
export * as Provenance from "./domain/Provenance.ts"

/**
 * A custom provider.
 *
 * @since 0.1.0
 */
export * as Provider from "./provider/Provider.ts"

/**
 * The list of providers, and layers that add to it.
 *
 * @since 0.1.0
 */
export * as Providers from "./provider/Providers.ts"

/**
 * Which provider answers for a URI.
 *
 * @since 0.1.0
 */
export * as Router from "./provider/Router.ts"

/**
 * Where credentials are found, and how such places compose.
 *
 * @since 0.1.0
 */
export * as CredentialSource from "./source/CredentialSource.ts"

/**
 * The configured `lookup_chain`.
 *
 * @since 0.1.0
 */
export * as LookupChain from "./source/LookupChain.ts"

/**
 * The configuration file.
 *
 * @since 0.1.0
 */
export * as ConfigFile from "./config/ConfigFile.ts"

/**
 * The `docker-credential-*` programs that those configs name.
 *
 * @since 0.1.0
 */
export * as DockerCredentialHelper from "./docker/DockerCredentialHelper.ts"

/**
 * The configs that `docker login` and `podman login` write, as a source.
 *
 * @since 0.1.0
 */
export * as DockerLogin from "./source/DockerLogin.ts"

/**
 * What a URI asks of a registry.
 *
 * @since 0.1.0
 */
export * as RegistryUri from "./registry/RegistryUri.ts"

/**
 * The registries that need no configuration.
 *
 * @since 0.1.0
 */
export * as KnownRegistries from "./registry/KnownRegistries.ts"

/**
 * `WWW-Authenticate`.
 *
 * @since 0.1.0
 */
export * as Challenge from "./registry/Challenge.ts"

/**
 * What registries demand, asked once for all.
 *
 * @since 0.1.0
 */
export * as Challenges from "./registry/Challenges.ts"

/**
 * Where a credential may be sent.
 *
 * @since 0.1.0
 */
export * as RealmPolicy from "./registry/RealmPolicy.ts"

/**
 * The values of `Authorization`.
 *
 * @since 0.1.0
 */
export * as Authorization from "./registry/Authorization.ts"

/**
 * From a credential to a token.
 *
 * @since 0.1.0
 */
export * as TokenExchange from "./registry/TokenExchange.ts"

/**
 * What a token service answers.
 *
 * @since 0.1.0
 */
export * as TokenResponse from "./registry/TokenResponse.ts"

/**
 * Tokens, exchanged once for all who need the same.
 *
 * @since 0.1.0
 */
export * as Tokens from "./registry/Tokens.ts"

/**
 * The outside world as services.
 *
 * @since 0.1.0
 */
export * as Deadline from "./platform/Deadline.ts"

/**
 * The outside world as services.
 *
 * @since 0.1.0
 */
export * as Environment from "./platform/Environment.ts"

/**
 * The outside world as services.
 *
 * @since 0.1.0
 */
export * as Files from "./platform/Files.ts"

/**
 * The outside world as services.
 *
 * @since 0.1.0
 */
export * as Http from "./http/Http.ts"

/**
 * The outside world as services.
 *
 * @since 0.1.0
 */
export * as Keyring from "./platform/Keyring.ts"

/**
 * The outside world as services.
 *
 * @since 0.1.0
 */
export * as Process from "./platform/Process.ts"

/**
 * What is asked for.
 *
 * @since 0.2.0
 */
export * as Resource from "./domain/Resource.ts"

/**
 * The kinds of source that a `lookup_chain` may name, and a layer that adds one.
 *
 * @since 0.2.0
 */
export * as Sources from "./source/Sources.ts"

/**
 * A custom kind of source.
 *
 * @since 0.2.0
 */
export * as SourceKind from "./source/SourceKind.ts"

/**
 * What a single source holds.
 *
 * @since 0.2.0
 */
export * as Secret from "./source/Secret.ts"

/**
 * Where a registry's credential is looked for, and layers that add a source before or after the others.
 *
 * @since 0.2.0
 */
export * as RegistryChain from "./source/RegistryChain.ts"
