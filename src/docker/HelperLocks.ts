/**
 * Runs the helper executables of one name one at a time: keychains hang when they are queried in parallel.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * @since 0.2.0
 * @category models
 */
export interface Locks {
  /** Runs an effect while no other one holds the lock of this name. */
  readonly withLock: (name: string) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Lock {
  readonly semaphore: Effect.Semaphore
  /** The number of holders and waiters. */
  users: number
}

/**
 * Keeps a lock in the map while it is held or waited for.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (locks: Map<string, Lock>): Locks => {
  const acquire = (name: string) =>
    Effect.sync(() => {
      const lock = locks.get(name) ?? { semaphore: Effect.unsafeMakeSemaphore(1), users: 0 }
      lock.users++
      locks.set(name, lock)
      return lock
    })
  const release = (name: string) => (lock: Lock) =>
    Effect.sync(() => {
      lock.users--
      if (lock.users === 0) locks.delete(name)
    })
  return {
    withLock: (name) => (effect) =>
      Effect.acquireUseRelease(acquire(name), ({ semaphore }) => semaphore.withPermits(1)(effect), release(name))
  }
}

/**
 * The locks of this process by default, since an agent builds the services anew for each caller.
 *
 * @since 0.2.0
 * @category context
 */
export class HelperLocks extends Context.Reference<HelperLocks>()("CredentialHelper/HelperLocks", {
  defaultValue: () => make(new Map())
}) {}
