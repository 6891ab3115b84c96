/**
 * `uris`: what a URI asks of a registry.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as RegistryUri from "../../src/registry/RegistryUri.ts"
import * as Case from "./Case.ts"

const Vector = Schema.Struct({
  uri: Schema.String,
  options: Schema.optional(Schema.Struct({ allow_http_loopback: Schema.optional(Schema.Boolean) })),
  expect: Case.Members
})

const told = (uri: RegistryUri.RegistryUri) =>
  uri._tag === "Ignored"
    ? { type: "ignored", reason: uri.reason, registry: uri.registry }
    : {
      type: "oci",
      registry: uri.registry,
      repository: Option.getOrNull(uri.repository),
      scope: uri.scope
    }

/**
 * @since 0.1.0
 * @category sections
 */
export const section: Case.Section = Case.section("uris", Vector, ({ expect, options, uri }) =>
  Effect.sync(() => ({
    got: Case.only(
      { type: "", ...expect },
      Either.match(RegistryUri.classify(uri, { allowHttpLoopback: options?.allow_http_loopback ?? false }), {
        onLeft: ({ reason }) => ({ type: "error", tag: reason }),
        onRight: told
      })
    ),
    want: expect
  })))
