/**
 * `realm_policy`: whether a token service may be asked.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as RealmPolicy from "../../src/registry/RealmPolicy.ts"
import * as Case from "./Case.ts"

const Vector = Schema.Struct({
  registry_url: Schema.URL,
  realm: Schema.String,
  has_credentials: Schema.Boolean,
  trusted_realms: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  expect: Case.Members
})

/** Without a credential both are the same exchange. */
const anonymously = (decision: unknown): unknown => decision === "allow-anonymous" ? "allow" : decision

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section("realm_policy", Vector, (vector) => {
  const { expect, has_credentials: hasCredentials } = vector
  const lenient = ({ decision, ...rest }: Readonly<Record<string, unknown>>) => ({
    ...rest,
    decision: hasCredentials ? decision : anonymously(decision)
  })
  return RealmPolicy.decide({
    registryUrl: vector.registry_url,
    realm: vector.realm,
    hasCredentials,
    trustedRealms: vector.trusted_realms
  }).pipe(
    Effect.match({
      onFailure: ({ reason }) => ({ decision: "deny", tag: reason }),
      onSuccess: ({ decision, realm }) => ({ decision, realm: realm.href })
    }),
    Effect.map((got) => ({
      got: lenient(Case.only({ decision: "", ...expect }, got)),
      want: lenient(expect)
    }))
  )
})
