/**
 * JSON objects as Go's encoding/json reads them for docker: member names match in any case, and `null` is an absent value.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A map, so that a registry named `constructor` does not match a member that every JavaScript object inherits.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonObject = ReadonlyMap<string, unknown>

const decode = Schema.decodeUnknownOption(Schema.parseJson())

/**
 * Parses JSON. `None` if the text is invalid, without a reason: a parser's message quotes its input.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (text: string): Option.Option<unknown> => decode(text.startsWith("\uFEFF") ? text.slice(1) : text)

/**
 * The members of an object; none if the value is absent or `null`. `None` if it has another type.
 *
 * @since 0.1.0
 * @category decoding
 */
export const fromUnknown = (value: unknown): Option.Option<JsonObject> =>
  value === null || value === undefined
    ? Option.some(new Map())
    : typeof value === "object" && !Array.isArray(value)
    ? Option.some(new Map(Object.entries(value)))
    : Option.none()

/**
 * The member of exactly this name, else the first whose name differs only in case.
 *
 * @since 0.1.0
 * @category accessors
 */
export const member = (object: JsonObject, name: string): unknown => {
  if (object.has(name)) return object.get(name)
  const wanted = name.toLowerCase()
  for (const [key, value] of object) if (key.toLowerCase() === wanted) return value
  return undefined
}

/**
 * A string; empty if the value is absent or `null`. `None` if it has another type.
 *
 * @since 0.1.0
 * @category decoding
 */
export const text = (value: unknown): Option.Option<string> =>
  value === null || value === undefined
    ? Option.some("")
    : typeof value === "string"
    ? Option.some(value)
    : Option.none()
