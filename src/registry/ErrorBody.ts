/**
 * A server's own words about a refusal, made fit for one line of ours (registry-auth C.4).
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const text = Schema.optionalWith(Schema.String, { nullable: true })

/** The distribution API's errors, Docker Hub's, and OAuth 2.0's. */
const Body = Schema.Struct({
  errors: Schema.optionalWith(Schema.Array(Schema.Struct({ code: text, message: text })), { nullable: true }),
  error: text,
  error_description: text,
  details: text,
  message: text
})

const decode = Schema.decodeUnknownOption(Schema.parseJson(Body))

const longest = 200

/** Shorter ones occur by chance in any text. */
const shortestSecret = 4

const join = (parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(": ")

const mask = (words: string, secrets: ReadonlyArray<Redacted.Redacted>): string => {
  const spellings = secrets.map(Redacted.value).filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret, "utf8").toString("base64")])
  return spellings
    .sort((one, other) => other.length - one.length)
    .reduce((words, secret) => words.replaceAll(secret, "***"), words)
    // A JSON Web Token, whoever's it is.
    .replace(/\beyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g, "***")
}

/**
 * One line without control characters, at most 200 characters long, with every given secret masked. Empty when the body
 * is nothing that we know: what a proxy says in HTML helps nobody.
 *
 * @since 0.1.0
 * @category decoding
 */
export const describe = (body: Redacted.Redacted, secrets: ReadonlyArray<Redacted.Redacted> = []): string => {
  const decoded = decode(Redacted.value(body))
  if (Option.isNone(decoded)) return ""
  const { details, error, error_description, errors, message } = decoded.value
  const words = [
    ...(errors ?? []).map((one) => join([one.code, one.message])),
    join([error, error_description]),
    details,
    message
  ]
  const line = mask(words.filter((part) => part !== undefined && part !== "").join("; "), secrets)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}
