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
  /** The number of locks that are held or waited for. */
  readonly size: Effect.Effect<number>
}

interface Lock {
  readonly semaphore: Effect.Semaphore
  /** Holders and waiters. The lock is dropped with the last one. */
  users: number
}

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = (): Locks => {
  const locks = new Map<string, Lock>()
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
      Effect.acquireUseRelease(acquire(name), ({ semaphore }) => semaphore.withPermits(1)(effect), release(name)),
    size: Effect.sync(() => locks.size)
  }
}

/**
 * The locks of this process by default, since an agent builds the services anew for each caller.
 *
 * @since 0.2.0
 * @category context
 */
export class HelperLocks extends Context.Reference<HelperLocks>()("CredentialHelper/HelperLocks", {
  defaultValue: make
}) {}
