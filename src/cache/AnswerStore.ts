/**
 * Where cached answers are held: in memory, with a limit, the least recently used evicted first.
 *
 * @since 0.2.0
 */
import type { Entry } from "./CacheEntry.ts"

/**
 * Answers by key. One key has several entries when callers differ in the inputs of the answer.
 *
 * @since 0.2.0
 * @category models
 */
export interface AnswerStore {
  readonly get: (key: string) => ReadonlyArray<Entry>
  /** Replaces the entries of a key, which becomes the most recently used one. */
  readonly put: (key: string, entries: ReadonlyArray<Entry>) => void
  /** Removes the entries that do not satisfy the predicate; returns their number. */
  readonly retain: (predicate: (entry: Entry) => boolean) => number
  readonly entries: () => ReadonlyArray<Entry>
}

/**
 * `capacity` counts entries.
 *
 * @since 0.2.0
 * @category constructors
 */
export const makeMemory = (capacity: number): AnswerStore => {
  // In the order of use: the first key is the least recently used one.
  const entriesByKey = new Map<string, ReadonlyArray<Entry>>()
  let size = 0

  const put = (key: string, entries: ReadonlyArray<Entry>): void => {
    size += entries.length - (entriesByKey.get(key)?.length ?? 0)
    entriesByKey.delete(key)
    if (entries.length > 0) entriesByKey.set(key, entries)
    for (const [oldest, evicted] of entriesByKey) {
      if (size <= capacity || oldest === key) break
      entriesByKey.delete(oldest)
      size -= evicted.length
    }
  }

  return {
    put,
    get: (key) => entriesByKey.get(key) ?? [],
    retain: (predicate) => {
      const before = size
      for (const [key, entries] of [...entriesByKey]) put(key, entries.filter(predicate))
      return before - size
    },
    entries: () => [...entriesByKey.values()].flat()
  }
}
