/**
 * The part of JSON Schema (draft 2020-12) that the schema of the configuration file uses. An unknown keyword is an error,
 * so that none is ignored.
 */
import * as Schema from "effect/Schema"

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

const isRecord = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const record = (value: unknown): JsonSchema => {
  if (!isRecord(value)) throw new Error(`not a schema: ${JSON.stringify(value)}`)
  return value
}

const schemas = (value: unknown): ReadonlyArray<JsonSchema> =>
  Schema.decodeUnknownSync(Schema.Array(Schema.Unknown))(value).map(record)

const strings = Schema.decodeUnknownSync(Schema.Array(Schema.String))

const string = Schema.decodeUnknownSync(Schema.String)

/** Annotations, and `then`, which is part of `if`. */
const notes = ["$schema", "$defs", "title", "description", "default", "deprecated", "then"]

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isRecord,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean"
}

type Validate = (schema: JsonSchema, value: unknown) => boolean

type Keyword = (operand: unknown, value: unknown, schema: JsonSchema, validate: Validate) => boolean

const keywords: Readonly<Record<string, Keyword>> = {
  type: (operand, value) => [operand].flat().some((type) => types[string(type)]?.(value) ?? false),
  const: (operand, value) => operand === value,
  enum: (operand, value) => Array.isArray(operand) && operand.includes(value),
  pattern: (operand, value) => typeof value !== "string" || new RegExp(string(operand), "u").test(value),
  minLength: (operand, value) => typeof value !== "string" || value.length >= Number(operand),
  required: (operand, value) => !isRecord(value) || strings(operand).every((key) => Object.hasOwn(value, key)),
  properties: (operand, value, _, validate) =>
    !isRecord(value) ||
    Object.entries(record(operand)).every(([key, schema]) =>
      !Object.hasOwn(value, key) || validate(record(schema), value[key])
    ),
  additionalProperties: (operand, value, { properties }) =>
    operand === false && (!isRecord(value) ||
      Object.keys(value).every((key) => Object.hasOwn(record(properties ?? {}), key))),
  items: (operand, value, _, validate) =>
    !Array.isArray(value) || value.every((item) => validate(record(operand), item)),
  allOf: (operand, value, _, validate) => schemas(operand).every((schema) => validate(schema, value)),
  anyOf: (operand, value, _, validate) => schemas(operand).some((schema) => validate(schema, value)),
  oneOf: (operand, value, _, validate) => schemas(operand).filter((schema) => validate(schema, value)).length === 1,
  if: (operand, value, { then }, validate) => !validate(record(operand), value) || validate(record(then), value)
}

export const check = (schema: unknown): JsonSchema => record(schema)

export const validate = (root: JsonSchema, value: unknown): boolean => {
  const resolve = (reference: string): JsonSchema => {
    const [, name = ""] = /^#\/\$defs\/(\w+)$/.exec(reference) ?? []
    return record(record(root["$defs"])[name])
  }
  const go: Validate = (schema, value) =>
    Object.entries(schema).every(([name, operand]) => {
      if (notes.includes(name)) return true
      if (name === "$ref") return go(resolve(string(operand)), value)
      const keyword = keywords[name]
      if (keyword === undefined) throw new Error(`unknown keyword ${name}`)
      return keyword(operand, value, schema, go)
    })
  return go(root, value)
}
