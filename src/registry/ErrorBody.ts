/**
 * The error message in the body of a registry's or token service's response, as part of one line.
 *
 * @see distribution-spec, "Error Codes"; RFC 6749, section 5.2
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ForeignText from "../domain/ForeignText.ts"

const text = Schema.optionalWith(Schema.String, { nullable: true })

/** `errors` is the distribution API's, `details` and `message` are Docker Hub's, the others OAuth 2.0's. */
const Body = Schema.Struct({
  errors: Schema.optionalWith(Schema.Array(Schema.Struct({ code: text, message: text })), { nullable: true }),
  error: text,
  error_description: text,
  details: text,
  message: text
})

const decode = Schema.decodeUnknownOption(Schema.parseJson(Body))

const maxLength = 200

/** More than is shown, and less than what takes time. */
const maxReadLength = 4096

const isNotEmpty = (part: string | undefined): part is string => part !== undefined && part !== ""

const join = (parts: ReadonlyArray<string | undefined>, separator: string): string =>
  parts.filter(isNotEmpty).join(separator)

/** The last word of a text that was cut may be a part of a secret, which no mask would recognize. */
const withoutLastWord = (text: string): string => text.slice(0, Math.max(0, text.lastIndexOf(" ")))

/**
 * One line of at most 200 characters without control characters, with every given secret masked. Empty when the body has
 * no known format: the HTML of a proxy is of no use in a message.
 *
 * @since 0.1.0
 * @category decoding
 */
export const describe = (body: Redacted.Redacted, secrets: ReadonlyArray<Redacted.Redacted> = []): string => {
  const decoded = decode(Redacted.value(body))
  if (Option.isNone(decoded)) return ""
  const { details, error, error_description, errors, message } = decoded.value
  const all = join([
    ...(errors ?? []).map((one) => join([one.code, one.message], ": ")),
    join([error, error_description], ": "),
    details,
    message
  ], "; ")
  const line = ForeignText.oneLine(all.slice(0, maxReadLength), Infinity)
  const whole = all.length > maxReadLength ? withoutLastWord(line) : line
  return ForeignText.oneLine(ForeignText.mask(whole, secrets).trim(), maxLength)
}
