/**
 * Where a text stops being JSON. The engines' own messages quote the text, and differ.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"

/**
 * Both count from 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Position {
  readonly line: number
  readonly column: number
}

type State = "value" | "value or ]" | "key" | "key or }" | ":" | ", or end"

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const word = /true|false|null/y
const blanks = /[\t\n\r ]*/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Where a token that starts at `at` ends; `-1` when it does not match. */
const end = (token: RegExp, text: string, at: number): number => {
  token.lastIndex = at
  return token.test(text) ? token.lastIndex : -1
}

/** The end of the string that starts at `at`, or the complement of the place where it breaks. */
const endOfString = (text: string, at: number): number => {
  let next = at + 1
  while (next < text.length) {
    if (text[next] === "\"") return next + 1
    if (text.charCodeAt(next) < 0x20) break
    const after = text[next] === "\\" ? end(escape, text, next) : next + 1
    if (after < 0) break
    next = after
  }
  return ~next
}

/** The offset of the first character that no JSON text has there; `-1` for JSON. */
const offset = (text: string): number => {
  const open: Array<"{" | "["> = []
  let state: State = "value"
  let at = end(blanks, text, 0)
  while (at < text.length) {
    const char = text[at]
    let next = at + 1
    if (state === ", or end") {
      const inside = open.at(-1)
      if (inside !== undefined && char === ",") state = inside === "{" ? "key" : "value"
      else if (inside !== undefined && char === (inside === "{" ? "}" : "]")) open.pop()
      else return at
    } else if (state === ":") {
      if (char !== ":") return at
      state = "value"
    } else if (state === "key" || state === "key or }") {
      if (char === "}" && state === "key or }") {
        open.pop()
        state = ", or end"
      } else {
        if (char !== "\"") return at
        next = endOfString(text, at)
        state = ":"
      }
    } else if (char === "]" && state === "value or ]") {
      open.pop()
      state = ", or end"
    } else if (char === "{" || char === "[") {
      open.push(char)
      state = char === "{" ? "key or }" : "value or ]"
    } else {
      next = char === "\"" ? endOfString(text, at) : Math.max(end(number, text, at), end(word, text, at))
      if (next === -1) return at
      state = ", or end"
    }
    if (next < 0) return ~next
    at = end(blanks, text, next)
  }
  return state === ", or end" && open.length === 0 ? -1 : text.length
}

/**
 * The first place at which a text is not JSON.
 *
 * @since 0.1.0
 * @category searching
 */
export const firstError = (text: string): Option.Option<Position> => {
  const at = offset(text)
  if (at < 0) return Option.none()
  const lines = text.slice(0, at).split("\n")
  return Option.some({ line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 })
}
