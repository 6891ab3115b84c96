/**
 * Secrets that are written in the configuration itself.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as CredentialSource from "./CredentialSource.ts"
import * as Secret from "./Secret.ts"
import * as SourceKind from "./SourceKind.ts"

const name = "static value"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (value: Redacted.Redacted): CredentialSource.CredentialSource<Secret.Secret> =>
  CredentialSource.make(name, () => Effect.succeed(Secret.fromStored(name, value)))

/**
 * `{"source":"static","value":"..."}`
 *
 * @since 0.2.0
 * @category kinds
 */
export const kind: SourceKind.SourceKind = SourceKind.make({
  name: "static",
  Config: Schema.Struct({ value: Schema.optional(Schema.String), name: Schema.optional(Schema.String) }),
  make: (entry) => Either.map(SourceKind.aliased(entry, "value"), (value) => make(Redacted.make(value)))
})
