/**
 * Every typed error of the library, each with its exit code as a field.
 *
 * @since 0.1.0
 */
export * from "./config/ConfigError.ts"
export { BudgetExceeded, type CredentialHelperError } from "./CredentialHelper.ts"
export * from "./docker/DockerError.ts"
export { ExitCode } from "./domain/ExitCode.ts"
export { RequestInvalid } from "./domain/GetCredentials.ts"
export { UriRejected } from "./domain/Resource.ts"
export * from "./http/TransportError.ts"
export { FileUnreadable } from "./platform/Files.ts"
export * from "./provider/ProviderError.ts"
export * from "./registry/RegistryError.ts"
export { GitHubHostsInvalid } from "./source/GitHubCli.ts"
