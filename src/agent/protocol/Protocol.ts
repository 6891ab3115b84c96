/**
 * What goes over the agent's socket: one connection, one line of JSON in, one line out.
 *
 * The reply is an exit code, a blank, and what goes to stdout (code 0) or stderr, so that the thin client has nothing to
 * parse. Blanks before it only show that the agent is at work.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A caller's `get`: the text of its stdin, and the circumstances it has to be resolved in.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Get = Schema.Struct({
  build: Schema.String,
  input: Schema.Redacted(Schema.String),
  cwd: Schema.String,
  env: Schema.Record({ key: Schema.String, value: Schema.String })
})

/**
 * What a person asks of the agent itself.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Control = Schema.Struct({
  command: Schema.Literal("status", "shutdown", "prune", "invalidate"),
  /** For `invalidate`: the one URI to forget; all of them without it. */
  uri: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const Request = Schema.parseJson(Schema.Union(Get, Control))

/**
 * @since 0.1.0
 * @category models
 */
export type Get = typeof Get.Type

/**
 * @since 0.1.0
 * @category models
 */
export type Control = typeof Control.Type

/**
 * The reply that ends a conversation. `text` is one line with its newline.
 *
 * @since 0.1.0
 * @category encoding
 */
export const reply = (code: number, text: string): string => `${code} ${text}`

/**
 * "I am at work": anything that comes before the reply.
 *
 * @since 0.1.0
 * @category encoding
 */
export const sign = " "

/**
 * What an agent says before it makes room for its successor: it is of another build, or was started over other certificates.
 * No client takes it for an answer.
 *
 * @since 0.1.0
 * @category encoding
 */
export const otherBuild = "other build\n"

/**
 * What a caller hears whose line cannot be read. No client takes it for an answer either.
 *
 * @since 0.1.0
 * @category encoding
 */
export const notUnderstood = "not understood\n"
