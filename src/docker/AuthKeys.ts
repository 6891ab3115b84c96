/**
 * Which keys of a docker config apply to a registry, and in which order.
 *
 * @see containers-auth.json(5), which describes the keys of namespaces
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import type { Target } from "../domain/Resource.ts"
import type { Format } from "./DockerConfigFiles.ts"

/** The key that `docker login` writes for Docker Hub. */
const hubKey = "https://index.docker.io/v1/"

const hubNames: ReadonlyArray<string> = ["docker.io", "index.docker.io", "registry-1.docker.io"]

/** Written by the browser login of `docker login`, for the API of Docker Hub. The registry does not accept them. */
const hubApiToken = /^(https?:\/\/)?index\.docker\.io(:443)?\/v1\/(access|refresh)-token\/?$/i

const normalize = (host: string): string => host.toLowerCase().replace(/:443$/, "")

/**
 * Whether a host is one of the names of Docker Hub.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isHub = (host: string): boolean => hubNames.includes(normalize(host))

/**
 * The key of a host in a credential store: the host itself, except for Docker Hub.
 *
 * @since 0.1.0
 * @category accessors
 */
export const serverKey = (host: string): string => isHub(host) ? hubKey : host

/** `host/a/b` before `host/a`: whole path components, and the host exactly as requested. */
const namespaced = (target: Target): ReadonlyArray<string> => {
  const names = isHub(target.host) ? hubNames : [target.host]
  const parts = Option.getOrElse(target.repository, () => "").split("/").filter((part) => part !== "")
  return parts.flatMap((_, dropped) => {
    const path = parts.slice(0, parts.length - dropped).join("/")
    return names.map((name) => `${name}/${path}`)
  })
}

const exact = (host: string): ReadonlyArray<string> => isHub(host) ? [hubKey, ...hubNames] : [host]

interface Key {
  readonly key: string
  readonly scheme: string
  readonly host: string
  readonly path: string
}

const parse = (key: string): Key => {
  const [, scheme = "", host = "", path = ""] = /^(?:(https?):\/\/)?([^/]*)(.*)$/is.exec(key) ?? []
  return { key, scheme: scheme.toLowerCase(), host: normalize(host), path }
}

const isWholeHost = ({ path }: Key): boolean => /^\/?$|^\/v[12]\/?$/.test(path)

const schemes = ["https", "", "http"]

const byPreference: Order.Order<Key> = Order.combineAll([
  Order.mapInput(Order.number, ({ scheme }: Key) => schemes.indexOf(scheme)),
  Order.mapInput(Order.number, (key: Key) => isWholeHost(key) ? 0 : 1),
  Order.mapInput(Order.string, ({ key }: Key) => key)
])

/** Keys that spell the host differently. Without a scheme, a key with a path belongs to a namespace. */
const normalized = (keys: ReadonlyArray<string>, target: Target, format: Format): ReadonlyArray<string> => {
  const host = normalize(target.host)
  const isSameHost = (name: string) => isHub(host) ? isHub(name) : name === host
  return keys
    .map(parse)
    .filter((key) => isSameHost(key.host) && (format === "legacy" || key.scheme !== "" || isWholeHost(key)))
    .toSorted(byPreference)
    .map(({ key }) => key)
}

/**
 * The keys that apply to the target, the most specific first.
 *
 * @since 0.1.0
 * @category accessors
 */
export const matching = (
  keys: Iterable<string>,
  target: Target,
  format: Format = "config"
): ReadonlyArray<string> => {
  const usable = [...keys].filter((key) => !hubApiToken.test(key))
  const exactKeys = [...(format === "legacy" ? [] : namespaced(target)), ...exact(target.host)]
  return [...new Set([...exactKeys.filter((key) => usable.includes(key)), ...normalized(usable, target, format)])]
}
