/**
 * `uris`: what a URI asks of a registry.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Resource from "../../src/domain/Resource.ts"
import * as RegistryUri from "../../src/registry/RegistryUri.ts"
import * as Case from "./Case.ts"

const Vector = Schema.Struct({
  uri: Schema.String,
  expect: Case.Members
})

const described = (uri: RegistryUri.RegistryUri) => {
  if (uri._tag === "Registry") {
    return { type: "oci", registry: uri.registry, repository: Option.getOrNull(uri.repository), scope: uri.scope }
  }
  return uri.reason === "unsupported-scheme"
    ? { type: "error", tag: "SchemeUnsupported" }
    : { type: "ignored", reason: uri.reason, registry: uri.registry }
}

const outcomeOf = (uri: string) =>
  Either.match(Resource.parse(uri), {
    onLeft: () => ({ type: "error", tag: "UriInvalid" }),
    onRight: (resource) =>
      resource.password ? { type: "error", tag: "UserinfoInUri" } : described(RegistryUri.classify(resource))
  })

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section(
  "uris",
  Vector,
  ({ expect, uri }) => Effect.sync(() => ({ got: Case.only({ type: "", ...expect }, outcomeOf(uri)), want: expect }))
)
