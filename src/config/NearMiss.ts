/**
 * The word that was probably meant.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"

/** How many letters have to be added, removed, replaced or swapped with their neighbour. */
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

/** Longer words are not typing errors, and comparing them would take long. */
const longest = 40

/**
 * The nearest of the known words, if it is near: one letter in three may be wrong, or the end may be missing.
 *
 * @since 0.1.0
 * @category matching
 */
export const find = (word: string, known: ReadonlyArray<string>): Option.Option<string> => {
  const typed = word.trim().toLowerCase()
  if (typed === "" || typed.length > longest) return Option.none()
  const near = known
    .map((word) => ({ word, away: distance(typed, word.toLowerCase()) }))
    .filter(({ away, word }) =>
      away <= Math.max(1, Math.floor(word.length / 3)) || typed.length > 2 && word.startsWith(typed)
    )
    .toSorted((a, b) => a.away - b.away)
  return Option.map(Option.fromNullable(near[0]), ({ word }) => word)
}
