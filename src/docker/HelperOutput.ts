/**
 * What a docker-credential-* program meant by what it printed (registry-auth A.5).
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credential from "../domain/Credential.ts"
import type { Output } from "../platform/Process.ts"
import type { Secrets } from "./AuthEntry.ts"
import * as JsonObject from "./JsonObject.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type HelperOutput = Data.TaggedEnum<{
  Found: { readonly secrets: Secrets }
  NothingFound: {}
  /** The helper said so itself; `reason` is one line of its own words. */
  Failed: { readonly reason: string }
  /** `reason` never repeats what was printed: it may hold the secret. */
  Invalid: { readonly reason: string }
}>

const { Failed, Found, Invalid, NothingFound } = Data.taggedEnum<HelperOutput>()

const notFound = "credentials not found in native keychain"

/** The user name with which a helper says that its secret is an identity token. */
const tokenUser = "<token>"

/**
 * @since 0.1.0
 * @category constructors
 */
export const read = (output: Output): HelperOutput => {
  const stdout = Redacted.value(output.stdout)
  if (output.exitCode === 0) return readAnswer(stdout)
  const stderr = Redacted.value(output.stderr)
  return stdout.trim() === notFound || stderr.includes(notFound)
    ? NothingFound()
    : Failed({
      reason: ownWords(stdout).pipe(
        Option.orElse(() => ownWords(stderr)),
        Option.getOrElse(() => `exit code ${output.exitCode}`)
      )
    })
}

const readAnswer = (stdout: string): HelperOutput => {
  if (stdout.trim() === "") return Invalid({ reason: "nothing" })
  const answer = Option.flatMap(JsonObject.parse(stdout), JsonObject.fromUnknown)
  if (Option.isNone(answer)) return Invalid({ reason: "not a JSON object" })
  const username = JsonObject.text(JsonObject.member(answer.value, "Username"))
  const secret = JsonObject.text(JsonObject.member(answer.value, "Secret"))
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

const reasonLimit = 200

/**
 * The first line of a message, cleaned, cut, and without anything that looks like a secret: a helper that breaks down
 * half-way may have printed its answer already.
 */
const ownWords = (text: string): Option.Option<string> =>
  Option.fromNullable(text.split(/[\r\n]+/).map(clean).find((line) => line !== "")).pipe(
    Option.filter((line) => !/[{}]/.test(line)),
    Option.map((line) => cut(mask(line)))
  )

/** Colours and other control sequences go, so that a message cannot draw on the terminal. */
const clean = (line: string): string =>
  line.replace(/\p{Cc}\[[0-9;?]*[ -/]*[@-~]/gu, "").replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim()

const mask = (line: string): string =>
  line
    .replace(/\/\/[^/@\s]+@/g, "//…@")
    .replace(/((?:secret|password|passwd|token)["']?\s*[:=]\s*)\S.*$/i, "$1…")
    .replace(/((?:bearer|basic)\s+)\S{8,}/gi, "$1…")
    .replace(/(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{20,}/g, "…")

const cut = (line: string): string => line.length <= reasonLimit ? line : `${line.slice(0, reasonLimit - 1)}…`
