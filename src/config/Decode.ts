/**
 * Strict decoding of a configuration file. An error says where, what was found, and what is allowed.
 *
 * A value may be a secret, so errors are worded from the schema alone: its descriptions and literals.
 * `ParseResult.ArrayFormatter` does not help: its issues have a path and a message that quotes the value, but neither
 * the AST, which says what is allowed, nor the one member of a union that the user meant.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as ForeignText from "../domain/ForeignText.ts"
import { ConfigInvalid } from "./ConfigError.ts"
import * as Jsonc from "./Jsonc.ts"
import * as NearMiss from "./NearMiss.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** The file. */
  readonly path: string
  /** Path of the value inside the file; absent for the whole file. */
  readonly at?: ReadonlyArray<PropertyKey>
  /** Whether the entry that it is part of names one host, without a wildcard. */
  readonly namesHost?: boolean
  /** What other words and keys mean here. */
  readonly otherWords?: Readonly<Record<string, string>>
  /** Words that are valid in other versions of the file format. */
  readonly elsewhere?: ReadonlyArray<string>
}

/** Keys whose value is one word of a list, never a secret: a wrong word is shown. */
const shown = new Set<PropertyKey>(["source", "helper", "binding", "token_exchange_method", "scheme"])

const clean = (text: string): string => ForeignText.oneLine(text, 61)

/** `$.urls[0].config`; a key that is not an identifier is put in brackets. */
const jsonPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>((path, key) =>
    typeof key === "number"
      ? `${path}[${key}]`
      : /^[$A-Za-z_][\w$-]{0,59}$/.test(String(key))
      ? `${path}.${String(key)}`
      : `${path}["${clean(String(key))}"]`, "$")

const typeName = (value: unknown): string => {
  if (value === null || value === undefined) return `${value}`
  if (value === "") return "an empty string"
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" ? "an object" : typeof value === "boolean" ? "true or false" : `a ${typeof value}`
}

/** The allowed words, if the schema is a list of words. */
const literals = (ast: AST.AST): ReadonlyArray<string> =>
  AST.isUnion(ast)
    ? ast.types.flatMap(literals)
    : AST.isLiteral(ast) && typeof ast.literal === "string"
    ? [ast.literal]
    : AST.isTransformation(ast) || AST.isRefinement(ast)
    ? literals(ast.from)
    : []

const kind = (ast: AST.AST): string => {
  switch (ast._tag) {
    case "Literal":
      return JSON.stringify(ast.literal)
    case "Union":
      return [...new Set(ast.types.filter((type) => !AST.isUndefinedKeyword(type)).map(describe))].join(", ")
    case "TypeLiteral":
      return "an object"
    case "TupleType":
      return "a list"
    case "Refinement":
    case "Transformation":
      return describe(ast.from)
    case "Suspend":
      return describe(ast.f())
    default:
      return "another value"
  }
}

const describe = (ast: AST.AST): string =>
  AST.isBooleanKeyword(ast)
    ? "true or false"
    : Option.getOrElse(AST.getDescriptionAnnotation(ast), () => kind(ast))

/** One error, in terms of the schema. */
interface Finding {
  readonly path: ReadonlyArray<PropertyKey>
  readonly actual: unknown
  readonly problem: "missing" | "unknown key" | "wrong"
  readonly ast: AST.AST
}

const wrong = (path: ReadonlyArray<PropertyKey>, actual: unknown, ast: AST.AST): Finding => ({
  path,
  actual,
  problem: "wrong",
  ast
})

const isIssue = (
  issues: ParseResult.SingleOrNonEmpty<ParseResult.ParseIssue>
): issues is ParseResult.ParseIssue => !Array.isArray(issues)

/** The error with the longest path: the union member that fits best fails deepest inside the value. */
const deepest = (findings: ReadonlyArray<Finding>, own: Finding): Finding =>
  findings.reduce((best, finding) => finding.path.length > best.path.length ? finding : best, own)

