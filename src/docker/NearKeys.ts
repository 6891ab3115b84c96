/**
 * Keys of a docker config that nearly name a registry: a login for another port, name or scheme of it.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as ForeignText from "../domain/ForeignText.ts"

/** A host without its scheme, path, port, trailing dot and `www.`; `undefined` if it is none. */
const nameOf = (key: string): string | undefined => {
  const authority = key.replace(/^[a-z][a-z\d+.-]*:\/\//i, "").split("/", 1)[0] ?? ""
  const host = authority.startsWith("[") ? authority.replace(/:\d*$/, "") : authority.replace(/:.*$/, "")
  // A user in the key may come with a password.
  return host === "" || key.includes("@") ? undefined : canonical(host.toLowerCase())
}

const loopback =
  /^(?:localhost|.*\.localhost|127(?:\.\d+){1,3}|0\.0\.0\.0|\[::1\]|\[::ffff:127\..*\]|host\.docker\.internal)$/

const canonical = (host: string): string => {
  const name = host.replace(/\.$/, "").replace(/^www\./, "")
  return loopback.test(name) ? "localhost" : name
}

const isAddress = (name: string): boolean => /^[\d.]+$|^\[/.test(name)

/** Without the Public Suffix List: a wrong guess is a name too many in a hint. */
const areSiblings = (one: string, other: string): boolean => {
  if (isAddress(one) || isAddress(other)) return false
  const parent = (name: string) => name.slice(name.indexOf(".") + 1)
  return one.endsWith(`.${other}`) || other.endsWith(`.${one}`) ||
    parent(one).includes(".") && parent(one) === parent(other)
}

const maxNames = 4
const maxLength = 100

/**
 * What a config has in place of the registry: `127.0.0.1:5804 and localhost:5805`. The keys do not match the registry.
 *
 * @since 0.2.0
 * @category accessors
 */
export const describe = (keys: Iterable<string>, host: string): Option.Option<string> => {
  const asked = nameOf(host)
  const near = [...new Set(keys)].filter((key) => {
    const name = nameOf(key)
    return asked !== undefined && name !== undefined && (name === asked || areSiblings(name, asked))
  })
  // The same host under another port or scheme before its siblings.
  const sorted = near.toSorted((one, other) => Number(nameOf(other) === asked) - Number(nameOf(one) === asked))
  const shown = sorted.slice(0, maxNames).map((key) => ForeignText.oneLine(key, maxLength))
  if (sorted.length > maxNames) shown.push(`${sorted.length - maxNames} more`)
  const last = shown.at(-1)
  return last === undefined
    ? Option.none()
    : Option.some(shown.length === 1 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`)
}
