/**
 * One entry of a `lookup_chain`: where a secret is, and which of the helper's secrets it is.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

const Decoded = Schema.Union(
  Schema.Struct({ source: Schema.Literal("env"), name: Schema.String, binding: Schema.String }),
  Schema.Struct({ source: Schema.Literal("keyring"), service: Schema.String, binding: Schema.String }),
  Schema.Struct({
    source: Schema.Literal("static"),
    value: Schema.RedactedFromSelf(Schema.String),
    binding: Schema.String
  })
)

/**
 * An environment variable, a service of the system keyring, or a value that stands in the configuration itself.
 *
 * @since 0.1.0
 * @category models
 */
export type LookupEntry = typeof Decoded.Type

const Name = Schema.String.pipe(Schema.filter((text) => /^\P{Cc}+$/u.test(text), { description: "a name" }))

/** `name` stands for `service` and for `value` too: users of the reference have it in their files. */
const Written = Schema.Union(
  Schema.Struct({ source: Schema.Literal("env"), name: Name, binding: Schema.optional(Schema.String) }),
  Schema.Struct({
    source: Schema.Literal("keyring"),
    service: Schema.optional(Name),
    name: Schema.optional(Name),
    binding: Schema.optional(Schema.String)
  }),
  Schema.Struct({
    source: Schema.Literal("static"),
    value: Schema.optional(Schema.String),
    name: Schema.optional(Schema.String),
    binding: Schema.optional(Schema.String)
  })
)

type Written = typeof Written.Type

type Checked<A> = Either.Either<A, ParseResult.ParseIssue>

/** The one of two settings that is given: `key`, or `name` in its place. */
const oneOf = (entry: Written, key: string, value: string | undefined, name: string | undefined): Checked<string> => {
  if (value !== undefined && name !== undefined) {
    const nothing = Schema.Never.annotations({ description: `nothing, since "${key}" is given and means the same` })
    return Either.left(new ParseResult.Pointer("name", entry, new ParseResult.Type(nothing.ast, name)))
  }
  return Either.fromNullable(
    value ?? name,
    () => new ParseResult.Pointer(key, entry, new ParseResult.Missing(new AST.Type(Schema.String.ast)))
  )
}

/** Without a default secret, an entry that names no binding would be useless. */
const bindingOf = (entry: Written, allowed: readonly [string, ...ReadonlyArray<string>]): Checked<string> => {
  const binding = entry.binding ?? (allowed.includes("default") ? "default" : undefined)
  if (binding !== undefined && allowed.includes(binding)) return Either.right(binding)
  const { ast } = Schema.Literal(...allowed)
  return Either.left(
    new ParseResult.Pointer(
      "binding",
      entry,
      binding === undefined ? new ParseResult.Missing(new AST.Type(ast)) : new ParseResult.Type(ast, binding)
    )
  )
}

const read = (entry: Written, binding: string): Checked<LookupEntry> => {
  switch (entry.source) {
    case "env":
      return Either.right({ source: "env", name: entry.name, binding })
    case "keyring":
      return Either.map(
        oneOf(entry, "service", entry.service, entry.name),
        (service) => ({ source: "keyring", service, binding })
      )
    case "static":
      return Either.map(
        oneOf(entry, "value", entry.value, entry.name),
        (value) => ({ source: "static", value: Redacted.make(value), binding })
      )
  }
}

const write = (entry: LookupEntry): Written =>
  entry.source === "static" ? { ...entry, value: Redacted.value(entry.value) } : entry

/**
 * The schema of a `lookup_chain` whose entries may have these bindings. An entry without one has the binding `default`,
 * where that is allowed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const chain = (
  ...bindings: readonly [string, ...ReadonlyArray<string>]
): Schema.Schema<ReadonlyArray<LookupEntry>, ReadonlyArray<Written>> =>
  Schema.Array(
    Schema.transformOrFail(Written, Schema.typeSchema(Decoded), {
      strict: true,
      decode: (entry) => Either.flatMap(bindingOf(entry, bindings), (binding) => read(entry, binding)),
      encode: (entry) => ParseResult.succeed(write(entry))
    })
  )

/**
 * @since 0.1.0
 * @category models
 */
export type OciBinding = "username" | "password" | "auth" | "identitytoken" | "registrytoken"

/**
 * The chain of a container registry. It has no `default` secret: that could be a password as well as a token.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ociChain = chain("username", "password", "auth", "identitytoken", "registrytoken")

/**
 * The chain of a helper that needs one secret, its `default`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const secretChain = chain("default")
