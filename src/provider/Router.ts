/**
 * Which provider answers for a URI: the one of the first entry of the configuration that matches, else the first one that
 * claims the host, else none. The router alone knows entries, and whether they require a credential.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ConfigFile from "../config/ConfigFile.ts"
import * as Settings from "../config/Settings.ts"
import * as GetCredentials from "../domain/GetCredentials.ts"
import * as Provenance from "../domain/Provenance.ts"
import { type Resource, UriRejected } from "../domain/Resource.ts"
import { Environment } from "../platform/Environment.ts"
import { Files } from "../platform/Files.ts"
import { advice, type Bound, type Outcome, type Provider } from "./Provider.ts"
import { CredentialRequired, type LookupError } from "./ProviderError.ts"
import { planned, Providers } from "./Providers.ts"

type Response = GetCredentials.GetCredentialsResponse

/**
 * @since 0.1.0
 * @category context
 */
export class Router extends Context.Tag("CredentialHelper/Router")<Router, {
  readonly get: (resource: Resource) => Effect.Effect<Response, LookupError>
}>() {}

const without = ({ host, label }: Resource, reason: string): Effect.Effect<Response> =>
  Effect.as(
    Provenance.step(Provenance.Step.NoHeader({ host: host === "" ? label : host, reason })),
    GetCredentials.empty
  )

const required = ({ host }: Resource, hint: string): Effect.Effect<never, CredentialRequired> =>
  Effect.flatMap(Provenance.current, (provenance) =>
    new CredentialRequired({
      host,
      tried: Option.match(provenance, { onNone: () => [], onSome: ({ steps }) => Provenance.sourcesAsked(steps) }),
      hint
    }))

const encodeJson = Schema.encodeSync(Schema.parseJson(Schema.Unknown))

type Required = Pick<ConfigFile.Rule<Bound>, "index" | "required">

/** How to take this URI, and those beside it, out of the entry that matches. */
const ownEntry = ({ host, url }: Resource, { index }: Required): string => {
  const path = `${url.pathname.slice(0, url.pathname.lastIndexOf("/"))}/*`
  return `Put an entry for it above urls[${index}]: ${encodeJson({ host, path, helper: "null" })}`
}

/** What an outcome means where a credential is required, or not. */
const settle = (
  resource: Resource,
  outcome: Outcome,
  rule: Required
): Effect.Effect<Response, LookupError> => {
  switch (outcome._tag) {
    case "Headers":
      return Effect.succeed(outcome.response)
    case "NotMine":
      return rule.required
        ? required(resource, `The URI is ${outcome.reason}. ${ownEntry(resource, rule)}`)
        : without(resource, `the URI is ${outcome.reason}`)
    case "NoCredential":
      if (rule.required) return outcome.refused ?? required(resource, advice(outcome.setup))
      return Effect.tap(
        outcome.anonymous,
        ({ headers }) =>
          headers.size > 0 || outcome.reason === undefined
            ? Effect.void
            : without(resource, `${outcome.reason}. ${advice(outcome.setup)}`)
      )
  }
}

/** Why nothing is for a host, with the entries that only just do not match. */
const unclaimed = Effect.map(Provenance.current, (provenance) => {
  const steps = Option.match(provenance, { onNone: () => [], onSome: ({ steps }) => steps })
  const near = steps.flatMap((step) =>
    step._tag !== "RuleCompared"
      ? []
      : Option.toArray(Option.flatMap(step.mismatch, ({ hint }) => hint)).map((hint) => `urls[${step.index}]: ${hint}`)
  )
  return ["no entry of the configuration and no built-in helper is for this host", ...near].join(". ")
})

/** The body of a provider is loaded once, however often it is used. */
const once = (provider: Provider): Effect.Effect<Provider> =>
  Effect.map(Effect.cached(provider.load), (load) => ({ ...provider, load }))

/** Of two providers with one name, the first is used. */
const bindersOf = (providers: ReadonlyArray<Provider>): ConfigFile.Binders<Bound> =>
  new Map(
    Arr.dedupeWith(providers, (one, other) => one.name === other.name).map(({ load, name }) => [
      name,
      (fragment, place) => Effect.flatMap(load, ({ bind }) => bind(fragment, place))
    ])
  )

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Router["Type"], never, Environment | Files | Providers> = Effect.gen(function*() {
  const providers = yield* Effect.forEach(yield* Providers, once)
  const environment = yield* Environment
  const config = ConfigFile.load(environment, yield* Files, { binders: bindersOf(providers), planned })

  const byRule = (rule: ConfigFile.Rule<Bound>, resource: Resource) =>
    Effect.flatMap(rule.bound, ({ get }) => Effect.flatMap(get(resource), (outcome) => settle(resource, outcome, rule)))

  const byClaim = ({ load, name }: Provider, resource: Resource) =>
    Effect.gen(function*() {
      yield* Provenance.step(Provenance.Step.ProviderClaimed({ provider: name }))
      const { get } = yield* (yield* load).bind({}, { path: "built-in" })
      return yield* settle(resource, yield* get(resource), { index: -1, required: false })
    })

  return Router.of({
    get: Effect.fn("Router.get")(function*(resource) {
      if (resource.presigned) return yield* without(resource, "the URI is signed, and needs none")
      if (resource.password) return yield* without(resource, "the URI carries a password, which its client sends")
      if (!resource.asciiHost) return yield* new UriRejected({ reason: "HostNotAscii", detail: resource.host })
      yield* Settings.check(environment)
      const file = yield* config
      const rule = yield* ConfigFile.find(file.rules, resource)
      if (Option.isSome(rule)) return yield* byRule(rule.value, resource)
      const claimant = file.builtins
        ? yield* Effect.findFirst(providers, ({ claims }) => claims(resource))
        : Option.none()
      return Option.isSome(claimant)
        ? yield* byClaim(claimant.value, resource)
        : yield* without(resource, yield* unclaimed)
    })
  })
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Router, never, Environment | Files | Providers> = Layer.effect(Router, make)
