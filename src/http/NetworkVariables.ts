/**
 * The variables that work for a process as a whole: its runtime reads them once and for all.
 *
 * @since 0.1.0
 */

const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]

/**
 * Those that name a file.
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
