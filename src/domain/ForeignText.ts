/**
 * Text from outside (a server, a program, a configuration file), made safe to show as part of one line.
 *
 * @since 0.2.0
 */
import * as Redacted from "effect/Redacted"

/** Colors and cursor movements (CSI sequences). */
// eslint-disable-next-line no-control-regex -- the escape character starts them
const controlSequences = /(?:\u001b\[|\u009b)[0-9;?]*[ -/]*[@-~]/g

/** Runs of spaces, control and format characters, line separators and unpaired surrogates. */
const invisible = /[ \p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu

const cut = (line: string, maxLength: number): string =>
  line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`

/**
 * One line of at most `maxLength` UTF-16 code units that cannot control a terminal: control sequences are removed, other
 * control and format characters become a space, or nothing at either end. Ordinary spaces stay.
 *
 * @since 0.2.0
 * @category encoding
 */
export const oneLine = (text: string, maxLength: number): string => {
  const plain = text.replace(controlSequences, "")
  const line = plain.replace(invisible, (run, at: number) => {
    if (/^ +$/.test(run)) return run
    return at === 0 || at + run.length === plain.length ? "" : " "
  })
  return cut(line, maxLength)
}

const mark = "***"

/** Shorter secrets occur in ordinary text by chance. */
const minSecretLength = 4

/** As a form encodes it; unlike `encodeURIComponent`, it accepts unpaired surrogates. */
const formEncoded = (secret: string): string => new URLSearchParams([["", secret]]).toString().slice(1)

const spellings = (secret: string): ReadonlyArray<string> => {
  const base64 = Buffer.from(secret, "utf8").toString("base64")
  return [
    secret,
    formEncoded(secret),
    ...(/\p{Cs}/u.test(secret) ? [] : [encodeURIComponent(secret)]),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(secret, "utf8").toString("base64url")
  ]
}

/** A token begins with `eyJ`, the base64 of `{"`, and its header has at least this many characters. */
const minTokenHeader = 11

const maskJsonWebToken = (word: string): string => {
  let start = 0
  for (const segment of word.split(".").slice(0, -1)) {
    const header = segment.indexOf("eyJ")
    if (header >= 0 && segment.length - header >= minTokenHeader) return `${word.slice(0, start + header)}${mark}`
    start += segment.length + 1
  }
  return word
}

/**
 * Replaces the given secrets (plain, URL-encoded, or in base64) and every JSON Web Token by `***`. Secrets shorter than
 * four characters are not looked for.
 *
 * @since 0.2.0
 * @category encoding
 */
export const mask = (text: string, secrets: ReadonlyArray<Redacted.Redacted>): string =>
  secrets.map(Redacted.value).filter((secret) => secret.length >= minSecretLength).flatMap(spellings)
    .sort((one, other) => other.length - one.length)
    .reduce((masked, spelling) => masked.replaceAll(spelling, mark), text)
    // An expression for the token itself takes quadratic time on "eyJ-eyJ-"; this one matches each word once.
    .replace(/[\w.-]+/g, maskJsonWebToken)

const isRandom = (word: string): boolean => /\d/.test(word) && /[A-Za-z]/.test(word)

/**
 * Replaces whatever looks like a secret by `***`, for text whose secrets are unknown: passwords in URLs, values after
 * "password:", "token=" or "Bearer", and long words of letters and digits.
 *
 * @since 0.2.0
 * @category encoding
 */
export const maskLikely = (text: string): string =>
  mask(text, [])
    .replace(/\/\/[^/@\s]+@/g, `//${mark}@`)
    .replace(/((?:secret|password|passwd|token)["']?\s*[:=]\s*)\S[^]*$/i, `$1${mark}`)
    .replace(/((?:bearer|basic)\s+)\S{8,}/gi, `$1${mark}`)
    .replace(/[\w+=-]{20,}/g, (word) => isRandom(word) ? mark : word)
