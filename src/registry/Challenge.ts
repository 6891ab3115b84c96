/**
 * What a server asks for with `WWW-Authenticate` (RFC 9110 section 11): several challenges in a line, several lines,
 * parameters quoted or not, and what servers really send.
 *
 * A malformed part costs that part alone: the text up to the next comma is skipped.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"

/**
 * @since 0.1.0
 * @category models
 */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  /** By lower-case name. The last value of a name wins, except for `scope`, whose values add up. */
  readonly params: ReadonlyMap<string, string>
  readonly token68?: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Bearer {
  readonly scheme: "bearer"
  readonly realm: string
  readonly service?: string
  readonly scope?: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Basic {
  readonly scheme: "basic"
}

/**
 * A challenge that we can answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Selected = Bearer | Basic

interface Draft {
  scheme: string
  params: Map<string, string>
  token68?: string
}

const separators = /[ \t,]*/y
const blanks = /[ \t]*/y
const equals = /=[ \t]*/y
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y
/** Wider than a token: a URL without its quotes is taken as it is meant. */
const unquoted = /[^ \t,;"\\]*/y
const junk = /[^,]*/y

const append = (params: Map<string, string>, name: string, value: string): void => {
  const before = name === "scope" ? params.get(name) : undefined
  params.set(name, before === undefined || before === "" ? value : value === "" ? before : `${before} ${value}`)
}

/** Node.js takes headers of 16 KiB; other runtimes take more. */
const maxLineLength = 64 * 1024

/** Adds a line's challenges. Like a joined line, a further line may go on with the parameters of the one before. */
const parseLine = (line: string, challenges: Array<Draft>): void => {
  let at = 0
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const taken = pattern.exec(line)?.[0] ?? ""
    at += taken.length
    return taken
  }
  /** `undefined` when the closing quote is missing, and then nothing of the line is left. */
  const quoted = (): string | undefined => {
    let value = ""
    for (let i = at + 1; i < line.length; i++) {
      if (line[i] === "\"") {
        at = i + 1
        return value
      }
      value += line[i] === "\\" ? line[++i] ?? "" : line[i]
    }
    at = line.length
    return undefined
  }
  const param = (name: string): void => {
    const value = line[at] === "\"" ? quoted() : take(unquoted)
    const challenge = challenges.at(-1)
    if (value !== undefined && challenge !== undefined) append(challenge.params, name.toLowerCase(), value)
  }
  const element = (): void => {
    const name = take(token)
    if (name === "") return
    const blank = take(blanks)
    if (take(equals) !== "") return param(name)
    const ends = at >= line.length || line[at] === ","
    if (blank === "" && !ends) return
    const challenge: Draft = { scheme: name.toLowerCase(), params: new Map() }
    challenges.push(challenge)
    const credentials = take(token68)
    if (credentials !== "") {
      challenge.token68 = credentials
      return
    }
    const first = take(token)
    take(blanks)
    if (first !== "" && take(equals) !== "") param(first)
  }
  take(separators)
  while (at < line.length) {
    element()
    take(junk)
    take(separators)
  }
}

/**
 * The challenges of all `WWW-Authenticate` lines, in their order. It never fails.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (lines: ReadonlyArray<string>): ReadonlyArray<Challenge> => {
  const challenges: Array<Draft> = []
  for (const line of lines) parseLine(line.slice(0, maxLineLength), challenges)
  return challenges
}

const quote = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`

/**
 * The header line of a challenge.
 *
 * @since 0.1.0
 * @category encoding
 */
export const print = (challenge: Challenge): string => {
  const params = [...challenge.params].map(([name, value]) => `${name}=${quote(value)}`)
  const parts = challenge.token68 === undefined ? params : [challenge.token68, ...params]
  return parts.length === 0 ? challenge.scheme : `${challenge.scheme} ${parts.join(", ")}`
}

const bearer = ({ params, scheme }: Challenge): ReadonlyArray<Bearer> => {
  const text = (name: string) => params.get(name) ?? ""
  if (scheme !== "bearer" || text("realm") === "") return []
  return [{
    scheme: "bearer",
    realm: text("realm"),
    ...(text("service") === "" ? {} : { service: text("service") }),
    ...(text("scope") === "" ? {} : { scope: text("scope") })
  }]
}

/**
 * The challenge to answer: the first Bearer that names its realm, else Basic.
 *
 * @since 0.1.0
 * @category selecting
 */
export const select = (
  challenges: ReadonlyArray<Challenge>
): Either.Either<Selected, "NoSupportedChallenge" | "MissingRealm"> => {
  const [found] = challenges.flatMap(bearer)
  if (found !== undefined) return Either.right(found)
  const has = (scheme: string) => challenges.some((challenge) => challenge.scheme === scheme)
  if (has("basic")) return Either.right({ scheme: "basic" })
  return Either.left(has("bearer") ? "MissingRealm" : "NoSupportedChallenge")
}
