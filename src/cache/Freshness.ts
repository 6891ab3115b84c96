/**
 * Whether a lookup wants fresh results rather than cached ones.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"

/**
 * Set around a background refresh: a cached result in the last quarter of its lifetime is fetched anew.
 *
 * @since 0.2.0
 * @category context
 */
export class Refresh extends Context.Reference<Refresh>()("CredentialHelper/Refresh", {
  defaultValue: (): boolean => false
}) {}
