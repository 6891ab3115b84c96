/**
 * The `null` provider: "no header for this URI", for entries of the configuration that switch a host off.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provider from "./Provider.ts"

// An empty struct would take any value but null.
const Config = Schema.Record({
  key: Schema.String,
  value: Schema.Never.annotations({ description: "no setting at all" })
})

const response = GetCredentials.empty

/**
 * @since 0.1.0
 * @category constructors
 */
export const loaded: Provider.Loaded = Provider.loaded({
  Config,
  get: () => Effect.succeed(Provider.Outcome.Headers({ response })),
  unit: ({ host }) => [host]
})
