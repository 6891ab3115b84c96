/**
 * Suggests the known word that a misspelled one was meant to be.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"

/**
 * Optimal string alignment distance. A swap of neighbouring letters counts as one edit, because it is the most common
 * typing error; `leven` and `fastest-levenshtein` count two, and would not find "host" for "hots".
 */
const distance = (from: string, to: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= from.length; row++) {
    rows[row] = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      rows[row]?.push(Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY
      ))
    }
  }
  return at(from.length, to.length)
}

/** A longer word is not a misspelling, and the comparison takes quadratic time. */
const maxLength = 40

/**
 * The nearest known word, if at most a third of its letters differ or if it begins with the given word; with `maxEdits`,
 * if at most so many letters differ. Case is ignored.
 *
 * @since 0.1.0
 * @category combinators
 */
export const find = (
  word: string,
  known: ReadonlyArray<string>,
  { maxEdits }: { readonly maxEdits?: number } = {}
): Option.Option<string> => {
  const typed = word.trim().toLowerCase()
  if (typed === "" || typed.length > maxLength) return Option.none()
  const near = known
    .map((word) => ({ word, edits: distance(typed, word.toLowerCase()) }))
    .filter(({ edits, word }) =>
      maxEdits === undefined
        ? edits <= Math.max(1, Math.floor(word.length / 3)) || typed.length > 2 && word.startsWith(typed)
        : edits <= maxEdits
    )
    .toSorted((a, b) => a.edits - b.edits)
  return Option.map(Option.fromNullable(near[0]), ({ word }) => word)
}
