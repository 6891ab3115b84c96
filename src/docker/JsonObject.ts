/**
 * JSON objects read the way docker's own programs read them: own members only, names matched in any case, `null` as
 * nothing.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A map, so that a registry named `constructor` does not find what every JavaScript object inherits.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonObject = ReadonlyMap<string, unknown>

const decode = Schema.decodeUnknownOption(Schema.parseJson())

/**
 * The one JSON value that a text holds. Why it could not be read is not told: parsers quote their input.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (text: string): Option.Option<unknown> => decode(text.startsWith("\uFEFF") ? text.slice(1) : text)

/**
 * An absent value and `null` are the empty object; `None` is a value of another type.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromUnknown = (value: unknown): Option.Option<JsonObject> =>
  value === null || value === undefined
    ? Option.some(new Map())
    : typeof value === "object" && !Array.isArray(value)
    ? Option.some(new Map(Object.entries(value)))
    : Option.none()

/**
 * The member of exactly that name, else the first whose name differs in case alone.
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
 * A text; an absent value and `null` are the empty text; `None` is a value of another type.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (value: unknown): Option.Option<string> =>
  value === null || value === undefined
    ? Option.some("")
    : typeof value === "string"
    ? Option.some(value)
    : Option.none()
