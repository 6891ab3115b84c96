/**
 * URLs as WHATWG URL reads them. `URL.canParse` is not used: once Node.js 20 has optimized a call, it refuses every URL with a
 * character of Latin-1.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"

/**
 * `None` for a text that is no URL, or a relative one without a base.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse: (text: string, base?: string) => Option.Option<URL> = Option.liftThrowable((
  text: string,
  base?: string
) => new URL(text, base))
