/**
 * Runs a file of test vectors (`registry-vectors/1`) through the services, with the outside world replaced by fakes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Result, Section } from "./Case.ts"
import * as Challenges from "./Challenges.ts"
import * as DockerConfig from "./DockerConfig.ts"
import * as Exchange from "./Exchange.ts"
import * as RealmPolicy from "./RealmPolicy.ts"
import * as TokenResponses from "./TokenResponses.ts"
import * as Uris from "./Uris.ts"

const sections: ReadonlyArray<Section> = [
  DockerConfig.section,
  Challenges.section,
  TokenResponses.section,
  Uris.section,
  RealmPolicy.section,
  Exchange.section
]

const decodeJson = Schema.decode(Schema.parseJson())

const decodeFile = Schema.decodeUnknown(
  Schema.Struct(
    { format: Schema.Literal("registry-vectors/1") },
    Schema.Record({ key: Schema.String, value: Schema.Unknown })
  )
)

/**
 * The file does not have this format.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotVectors extends Schema.TaggedError<NotVectors>("CredentialHelper/testing/NotVectors")("NotVectors", {
  reason: Schema.String
}) {
  override get message(): string {
    return `not a file of the format registry-vectors/1: ${this.reason}`
  }
}

const casesOf = (file: Readonly<Record<string, unknown>>, section: Section): ReadonlyArray<Effect.Effect<Result>> => {
  const cases = file[section.name]
  if (cases === undefined) return []
  return Array.isArray(cases) ? cases.map((input) => section.check(input)) : [section.check(cases)]
}

/**
 * The results of all cases, in the order of the sections.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (text: string): Effect.Effect<ReadonlyArray<Result>, NotVectors> =>
  decodeJson(text).pipe(
    Effect.mapError(() => new NotVectors({ reason: "it is not valid JSON" })),
    Effect.flatMap((json) =>
      Effect.mapError(decodeFile(json), () => new NotVectors({ reason: `its "format" is not registry-vectors/1` }))
    ),
    Effect.flatMap((file) =>
      Effect.all(sections.flatMap((section) => casesOf(file, section)), { concurrency: "unbounded" })
    )
  )

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/**
 * A line for each failed case, and the number of passed and failed cases.
 *
 * @since 0.1.0
 * @category rendering
 */
export const report = (results: ReadonlyArray<Result>): ReadonlyArray<string> => {
  const failed = results.filter(({ passed }) => !passed)
  return [
    ...failed.map(({ got, id, want }) => `${id} got=${encodeJson(got)} want=${encodeJson(want)}`),
    `${results.length - failed.length} passed, ${failed.length} failed`
  ]
}
