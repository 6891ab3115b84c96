/**
 * Network variables that a runtime reads once, at startup. Their values hold for the whole process.
 *
 * @since 0.1.0
 */

const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]

/**
 * The variables that name a file or a directory.
 *
 * @since 0.1.0
 * @category constants
 */
export const files: ReadonlyArray<string> = ["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"]

/**
 * @since 0.1.0
 * @category constants
 */
export const variables: ReadonlyArray<string> = [
  ...proxies,
  ...proxies.map((name) => name.toLowerCase()),
  ...files
]