const findingOf = (
  issue: ParseResult.ParseIssue,
  path: ReadonlyArray<PropertyKey>,
  parent: AST.AST
): Finding => {
  switch (issue._tag) {
    case "Pointer":
      return findingOf(issue.issue, path.concat(issue.path), parent)
    case "Composite": {
      const inner = (isIssue(issue.issues) ? [issue.issues] : issue.issues).map((_) => findingOf(_, path, issue.ast))
      const own = wrong(path, issue.actual, issue.ast)
      return AST.isUnion(issue.ast) ? deepest(inner, own) : inner[0] ?? own
    }
    case "Refinement":
      return deepest([findingOf(issue.issue, path, issue.ast)], wrong(path, issue.actual, issue.ast))
    case "Transformation":
      return findingOf(issue.issue, path, issue.ast)
    case "Missing":
      return { path, actual: undefined, problem: "missing", ast: issue.ast.type }
    case "Unexpected":
      return { path, actual: issue.actual, problem: "unknown key", ast: parent }
    case "Type":
    case "Forbidden":
      return wrong(path, issue.actual, issue.ast)
  }
}

const keysOf = (ast: AST.AST): ReadonlyArray<string> =>
  AST.isTypeLiteral(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []

const keyOf = ({ path }: Finding): string => String(path.at(-1) ?? "$")

const quote = (text: string): string => `"${clean(text)}"`

/** The word itself where words are chosen from a list, otherwise the type. */
const foundOf = (finding: Finding, elsewhere: ReadonlyArray<string>): string => {
  const { actual, problem } = finding
  if (problem === "missing") return "missing"
  if (problem === "unknown key") return `unknown key ${quote(keyOf(finding))}`
  if (typeof actual !== "string" || actual === "" || !shown.has(keyOf(finding))) return typeName(actual)
  return elsewhere.includes(actual) ? `${quote(actual)}, which this version does not have` : quote(actual)
}

const allowedOf = ({ ast, problem }: Finding): string =>
  problem === "unknown key" ? keysOf(ast).join(", ") || "no key" : describe(ast)

/** A word that another version knows is not a misspelling. */
const suggestionOf = (finding: Finding, { elsewhere = [], otherWords = {} }: Place): Option.Option<string> => {
  const unknownKey = finding.problem === "unknown key"
  const word = unknownKey ? keyOf(finding) : finding.actual
  if (typeof word !== "string" || elsewhere.includes(word)) return Option.none()
  const known = unknownKey ? keysOf(finding.ast) : literals(finding.ast)
  const meant = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined
  const fits = meant !== undefined && (unknownKey ? meant.includes(".") : known.includes(meant))
  return fits ? Option.some(meant) : NearMiss.find(word, known)
}

const configInvalid = (finding: Finding, place: Place): ConfigInvalid =>
  new ConfigInvalid({
    path: place.path,
    at: jsonPath([...(place.at ?? []), ...finding.path]),
    found: foundOf(finding, place.elsewhere ?? []),
    allowed: allowedOf(finding),
    suggestion: Option.getOrUndefined(suggestionOf(finding, place))
  })

/**
 * Decodes a value of a configuration file. A key that the schema does not have is an error.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = <A, I>(
  schema: Schema.Schema<A, I>,
  place: Place
): (value: unknown) => Either.Either<A, ConfigInvalid> => {
  const decoded = Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })
  return (value) =>
    Either.mapLeft(decoded(value), ({ issue }) => configInvalid(findingOf(issue, [], schema.ast), place))
}

const parsePlain = Schema.decodeUnknownOption(Schema.parseJson())

/**
 * The value of a JSON document, in which comments and trailing commas are allowed. An error has line and column, and
 * quotes nothing.
 *
 * @since 0.1.0
 * @category decoding
 */
export const json = (path: string, text: string): Effect.Effect<unknown, ConfigInvalid> => {
  const invalid = (found: string) =>
    new ConfigInvalid({ path, at: "$", found, allowed: "one JSON object, with or without comments" })
  if (text.trim() === "") return invalid("an empty file")
  return Option.match(parsePlain(text), {
    onNone: () =>
      Effect.mapError(
        Jsonc.parse(text),
        ({ column, line, reason }) => invalid(`${reason} at line ${line}, column ${column}`)
      ),
    onSome: Effect.succeed
  })
}
