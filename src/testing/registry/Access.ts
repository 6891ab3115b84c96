/**
 * What a token or a user may do: a name and a set of actions.
 *
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Description, User } from "./Description.ts"

/**
 * An entry of the claim `access` of a token.
 *
 * @since 0.2.0
 * @category models
 */
export const Access = Schema.Struct({
  type: Schema.String,
  name: Schema.String,
  actions: Schema.Array(Schema.String)
})

/**
 * @since 0.2.0
 * @category models
 */
export type Access = typeof Access.Type

/** A name may have a port, `registry:5000/app`, so the actions begin after the last colon. */
const scopeForm = /^(?<type>[^:]+):(?<name>.+):(?<actions>[^:]*)$/

const parseOne = (scope: string): ReadonlyArray<Access> => {
  const { actions = "", name = "", type = "" } = scopeForm.exec(scope)?.groups ?? {}
  return name === "" ? [] : [{ type, name, actions: actions.split(",").filter((action) => action !== "") }]
}

const sameResource = (a: Access, b: Access): boolean => a.type === b.type && a.name === b.name

const actionsOf = (all: ReadonlyArray<Access>, resource: Access): ReadonlyArray<string> =>
  all.filter((entry) => sameResource(entry, resource)).flatMap(({ actions }) => actions)

/**
 * Parses scopes, such as `repository:org/app:pull,push`, one or several in each string. Malformed ones are ignored, as
 * docker's token server does, and scopes for the same resource are merged.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse = (scopes: ReadonlyArray<string>): ReadonlyArray<Access> => {
  const all = scopes.flatMap((list) => list.split(" ")).flatMap(parseOne)
  return all
    .filter((entry, index) => all.findIndex((other) => sameResource(entry, other)) === index)
    .map((entry) => ({ ...entry, actions: [...new Set(actionsOf(all, entry))] }))
}

/**
 * The scope of an entry.
 *
 * @since 0.2.0
 * @category encoding
 */
export const format = ({ actions, name, type }: Access): string => `${type}:${name}:${actions.join(",")}`

/**
 * Whether all actions are granted. `*` grants every action.
 *
 * @since 0.2.0
 * @category predicates
 */
export const includes = (granted: ReadonlyArray<Access>, required: Access): boolean => {
  const actions = actionsOf(granted, required)
  return actions.includes("*") || required.actions.every((action) => actions.includes(action))
}

const isListed = (user: User, repository: string): ReadonlyArray<string> => {
  const { repositories } = user
  const all = ["pull", "push", "delete"]
  if (repositories === undefined) return all
  if (Array.isArray(repositories)) return repositories.includes(repository) ? all : []
  return Object.entries(repositories).find(([name]) => name === repository)?.[1] ?? []
}

const inRepository = (description: Description, name: Option.Option<string>, repository: string) => {
  const { anonymous, users } = description
  const open = anonymous === true || (anonymous !== false && anonymous.includes(repository))
  const user = Option.flatMapNullable(name, (name) => users[name])
  return [
    ...(open ? ["pull"] : []),
    ...Option.match(user, { onNone: () => [], onSome: (user) => isListed(user, repository) })
  ]
}

/**
 * The part of the requested access that a user has; `None` is the anonymous user.
 *
 * @since 0.2.0
 * @category combinators
 */
export const grantedTo = (description: Description, user: Option.Option<string>) =>
(
  requested: Access
): Option.Option<Access> => {
  const rights = requested.type === "repository"
    ? inRepository(description, user, requested.name)
    // The catalog and everything else is for those who have logged in.
    : Option.isSome(user)
    ? requested.actions
    : []
  const actions = requested.actions.includes("*")
    ? (rights.length === 0 ? [] : rights)
    : requested.actions.filter((action) => rights.includes(action))
  return actions.length === 0 ? Option.none() : Option.some({ ...requested, actions: [...new Set(actions)] })
}
