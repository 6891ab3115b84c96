/**
 * `token_responses`: what an answer of a token service is worth, and for how long.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Http from "../../src/http/Http.ts"
import * as Retry from "../../src/http/Retry.ts"
import type { TokenError } from "../../src/registry/RegistryError.ts"
import * as TokenResponse from "../../src/registry/TokenResponse.ts"
import * as FakeHttp from "../../src/testing/FakeHttp.ts"
import * as Case from "./Case.ts"

const Vector = Schema.Struct({
  now: Schema.DateTimeUtc,
  status: Schema.Number,
  headers: Schema.optionalWith(
    Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Array(Schema.String)) }),
    { default: () => ({}) }
  ),
  body: Schema.optionalWith(Schema.String, { default: () => "" }),
  expect: Case.Members
})

const tokenService = ({ body, headers, status }: typeof Vector.Type): Layer.Layer<HttpClient.HttpClient> =>
  FakeHttp.layer(() => Effect.succeed(FakeHttp.response(status, headers, body)))

const subject = { registry: "registry.example.com", realm: "auth.example.com" }

const ask = Effect.gen(function*() {
  const http = yield* Http.make({ timeout: "5 seconds", retries: 0 })
  const url = new URL(`https://${subject.realm}/token`)
  const response = yield* http.request({ method: "GET", url, repeatable: true })
  return yield* TokenResponse.decode(subject, response)
})

const tagOf = (error: TokenError): string =>
  "reason" in error ? (error.reason === "BodyTooLarge" ? "ResponseInvalid" : error.reason) : error._tag

/** As the vectors write it: `2026-01-01T00:01:00Z`. */
const seconds = (instant: DateTime.Utc): string => DateTime.formatIso(instant).replace(".000Z", "Z")

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section("token_responses", Vector, (vector) =>
  ask.pipe(
    Effect.match({
      onFailure: (error) => ({
        type: "error",
        tag: tagOf(error),
        retryable: Retry.isTransient(vector.status),
        retry_after_ms: ("retryAfterMillis" in error ? error.retryAfterMillis : undefined) ?? null
      }),
      onSuccess: ({ expires, value }) => ({ type: "token", token: Redacted.value(value), expires: seconds(expires) })
    }),
    Effect.map((got) => ({ got: Case.only({ type: "", ...vector.expect }, got), want: vector.expect })),
    Effect.provide(tokenService(vector)),
    Case.atInstant(DateTime.toEpochMillis(vector.now))
  ))
