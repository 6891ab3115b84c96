/**
 * The protocol of the agent's socket: each connection carries one line of JSON to the agent, and one line of text back.
 *
 * The reply is an exit code, a space, and the line for stdout (code 0) or stderr, so that the thin client has nothing to
 * parse. Notes for stderr follow it, each after a record separator. The spaces before the code are heartbeats.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { noteSeparator } from "./Limits.ts"

/**
 * A `get`: the caller's stdin, working directory and environment.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Get = Schema.Struct({
  build: Schema.String,
  input: Schema.Redacted(Schema.String),
  cwd: Schema.String,
  env: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** Whether the caller's stderr is a terminal. */
  terminal: Schema.optional(Schema.Boolean)
})

/**
 * A command to the agent itself.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Control = Schema.Struct({
  command: Schema.Literal("status", "shutdown", "prune", "invalidate"),
  /** For `invalidate`: the URI whose answers are removed; without it, all are. */
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
 * A reply. `text` and the notes are lines, each with its newline.
 *
 * @since 0.1.0
 * @category encoding
 */
export const reply = (code: number, text: string, notes: ReadonlyArray<string> = []): string =>
  notes.length === 0
    ? `${code} ${text}`
    : `${code} ${[text, ...notes].map((_) => _.slice(0, -1)).join(noteSeparator)}\n`

/**
 * Sent before the reply while the agent is working on it.
 *
 * @since 0.2.0
 * @category constants
 */
export const heartbeat = " "

/**
 * The response of an agent that stops because it is of another build than the caller, or its certificate files have changed.
 * It has no exit code, so clients do not take it for a reply.
 *
 * @since 0.1.0
 * @category constants
 */
export const otherBuild = "other build\n"

/**
 * The response to a line that is not a request. Clients do not take it for a reply either.
 *
 * @since 0.2.0
 * @category constants
 */
export const malformedRequest = "malformed request\n"
