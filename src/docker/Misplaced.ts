/**
 * Recognizes what users put in the place of a docker config, or a docker config in the place of a path.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"

const isObject = (text: string): boolean => /^\s*\{/.test(text.replace(/^\uFEFF/, ""))

/** Base64 as the `base64` command writes it, in lines. A short path may be base64 of a brace. */
const isBase64 = (text: string): boolean =>
  /^[A-Za-z0-9+/\s]+={0,2}$/.test(text.trimEnd()) &&
  /^\s*\{\s*["}]/.test(Buffer.from(text.slice(0, 64), "base64").toString("utf8"))

/**
 * Whether a text is a docker config, plain or in base64, and not a path.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isConfig = (text: string): boolean => isObject(text) || isBase64(text)

/**
 * What a text that is no docker config is instead.
 *
 * @since 0.2.0
 * @category decoding
 */
export const describe = (text: string): Option.Option<string> =>
  isBase64(text)
    ? Option.some("it is base64, and has to be the JSON itself")
    : /^\s*["'`]/.test(text)
    ? Option.some("it is in quotes, and has to be the JSON itself")
    : /^(?:[~.]{0,2}[/\\]|[A-Za-z]:[/\\])[^{}\n]*$/.test(text)
    ? Option.some("it is a path, and has to be the JSON itself")
    : Option.none()
