/**
 * The `null` helper: "no header for this URI", for entries of the configuration that switch a host off.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provider from "./Provider.ts"

/**
 * @since 0.1.0
 * @category helpers
 */
export const helper: Provider.Helper = Provider.make({
  name: "null",
  // An empty struct would take any value but null.
  config: Schema.Record({ key: Schema.String, value: Schema.Never.annotations({ description: "no setting at all" }) }),
  claims: () => Effect.succeed(false),
  get: () => Effect.succeed(GetCredentials.empty)
})
