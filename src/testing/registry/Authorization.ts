/**
 * Who may do what at the registry itself, and the challenge to everyone else.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as FakeHttp from "../FakeHttp.ts"
import * as Access from "./Access.ts"
import type { Bearer, Description } from "./Description.ts"
import * as Jwt from "./Jwt.ts"
import * as Responses from "./Responses.ts"
import type { Target } from "./Routes.ts"
import * as Users from "./Users.ts"

/** Why a request is denied. The error is empty if the request has no credentials. */
interface Denial {
  readonly status: 401 | 403
  readonly error: "" | "invalid_token" | "insufficient_scope"
}

const unauthenticated: Denial = { status: 401, error: "" }

const actionsOf = (method: string): ReadonlyArray<string> =>
  method === "DELETE" ? ["delete"] : ["POST", "PUT", "PATCH"].includes(method) ? ["pull", "push"] : ["pull"]

const requiredBy = ({ method }: FakeHttp.Request, { endpoint, repository }: Target): Option.Option<Access.Access> =>
  endpoint === "catalog"
    ? Option.some({ type: "registry", name: "catalog", actions: ["*"] })
    : repository === ""
    ? Option.none()
    : Option.some({ type: "repository", name: repository, actions: actionsOf(method) })

type Required = Option.Option<Access.Access>

const deniedByPassword = (
  description: Description,
  request: FakeHttp.Request,
  required: Required
): Denial | undefined => {
  const user = Users.withBasic(description, request)
  if (Option.isSome(request.authorization) && Option.isNone(user)) return unauthenticated
  const allowed = Option.match(required, {
    onNone: () => Option.isSome(user),
    onSome: (access) =>
      Option.exists(Access.grantedTo(description, user)(access), (granted) => Access.includes([granted], access))
  })
  if (allowed) return undefined
  return Option.isSome(user) ? { status: 403, error: "" } : unauthenticated
}

const deniedByToken = (
  auth: Bearer,
  request: FakeHttp.Request,
  required: Required,
  now: number
): Denial | undefined => {
  const header = Option.map(request.authorization, Redacted.value)
  if (Option.isNone(header) || !/^bearer /i.test(header.value)) return unauthenticated
  const claims = Option.filter(
    Jwt.read(header.value.slice(7).trim()),
    ({ aud, exp, nbf }) =>
      nbf * 1000 <= now && now < exp * 1000 && (aud === undefined || auth.service === null || aud === auth.service)
  )
  if (Option.isNone(claims)) return { status: 401, error: "invalid_token" }
  return Option.isNone(required) || Access.includes(claims.value.access, required.value)
    ? undefined
    : { status: auth.insufficientScope, error: "insufficient_scope" }
}

const challengeOf = (
  { auth }: Description,
  target: Target,
  required: Required,
  { error, status }: Denial
): ReadonlyArray<string> => {
  if (auth._tag === "Open") return []
  if (auth._tag === "Basic") return status === 401 ? [`Basic realm="${auth.realm}"`] : []
  const scope = target.endpoint === "base" ? Option.fromNullable(auth.scope) : Option.map(required, Access.format)
  const parameters = [
    `realm="${auth.realm}"`,
    ...(auth.service === null ? [] : [`service="${auth.service}"`]),
    ...Option.match(scope, { onNone: () => [], onSome: (scope) => [`scope="${scope}"`] }),
    ...(error === "" ? [] : [`error="${error}"`])
  ]
  return [`Bearer ${parameters.join(",")}`]
}

/** The detail of docker-registry's errors: one entry for each action. */
const detailOf = (required: Required) =>
  Option.match(required, {
    onNone: () => null,
    onSome: ({ actions, name, type }) =>
      actions.map((action) => ({ Type: type, Class: "", Name: name, Action: action }))
  })

/**
 * The response to a request that may not be answered; `None` if it may.
 *
 * @since 0.2.0
 * @category combinators
 */
export const denied = (
  description: Description,
  request: FakeHttp.Request,
  target: Target,
  now: number
): Option.Option<FakeHttp.Response> => {
  const { auth } = description
  if (auth._tag === "Open") return Option.none()
  const required = requiredBy(request, target)
  const denial = auth._tag === "Basic"
    ? deniedByPassword(description, request, required)
    : deniedByToken(auth, request, required, now)
  if (denial === undefined) return Option.none()
  const response = denial.status === 403
    ? Responses.error(403, "DENIED", "requested access to the resource is denied", detailOf(required))
    : Responses.error(401, "UNAUTHORIZED", "authentication required", detailOf(required))
  const lines = description.challenge ?? challengeOf(description, target, required, denial)
  return Option.some({ ...response, headers: { ...response.headers, "www-authenticate": lines } })
}
