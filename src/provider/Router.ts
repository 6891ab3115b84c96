/**
 * Which helper answers for a URI: the first entry of the configuration that matches, else the first helper that claims
 * the host by itself, else none.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ConfigInvalid } from "../config/ConfigError.ts"
import * as ConfigFile from "../config/ConfigFile.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import { UriRejected } from "../domain/Resource.ts"
import { Environment } from "../platform/Environment.ts"
import { Files } from "../platform/Files.ts"
import type { FileUnreadable } from "../platform/Files.ts"
import * as RegistryUri from "../registry/RegistryUri.ts"
import { type Helper, Helpers, type Question } from "./Provider.ts"
import type { LookupError } from "./ProviderError.ts"

/**
 * @since 0.1.0
 * @category context
 */
export class Router extends Context.Tag("CredentialHelper/Router")<Router, {
  readonly get: (
    request: GetCredentials.GetCredentialsRequest
  ) => Effect.Effect<GetCredentials.GetCredentialsResponse, LookupError>
}>() {}

/** Query parameters of URIs that are authorized by themselves; a header on top makes object stores refuse them. */
const signatures = new Set(["x-amz-signature", "x-goog-signature", "signature", "sig"])

const isPresigned = (uri: URL): boolean =>
  [...uri.searchParams.keys()].some((name) => signatures.has(name.toLowerCase()))

const decision = (subject: string, outcome: string) => Provenance.step({ kind: "decision", subject, outcome })

const parse = (text: string): Effect.Effect<Question, UriRejected> => {
  const bare = RegistryUri.parseBareHost(text)
  const uri = Option.isSome(bare) ? `https://${bare.value}/` : text
  return URL.canParse(uri)
    ? Effect.succeed({ uri: new URL(uri), bareHost: Option.isSome(bare) })
    : Effect.fail(new UriRejected({ reason: "UriInvalid" }))
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.gen(function*() {
  const helpers = yield* Helpers
  const environment = yield* Environment
  const files = yield* Files
  const schemas = new Map(helpers.map((helper) => [helper.name, helper.config]))
  const config: Effect.Effect<ConfigFile.HelperConfig, ConfigInvalid | FileUnreadable> = ConfigFile.load(schemas)
    .pipe(Effect.provideService(Environment, environment), Effect.provideService(Files, files))

  const byRule = (rule: ConfigFile.Rule, path: string, question: Question) =>
    Effect.suspend(() => {
      const helper = helpers.find((helper) => helper.name === rule.helper)
      if (helper === undefined || !rule.supported) {
        return new ConfigInvalid({
          path,
          at: `$.urls[${rule.index}].helper`,
          found: `the helper "${rule.helper}" is not part of this version`,
          allowed: helpers.map((helper) => helper.name).join(", ")
        })
      }
      return helper.get(
        { ...question, configured: true, required: rule.required },
        rule.config
      )
    })

  const byClaim = (helper: Helper, question: Question) =>
    Effect.zipRight(
      Provenance.step({ kind: "rule", subject: "built-in", outcome: helper.name }),
      helper.get(
        { ...question, configured: false, required: false },
        Schema.decodeUnknownSync(helper.config)({})
      )
    )

  return Router.of({
    get: Effect.fn("Router.get")(function*(request: GetCredentials.GetCredentialsRequest) {
      const question = yield* parse(request.uri)
      if (isPresigned(question.uri)) {
        yield* decision(question.uri.host, "presigned: it needs no header")
        return GetCredentials.empty
      }
      if (question.uri.username !== "" || question.uri.password !== "") {
        yield* decision(question.uri.host, "it names a user: whoever downloads it sends that one")
        return GetCredentials.empty
      }
      const found = yield* config
      const rule = yield* ConfigFile.find(found.rules, question)
      if (Option.isSome(rule)) {
        return yield* byRule(rule.value, Option.getOrElse(found.path, () => ""), question)
      }
      const claimant = found.builtins
        ? yield* Effect.findFirst(helpers, (helper) => helper.claims(question))
        : Option.none()
      if (Option.isSome(claimant)) return yield* byClaim(claimant.value, question)
      yield* decision(question.uri.host, "not ours: no helper claims this host")
      return GetCredentials.empty
    })
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Router, never, Environment | Files | Helpers> = Layer.effect(Router, make)
