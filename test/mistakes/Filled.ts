/** A mistake with its places filled in, and the rule that all of them are held to. */
import { assert } from "vitest"
import type * as FakeProcess from "../../src/testing/FakeProcess.ts"
import type * as FakeRegistry from "../../src/testing/FakeRegistry.ts"
import { base64, entry, type Mistake, old, secret } from "./Mistake.ts"
import { tokens } from "./mistakes.ts"

export interface Places {
  readonly host: string
  readonly origin: string
  readonly home: string
}

export interface Filled {
  readonly uri: string
  readonly registry: FakeRegistry.Description
  /** By path below the home directory; `null` for a directory. */
  readonly files: Readonly<Record<string, string | null>>
  readonly variables: Readonly<Record<string, string>>
  readonly programs: Readonly<Record<string, FakeProcess.FakeProcess>>
  readonly exit: number
  readonly says: RegExp
}

const filler = (places: Places) => (text: string): string =>
  Object.entries(places).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), text)

const mapped = <A, B>(record: Readonly<Record<string, A>>, f: (value: A, key: string) => B) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]))

export const fill = (mistake: Mistake, places: Places): Filled => {
  const filled = filler(places)
  const content = (value: unknown): string | null =>
    value === null ? null : filled(typeof value === "string" ? value : JSON.stringify(value))
  const files = { "/workspace/.tweag-credential-helper.json": mistake.config ?? entry(), ...mistake.files }
  return {
    uri: filled(mistake.uri ?? "{origin}/v2/team/app/manifests/latest"),
    registry: mistake.registry ?? tokens,
    files: mapped(files, content),
    variables: mapped(mistake.variables ?? {}, filled),
    programs: mapped(mistake.programs ?? {}, (reply) => ({ responses: { "*": reply } })),
    exit: mistake.exit,
    says: new RegExp(filled(mistake.says.source))
  }
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A failure is told in any case; an answer that does not let the caller in is explained to those who ask. */
export const check = ({ exit, says }: Filled, quiet: Outcome, basic: Outcome): void => {
  assert.strictEqual(quiet.code, exit, quiet.stderr)
  assert.strictEqual(basic.code, exit, basic.stderr)
  assert.match((exit === 0 ? basic : quiet).stderr, says, quiet.stderr)
  if (exit === 0) assert.strictEqual(quiet.stderr, "")
  else assert.strictEqual(quiet.stdout, "")
  for (const shown of [quiet.stderr, basic.stderr]) {
    for (const value of ["canary", ...[secret, old].map((_) => base64(`dev:${_}`))]) assert.notInclude(shown, value)
  }
  for (const line of quiet.stderr.split("\n").slice(0, -1)) assert.match(line, /^credential-helper: /)
}
