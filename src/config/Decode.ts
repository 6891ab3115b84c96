/**
 * Strict decoding of what a person wrote, with an error that says where, what was found, and what is allowed.
 *
 * A value may be a secret, so that the error shows none. What it says comes from the schema alone: an AST's
 * `description` or its literals, never the text of an issue.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as ForeignText from "../domain/ForeignText.ts"
import { ConfigInvalid } from "./ConfigError.ts"
import * as JsonSyntax from "./JsonSyntax.ts"
import * as NearMiss from "./NearMiss.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** The file. */
  readonly path: string
  /** Where in the file the value stands; nothing for the whole file. */
  readonly at?: ReadonlyArray<PropertyKey>
  /** Words that other versions know. */
  readonly elsewhere?: ReadonlyArray<string>
}

/** The keys whose wrong words may be shown: what stands there is chosen from a list. */
const shown = new Set<PropertyKey>(["source", "helper", "binding", "token_exchange_method", "scheme"])

const clean = (text: string): string => ForeignText.oneLine(text, 61)

/** `$.urls[0].config`: a key that is no identifier stands in brackets. */
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

/** The words that are allowed, if the place wants one of a few. */
const words = (ast: AST.AST): ReadonlyArray<string> =>
  AST.isUnion(ast)
    ? ast.types.flatMap(words)
    : AST.isLiteral(ast) && typeof ast.literal === "string"
    ? [ast.literal]
    : AST.isTransformation(ast) || AST.isRefinement(ast)
    ? words(ast.from)
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

/** One thing that is wrong, in the schema's terms. */
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

/** What is wrong deepest inside: of a union's members, the one that fits best fails last. */
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

const quote = (text: string): string => `"${clean(text)}"`

/** A wrong word is shown where words are chosen from a list; of anything else, the type. */
const foundOf = ({ actual, path, problem }: Finding, elsewhere: ReadonlyArray<string>): string => {
  const key = path.at(-1) ?? "$"
  if (problem === "missing") return "missing"
  if (problem === "unknown key") return `unknown key ${quote(String(key))}`
  if (typeof actual !== "string" || actual === "" || !shown.has(key)) return typeName(actual)
  return elsewhere.includes(actual) ? `${quote(actual)}, which this version does not have` : quote(actual)
}

const report = (finding: Finding, place: Place): ConfigInvalid => {
  const unknownKey = finding.problem === "unknown key"
  const known = unknownKey ? keysOf(finding.ast) : words(finding.ast)
  const written = unknownKey ? String(finding.path.at(-1)) : finding.actual
  const suggestion = typeof written === "string" && !place.elsewhere?.includes(written)
    ? NearMiss.find(written, known)
    : Option.none()
  return new ConfigInvalid({
    path: place.path,
    at: jsonPath([...place.at ?? [], ...finding.path]),
    found: foundOf(finding, place.elsewhere ?? []),
    allowed: unknownKey ? known.join(", ") || "no key" : describe(finding.ast),
    ...(Option.isSome(suggestion) ? { suggestion: suggestion.value } : {})
  })
}

/**
 * Decodes a value of a configuration file; keys that the schema does not know are errors.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = <A, I>(
  schema: Schema.Schema<A, I>,
  place: Place
): (value: unknown) => Either.Either<A, ConfigInvalid> => {
  const decoded = Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })
  return (value) => Either.mapLeft(decoded(value), ({ issue }) => report(findingOf(issue, [], schema.ast), place))
}

const parse = Schema.decodeUnknownOption(Schema.parseJson())

/**
 * The value of a JSON text; an error names line and column, and quotes nothing.
 *
 * @since 0.1.0
 * @category decoding
 */
export const json = (path: string, text: string): Either.Either<unknown, ConfigInvalid> =>
  Either.fromOption(parse(text), () => {
    const at = Option.match(JsonSyntax.firstError(text), {
      onNone: () => "",
      onSome: ({ column, line }) => ` at line ${line}, column ${column}`
    })
    const found = text.trim() === "" ? "an empty file" : `not valid JSON${at}`
    return new ConfigInvalid({ path, at: "$", found, allowed: "one JSON object without comments" })
  })
