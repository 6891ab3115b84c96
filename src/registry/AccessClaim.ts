/**
 * What a token opens, as far as it says so. A token service may answer with a token that holds less than was asked for, and
 * the registry then refuses it.
 *
 * Tokens are opaque: only a JSON Web Token with the `access` claim of docker's registry is judged, and never its signature.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const Access = Schema.Struct({
  type: Schema.String,
  name: Schema.String,
  actions: Schema.optionalWith(Schema.Array(Schema.String), { nullable: true, default: () => [] })
})

const decodeClaims = Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct({ access: Schema.Array(Access) })))

type Access = typeof Access.Type

const maxTokenLength = 64 * 1024

const accessOf = (token: string): Option.Option<ReadonlyArray<Access>> => {
  const [, payload, , ...rest] = token.split(".", 4)
  return payload === undefined || rest.length > 0 || token.length > maxTokenLength
    ? Option.none()
    : Option.map(decodeClaims(Buffer.from(payload, "base64url").toString("utf8")), ({ access }) => access)
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Lack {
  readonly repository: string
  /** The first action that the token lacks: `pull`. */
  readonly action: string
}

/** `repository(plugin):org/app:pull` is a repository, too. A name may contain a port. */
const repositoryScope = /^repository(?:\([a-z0-9]+\))?:([^\s]+):([a-z*,]+)$/

const isFor = (repository: string) => ({ name, type }: Access): boolean =>
  /^repository(?:\(|$)/.test(type) && (name === repository || name === "*")

/**
 * What the token lacks of a scope; `None` if nothing, and if the token or the scope does not tell.
 *
 * @since 0.2.0
 * @category deciding
 */
export const lackOf = (token: Redacted.Redacted, scope: string): Option.Option<Lack> => {
  const [, repository = "", wanted = ""] = repositoryScope.exec(scope) ?? []
  if (repository === "") return Option.none()
  return Option.flatMap(accessOf(Redacted.value(token)), (access) => {
    const actions = access.filter(isFor(repository)).flatMap(({ actions }) => actions).flatMap((text) =>
      text.split(",")
    )
    const lacking = actions.includes("*") ? undefined : wanted.split(",").find((action) => !actions.includes(action))
    return Option.map(Option.fromNullable(lacking), (action) => ({ repository, action }))
  })
}
