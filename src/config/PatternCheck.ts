/**
 * Finds patterns that can match no URI, so that a slip in the configuration is not a silent "no match".
 *
 * @since 0.2.0
 */

/**
 * Why a pattern can match nothing, and the one that was probably meant.
 *
 * @since 0.2.0
 * @category models
 */
export interface Problem {
  readonly allowed: string
  readonly suggestion?: string | undefined
}

/** A host out of a URI that was pasted in its place. */
const hostIn = (text: string): string | undefined =>
  /^(?:[A-Za-z][\w+.-]*:\/\/)?(?:[^/@]*@)?([^/@?#\s]+)/.exec(text)?.[1]

const hostAllowed = `a host pattern such as "*.example.com" or "localhost:*", without scheme and path`

/** The part after the host's name: `5000` of `localhost:5000` and of `[::1]:5000`. */
const portOf = (host: string): string | undefined => /^(?:\[[^\]]*\]|[^:[\]]*):(.*)$/.exec(host)?.[1]

/**
 * @since 0.2.0
 * @category predicates
 */
export const host = (text: string): Problem | undefined => {
  if (/[/@?#\s]/.test(text)) return { allowed: hostAllowed, suggestion: hostIn(text) }
  if (/^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$/.test(text)) {
    return { allowed: "an IPv6 address in brackets", suggestion: `[${text}]` }
  }
  const port = portOf(text)
  if (text.startsWith(":")) return { allowed: hostAllowed, suggestion: `*${text}` }
  if (port === undefined || port.includes("*") || /^[0-9]{1,5}$/.test(port) && Number(port) < 65_536) return undefined
  return { allowed: `a port from 0 to 65535, or "*"` }
}

/**
 * @since 0.2.0
 * @category predicates
 */
export const path = (text: string): Problem | undefined => {
  if (/[?#]/.test(text)) {
    const cut = text.replace(/[?#].*$/s, "")
    return { allowed: "a path pattern; the query of a URI is not part of its path", suggestion: `${cut}*` }
  }
  return text === "" || /^[/*]/.test(text) ? undefined : {
    allowed: `a path pattern, which begins with "/" or "*"`,
    suggestion: `/${text}`
  }
}

/**
 * @since 0.2.0
 * @category predicates
 */
export const scheme = (text: string): Problem | undefined =>
  /^(?:\*|[A-Za-z][A-Za-z\d+.-]*)?$/.test(text) ? undefined : {
    allowed: `a URI scheme such as "https", without ":"`,
    suggestion: /^([A-Za-z][A-Za-z\d+.-]*):/.exec(text)?.[1]
  }
