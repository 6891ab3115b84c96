/**
 * The wire types of the credential-helper protocol: one request in, one response out.
 *
 * @see EngFlow credential-helper-spec, `spec.md`, "get"
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ExitCode } from "./ExitCode.ts"

/**
 * What a caller asks: the URI that it is about to fetch, or a bare registry host. Properties we do not know are ignored.
 *
 * @since 0.1.0
 * @category models
 */
export interface GetCredentialsRequest {
  readonly uri: string
}

/**
 * The headers that make the request succeed, and until when they do.
 *
 * @since 0.1.0
 * @category models
 */
export interface GetCredentialsResponse {
  /** Values by header name; each name stands once, whatever its case. */
  readonly headers: ReadonlyMap<string, ReadonlyArray<Redacted.Redacted>>
  /** The instant after which the headers must not be used; absent when it is not known. */
  readonly expires: Option.Option<DateTime.Utc>
  /** The caller does not want to be told `expires`: Bazel 7.1 to 7.3 mishandle it (bazelbuild/bazel#23429). */
  readonly omitExpires: boolean
}

/**
 * "This URI is not ours": no header at all.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: GetCredentialsResponse = { headers: new Map(), expires: Option.none(), omitExpires: false }

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  headers: Readonly<Record<string, Redacted.Redacted | ReadonlyArray<string>>>,
  expires: Option.Option<DateTime.Utc> = Option.none()
): GetCredentialsResponse => ({
  headers: new Map(
    Object.entries(headers).map(([name, value]) =>
      [name, Redacted.isRedacted(value) ? [value] : value.map((_) => Redacted.make(_))] as const
    )
  ),
  expires,
  omitExpires: false
})

const expected = `Expected one JSON object such as {"uri":"https://ghcr.io/v2/org/image/manifests/latest"} on stdin`

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())
const decodeObject = Schema.decodeUnknownOption(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/**
 * Reads the request from the text on stdin.
 *
 * Errors: `RequestInvalid`, which never repeats the input: a URI may carry a password or a signature.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeRequest = (text: string): Effect.Effect<GetCredentialsRequest, RequestInvalid> => {
  const invalid = (reason: string) => new RequestInvalid({ reason, expected })
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text
  if (body.trim() === "") return Effect.fail(invalid("stdin is empty"))
  const json = decodeJson(body)
  if (Option.isNone(json)) return Effect.fail(invalid("stdin is not valid JSON"))
  const fields = Array.isArray(json.value) ? Option.none() : decodeObject(json.value)
  if (Option.isNone(fields)) return Effect.fail(invalid("the request is not a JSON object"))
  const uri = Object.hasOwn(fields.value, "uri") ? fields.value.uri : undefined
  if (uri === undefined) return Effect.fail(invalid(`the request has no "uri"`))
  if (typeof uri !== "string") return Effect.fail(invalid(`"uri" is not a string`))
  if (uri.trim() === "") return Effect.fail(invalid(`"uri" is empty`))
  return Effect.succeed({ uri })
}

/** Bazel's cache overflows on `9999-12-31`; nothing of ours lives that long. */
const longest = Duration.days(3650)

/** Bazel refuses fractions of a second. */
const wholeSeconds = (instant: DateTime.Utc): string =>
  `${DateTime.formatIso(DateTime.startOf(instant, "second")).slice(0, 19)}Z`

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

/**
 * One line of JSON for stdout, with the newline. The secrets become readable here and nowhere else.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeResponse = (
  response: GetCredentialsResponse,
  options: { readonly now: DateTime.Utc }
): string => {
  const headers = Object.fromEntries(
    Arr.map([...response.headers], ([name, values]) => [name, values.map(Redacted.value)] as const)
  )
  const limit = DateTime.addDuration(options.now, longest)
  const expires = response.omitExpires ? Option.none() : Option.map(response.expires, DateTime.min(limit))
  return `${
    encodeJson(
      Option.isSome(expires) ? { expires: wholeSeconds(expires.value), headers } : { headers }
    )
  }\n`
}

/**
 * Stdin does not hold a request. The input is never repeated.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestInvalid extends Data.TaggedError("RequestInvalid")<{
  readonly reason: string
  readonly expected: string
}> {
  readonly exitCode = ExitCode.usage
  override get message(): string {
    return `${this.reason}. ${this.expected}.`
  }
}
