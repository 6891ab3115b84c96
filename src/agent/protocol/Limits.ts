/**
 * The limits and the separator of the protocol. The thin client imports them, so this module imports nothing.
 *
 * @since 0.2.0
 */

/**
 * The maximum size of a request line. An environment is rarely a tenth of it.
 *
 * @since 0.2.0
 * @category constants
 */
export const maxRequestBytes = 1024 * 1024

/**
 * The maximum length of a reply, in UTF-16 code units. Bazel limits a response to 64 KiB.
 *
 * @since 0.2.0
 * @category constants
 */
export const maxReplyLength = 1024 * 1024

/**
 * The time between two heartbeats of an agent that is working on a request.
 *
 * @since 0.2.0
 * @category constants
 */
export const heartbeatIntervalMs = 1000

/**
 * Between the line of a reply and its notes. It stands in no line: JSON escapes it, and messages are cleaned of it.
 *
 * @since 0.2.0
 * @category constants
 */
export const noteSeparator = "\x1e"
