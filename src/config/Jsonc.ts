/**
 * JSON with comments and trailing commas. The parser is loaded on first use: most files are plain JSON.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type { ParseError } from "jsonc-parser"

/**
 * Why a string is not JSON, and where. Nothing of the string is quoted: it may contain a secret.
 *
 * @since 0.2.0
 * @category models
 */
export interface SyntaxProblem {
  readonly reason: "not valid JSON" | "nested too deeply"
  /** Counts from 1. */
  readonly line: number
  /** Counts from 1. */
  readonly column: number
}

const problem = (reason: SyntaxProblem["reason"], text: string, offset: number): SyntaxProblem => {
  const lines = text.slice(0, offset).split(/\r\n?|\n/)
  return { reason, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

/**
 * The value of a JSON document; fails with the first syntax error.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse = Effect.fnUntraced(function*(text: string): Effect.fn.Return<unknown, SyntaxProblem> {
  const { getNodeValue, parseTree } = yield* Effect.promise(() => import("jsonc-parser"))
  // Not `parse`, which lets a key named `__proto__` replace the prototype of the object.
  const errors: Array<ParseError> = []
  const value = yield* Effect.try({
    try: (): unknown => {
      const root = parseTree(text, errors, { allowTrailingComma: true })
      return root === undefined || errors.length > 0 ? undefined : getNodeValue(root)
    },
    // The parser is recursive, and the stack is the only limit.
    catch: () => problem("nested too deeply", text, 0)
  })
  const [first] = errors
  return first === undefined ? value : yield* Effect.fail(problem("not valid JSON", text, first.offset))
})
