/**
 * What to run in place of a command or an option that this program does not have.
 *
 * @since 0.2.0
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import * as NearMiss from "../../config/NearMiss.ts"
import { UsageError } from "../UsageError.ts"

const name = "credential-helper"

const seeHelp = `Run ${name} --help`

/** Commands of tweag/credential-helper, and what serves their purpose here. */
const tweag: Readonly<Record<string, string>> = {
  "setup-uri":
    `To see which credential a URI needs, run ${name} get URI; docs/registries.md and docs/github.md say where it is found`,
  "setup-keyring": "Store the secret with the keyring's own program, as docs/lookup-chains.md shows (The keyring)",
  "installer-install": `Run ${name} install-workspace`,
  "installer-run": `Run ${name} install-workspace`,
  "agent-raw": `To see what the agent has, run ${name} agent-status --json`
}

/**
 * A command of tweag/credential-helper, if it is one that this program lacks.
 *
 * @since 0.2.0
 * @category constructors
 */
export const tweagCommand = (command: string): Option.Option<UsageError> =>
  Option.map(
    Option.fromNullable(Object.hasOwn(tweag, command) ? tweag[command] : undefined),
    (hint) =>
      new UsageError({
        reason: `${command} is a command of tweag-credential-helper that this program does not have`,
        hint
      })
  )

const quote = (word: string): string => `"${word.slice(0, 60)}"`

const isUri = (word: string): boolean => /^[a-z][a-z+.-]*:\/\//i.test(word)

/** The agent's commands are one word, but are often typed as two. */
const agentCommand = (words: ReadonlyArray<string>, names: ReadonlyArray<string>): UsageError => {
  const ofAgent = names.filter((name) => name.startsWith("agent-"))
  const meant = Option.filter(Arr.get(words, 1), (word) => ofAgent.includes(`agent-${word}`))
  return new UsageError({
    reason: `"agent" is not a command; the commands of the agent are ${ofAgent.join(", ")}`,
    hint: Option.match(meant, { onNone: () => seeHelp, onSome: (word) => `Did you mean "agent-${word}"? ${seeHelp}` })
  })
}

/**
 * The error for a command line that begins with none of the known commands. It does not repeat a URI, which may hold a
 * secret.
 *
 * @since 0.2.0
 * @category constructors
 */
export const command = (words: Arr.NonEmptyReadonlyArray<string>, names: ReadonlyArray<string>): UsageError => {
  const [word] = words
  if (word === "agent") return agentCommand(words, names)
  if (isUri(word)) return new UsageError({ reason: "a URI is not a command", hint: `Run ${name} get URI` })
  return Option.getOrElse(tweagCommand(word), () =>
    new UsageError({
      reason: `${quote(word)} is not a command; the commands are ${names.join(", ")}`,
      hint: Option.match(NearMiss.find(word, names), {
        onNone: () => seeHelp,
        onSome: (meant) => `Did you mean "${meant}"? ${seeHelp}`
      })
    }))
}

/** Options that every command of `@effect/cli` has, and what is to be used in their place. */
const instead: Readonly<Record<string, string>> = {
  "--log-level": "Set CREDENTIAL_HELPER_LOGGING to basic or debug"
}

/**
 * The error for an option that a command does not have. It does not repeat the option's value.
 *
 * @since 0.2.0
 * @category constructors
 */
export const option = (command: string, word: string, known: ReadonlyArray<string>): UsageError => {
  const [option = ""] = word.split("=")
  const help = command === "" ? seeHelp : `Run ${name} ${command} --help`
  const hint = Object.hasOwn(instead, option) ? instead[option] : undefined
  return new UsageError({
    reason: `${quote(option)} is not an option of ${command === "" ? name : command}`,
    hint: hint ?? Option.match(NearMiss.find(option, known), {
      onNone: () => help,
      onSome: (meant) => `Did you mean "${meant}"? ${help}`
    })
  })
}

/**
 * The error for more arguments than a command takes. It does not repeat them.
 *
 * @since 0.2.0
 * @category constructors
 */
export const argument = (command: string, max: number): UsageError =>
  new UsageError({
    reason: max === 0 ? `${command} takes no argument` : `${command} takes one argument`,
    hint: `Run ${name} ${command} --help`
  })
