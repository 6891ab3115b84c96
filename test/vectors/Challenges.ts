/**
 * `challenges`: what a `WWW-Authenticate` header says.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Challenge from "../../src/registry/Challenge.ts"
import * as Case from "./Case.ts"

const Vector = Schema.Struct({
  headers: Schema.Array(Schema.String),
  challenges: Schema.optional(Schema.Array(Case.Members)),
  selected: Schema.optional(Case.Members)
})

const parsed = (challenges: ReadonlyArray<Challenge.Challenge>, want: ReadonlyArray<object>) =>
  challenges.map(({ params, scheme, token68 }, i) => ({
    scheme,
    params: Object.fromEntries(params),
    ...("token68" in (want[i] ?? {}) ? { token68: token68 ?? null } : {})
  }))

const selected = (challenges: ReadonlyArray<Challenge.Challenge>) =>
  Either.match(Challenge.select(challenges), {
    onLeft: (error) => ({ error }),
    onRight: (challenge) => ({ ...challenge })
  })

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section("challenges", Vector, (vector) =>
  Effect.sync(() => {
    const challenges = Challenge.parse(vector.headers)
    return {
      got: {
        ...(vector.challenges === undefined ? {} : { challenges: parsed(challenges, vector.challenges) }),
        ...(vector.selected === undefined ? {} : { selected: selected(challenges) })
      },
      want: { challenges: vector.challenges, selected: vector.selected }
    }
  }))
