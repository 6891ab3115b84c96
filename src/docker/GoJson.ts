/**
 * JSON as Go's encoding/json decodes it for docker, which reads the first value of its files and ignores what follows.
 * Member names match in any case, `null` leaves a string as it is, and maps of one name are merged in their order.
 *
 * @see https://pkg.go.dev/encoding/json#Unmarshal
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/**
 * The members of an object in their order: a name may occur more than once.
 *
 * @since 0.2.0
 * @category models
 */
export class JsonObject extends Data.TaggedClass("JsonObject")<{
  readonly members: ReadonlyArray<readonly [name: string, value: Json]>
}> {}

/**
 * @since 0.2.0
 * @category models
 */
export type Json = Scalar | JsonObject | ReadonlyArray<Json>

/**
 * A place in a text. Line and column count from 1.
 *
 * @since 0.2.0
 * @category models
 */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Document {
  readonly value: Json
  /** Where something other than whitespace follows the value. */
  readonly trailing: Option.Option<Position>
}

type Scalar = string | number | boolean | null

const isScalar = (value: unknown): value is Scalar =>
  value === null || ["string", "number", "boolean"].includes(typeof value)

const whitespace = /[\t\n\r ]*/y
const word = /[-+.\w]+/y

/** A container whose end has not been read. */
class Container {
  private readonly members: Array<readonly [string, Json]> = []
  /** Of the next member of an object. */
  name = ""
  readonly end: "}" | "]"

  constructor(end: "}" | "]") {
    this.end = end
  }

  add(value: Json): void {
    this.members.push([this.name, value])
  }

  close(): Json {
    return this.end === "}" ? new JsonObject({ members: this.members }) : this.members.map(([, value]) => value)
  }
}

/** Not recursive, as a file may be nested to any depth. */
class Reader {
  private readonly text: string
  private offset = 0

  constructor(text: string) {
    this.text = text
  }

  /** The next character that is not whitespace; empty at the end. */
  peek(): string {
    whitespace.lastIndex = this.offset
    whitespace.test(this.text)
    this.offset = whitespace.lastIndex
    return this.text.charAt(this.offset)
  }

  /** Where the next token begins, or the text ends. */
  position(): Position {
    this.peek()
    const lines = this.text.slice(0, this.offset).split(/\r\n?|\n/)
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  }

  /** `undefined` on a syntax error, which is at the position. */
  value(): Json | undefined {
    const open: Array<Container> = []
    for (;;) {
      let value: Json | undefined
      const opened = this.container()
      if (opened === undefined) value = this.scalar()
      else if (this.take(opened.end)) value = opened.close()
      else if (this.name(opened)) {
        open.push(opened)
        continue
      }
      // The end of a value may be the end of the containers around it.
      for (let next = false; value !== undefined && !next;) {
        const parent = open.at(-1)
        if (parent === undefined) return value
        parent.add(value)
        next = this.take(",")
        if (next ? !this.name(parent) : !this.take(parent.end)) return undefined
        if (!next) value = open.pop()?.close()
      }
      if (value === undefined) return undefined
    }
  }

  private take(char: string): boolean {
    if (this.peek() !== char) return false
    this.offset++
    return true
  }

  private container(): Container | undefined {
    return this.take("{") ? new Container("}") : this.take("[") ? new Container("]") : undefined
  }

  /** Reads the name of an object's next member, and the colon. */
  private name(container: Container): boolean {
    if (container.end === "]") return true
    const name = this.peek() === `"` ? this.scalar() : undefined
    if (typeof name !== "string") return false
    container.name = name
    return this.take(":")
  }

  /** `JSON.parse` decodes escapes and numbers; a schema would decode each scalar of a file through `Schema.parseJson`. */
  private scalar(): Scalar | undefined {
    const end = this.peek() === `"` ? this.endOfString() : this.endOfWord()
    try {
      const value: unknown = JSON.parse(this.text.slice(this.offset, end))
      if (!isScalar(value)) return undefined
      this.offset = end
      return value
    } catch {
      return undefined
    }
  }

  private endOfWord(): number {
    word.lastIndex = this.offset
    return word.test(this.text) ? word.lastIndex : this.offset
  }

  /** A quote after an odd number of backslashes belongs to the string. */
  private endOfString(): number {
    for (let quote = this.offset;;) {
      quote = this.text.indexOf(`"`, quote + 1)
      if (quote < 0) return this.text.length
      let start = quote
      while (this.text[start - 1] === "\\") start--
      if ((quote - start) % 2 === 0) return quote + 1
    }
  }
}

/**
 * The first value of a text, or where its first syntax error is. A byte order mark is ignored. Nothing of the text is
 * quoted: it may contain a secret.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse = (text: string): Either.Either<Document, Position> => {
  const reader = new Reader(text.startsWith("\uFEFF") ? text.slice(1) : text)
  const value = reader.value()
  return value === undefined
    ? Either.left(reader.position())
    : Either.right({ value, trailing: reader.peek() === "" ? Option.none() : Option.some(reader.position()) })
}

/**
 * The members of an object, none of `null`. `None` if the value has another type.
 *
 * @since 0.2.0
 * @category decoding
 */
export const object = (value: Json): Option.Option<JsonObject> =>
  value === null
    ? Option.some(new JsonObject({ members: [] }))
    : value instanceof JsonObject
    ? Option.some(value)
    : Option.none()

/**
 * The values of all members with this name, in any case.
 *
 * @since 0.2.0
 * @category accessors
 */
export const fields = ({ members }: JsonObject, name: string): ReadonlyArray<Json> => {
  // Unicode's simple case folding, as Go's: "ſ" is an "s".
  const pattern = new RegExp(`^${name}$`, "iu")
  return members.flatMap(([name, value]) => pattern.test(name) ? [value] : [])
}

/**
 * The string that a field has after all its values; empty without one. `None` if a value has another type.
 *
 * @since 0.2.0
 * @category decoding
 */
export const string = (values: ReadonlyArray<Json>): Option.Option<string> => {
  const strings = values.filter((value) => value !== null)
  return strings.every((value) => typeof value === "string") ? Option.some(strings.at(-1) ?? "") : Option.none()
}

/**
 * The map that a field has after all its values: a key replaces an equal one, and `null` all before. `None` if a value has
 * another type. Not a JavaScript object, in which a registry named `constructor` would match an inherited member.
 *
 * @since 0.2.0
 * @category decoding
 */
export const map = (values: ReadonlyArray<Json>): Option.Option<ReadonlyMap<string, Json>> => {
  const merged = new Map<string, Json>()
  for (const value of values) {
    const entries = object(value)
    if (Option.isNone(entries)) return Option.none()
    if (value === null) merged.clear()
    for (const [key, entry] of entries.value.members) merged.set(key, entry)
  }
  return Option.some(merged)
}
