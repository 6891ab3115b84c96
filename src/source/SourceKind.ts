/**
 * A kind of source for `lookup_chain`: its name, the schema of its settings, and how a source is made of them.
 *
 * @since 0.2.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { CredentialSource } from "./CredentialSource.ts"
import type { Secret } from "./Secret.ts"

/**
 * The bindings that an entry may have: which of a provider's secrets it is.
 *
 * @since 0.2.0
 * @category models
 */
export type Bindings = readonly [string, ...ReadonlyArray<string>]

/**
 * An entry of a `lookup_chain`, decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface LookupEntry {
  readonly binding: string
  readonly source: CredentialSource<Secret>
  /** How to give the source a value, in the imperative and without a full stop: `set GH_TOKEN`. */
  readonly setup?: string
}

type Decoded<A> = Either.Either<A, ParseResult.ParseIssue>

/**
 * @since 0.2.0
 * @category models
 */
export interface SourceKind {
  /** The value of `source` in an entry. */
  readonly name: string
  readonly decode: (entry: unknown, bindings: Bindings) => Decoded<LookupEntry>
}

/** Without a default secret, an entry that names no binding would be useless. */
const bindingOf = (entry: { readonly binding?: string | undefined }, allowed: Bindings): Decoded<string> => {
  const binding = entry.binding ?? (allowed.includes("default") ? "default" : undefined)
  if (binding !== undefined && allowed.includes(binding)) return Either.right(binding)
  const { ast } = Schema.Literal(...allowed)
  const issue = binding === undefined
    ? new ParseResult.Missing(new AST.Type(ast))
    : new ParseResult.Type(ast, binding)
  return Either.left(new ParseResult.Pointer("binding", entry, issue))
}

/**
 * @since 0.2.0
 * @category constructors
 */
export const make = <A, I>(kind: {
  readonly name: string
  readonly Config: Schema.Schema<A, I>
  readonly make: (config: A) => Decoded<CredentialSource<Secret>>
  /** How to give the source a value, in the imperative and without a full stop: `set GH_TOKEN`. */
  readonly setup?: (config: A) => string
}): SourceKind => {
  const Entry = Schema.Struct({ source: Schema.Literal(kind.name) }).pipe(
    Schema.extend(kind.Config),
    Schema.extend(Schema.Struct({ binding: Schema.optional(Schema.String) }))
  )
  const decodeEntry = ParseResult.decodeUnknownEither(Entry, { onExcessProperty: "error" })
  return {
    name: kind.name,
    decode: (written, bindings) =>
      Either.gen(function*() {
        const entry = yield* decodeEntry(written)
        const binding = yield* bindingOf(entry, bindings)
        return {
          binding,
          source: yield* kind.make(entry),
          ...(kind.setup === undefined ? {} : { setup: kind.setup(entry) })
        }
      })
  }
}

/**
 * A name in the settings of a source: of a variable, of a service.
 *
 * @since 0.2.0
 * @category schemas
 */
export const Name = Schema.String.pipe(
  Schema.filter((text) => /^\P{Cc}+$/u.test(text), { description: "a name" })
)

/**
 * The value of `key`, or of `name` in its place, as files for tweag/credential-helper have it.
 *
 * @since 0.2.0
 * @category decoding
 */
export const aliased = <K extends string>(
  entry: { readonly [Key in K | "name"]?: string | undefined },
  key: K
): Decoded<string> => {
  const { [key]: value, name } = entry
  if (value !== undefined && name !== undefined) {
    const nothing = Schema.Never.annotations({ description: `nothing, since "${key}" is given and means the same` })
    return Either.left(new ParseResult.Pointer("name", entry, new ParseResult.Type(nothing.ast, name)))
  }
  return Either.fromNullable(
    value ?? name,
    () => new ParseResult.Pointer(key, entry, new ParseResult.Missing(new AST.Type(Schema.String.ast)))
  )
}
