/**
 * Interprets the output of a `docker-credential-*` executable.
 *
 * @see https://github.com/docker/docker-credential-helpers
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credential from "../domain/Credential.ts"
import * as ForeignText from "../domain/ForeignText.ts"
import type { Output } from "../platform/Process.ts"
import type { Secrets } from "./AuthEntry.ts"
import * as GoJson from "./GoJson.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type HelperOutput = Data.TaggedEnum<{
  Found: { readonly secrets: Secrets }
  NothingFound: {}
  /** The helper reported an error; `reason` is one line of its message. */
  Failed: { readonly reason: string }
  /** `reason` never quotes the output, which may contain the secret. */
  Invalid: { readonly reason: string }
}>

const { Failed, Found, Invalid, NothingFound } = Data.taggedEnum<HelperOutput>()

const notFound = "credentials not found in native keychain"

/** The username that marks the secret as an identity token. */
const tokenUser = "<token>"

/**
 * @since 0.1.0
 * @category decoding
 */
export const read = (output: Output): HelperOutput => {
  const stdout = Redacted.value(output.stdout)
  if (output.exitCode === 0) return readAnswer(stdout)
  const stderr = Redacted.value(output.stderr)
  return stdout.trim() === notFound || stderr.includes(notFound)
    ? NothingFound()
    : Failed({
      reason: messageIn(stdout).pipe(
        Option.orElse(() => messageIn(stderr)),
        Option.getOrElse(() => `exit code ${output.exitCode}`)
      )
    })
}

const readAnswer = (stdout: string): HelperOutput => {
  if (stdout.trim() === "") return Invalid({ reason: "no output" })
  const answer = Option.flatMap(Either.getRight(GoJson.parse(stdout)), ({ value }) => GoJson.object(value))
  if (Option.isNone(answer)) return Invalid({ reason: "not a JSON object" })
  const username = GoJson.string(GoJson.fields(answer.value, "Username"))
  const secret = GoJson.string(GoJson.fields(answer.value, "Secret"))
  if (Option.isNone(username)) return Invalid({ reason: "Username is not a string" })
  if (Option.isNone(secret)) return Invalid({ reason: "Secret is not a string" })
  return answerOf(username.value, Redacted.make(secret.value))
}

const answerOf = (username: string, secret: Redacted.Redacted): HelperOutput => {
  const empty = Redacted.value(secret) === ""
  if (empty && (username === "" || username === tokenUser)) return NothingFound()
  return Found({
    secrets: username === tokenUser
      ? { identityToken: secret }
      : { userPassword: Credential.userPassword(username, secret) }
  })
}

const maxReasonLength = 200

/** Of a helper's output. Far more than is shown: masking makes a line shorter. */
const maxReadLength = 4096

/** The last word of a line that was cut may be a part of a secret, which no mask would recognize. */
const withoutLastWord = (line: string): string => line.slice(0, line.lastIndexOf(" ") + 1)

const firstLine = (output: string): string => {
  const lines = output.slice(0, maxReadLength).split(/[\r\n]+/).map((line) => ForeignText.oneLine(line, Infinity))
  const first = lines.findIndex((line) => line.trim() !== "")
  const isCut = first === lines.length - 1 && output.length > maxReadLength
  const line = lines[first] ?? ""
  return (isCut ? withoutLastWord(line) : line).trim()
}

/**
 * The first line that is not empty, with likely secrets masked. None if it contains a brace: a helper that crashed may
 * already have printed part of its JSON.
 */
const messageIn = (output: string): Option.Option<string> =>
  Option.some(firstLine(output)).pipe(
    Option.filter((line) => line !== "" && !/[{}]/.test(line)),
    Option.map((line) => ForeignText.oneLine(ForeignText.maskLikely(line), maxReasonLength))
  )
