/**
 * May we ask the token service that a registry names, and may it have our credential?
 *
 * A registry chooses its realm, so anything that can write its headers could name another host, plain http, or a
 * service inside the network.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Url from "../domain/Url.ts"
import * as Address from "../http/Address.ts"
import * as KnownRegistries from "./KnownRegistries.ts"
import { RealmNotTrusted } from "./RegistryError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Question {
  readonly registryUrl: URL
  /** As the challenge has it. */
  readonly realm: string
  readonly hasCredentials: boolean
  /** From the configuration: `auth.example.com`, `auth.example.com:8443`, or a URL. A port counts. */
  readonly trustedRealms: ReadonlyArray<string>
}

/**
 * `allow-anonymous` is for a realm that may be asked, yet never with a credential.
 *
 * @since 0.1.0
 * @category models
 */
export type Decision = "allow" | "allow-anonymous"

const parse = (realm: string): Option.Option<URL> =>
  /^https?:\/\/[^/?#\\@]+(?:[/?#]|$)/i.test(realm) ? Url.parse(realm) : Option.none()

const hostOf = (entry: string): string =>
  Option.match(Url.parse(entry.includes("://") ? entry : `https://${entry}`), {
    onNone: () => "",
    onSome: ({ host }) => host
  })

/** Loaded when it is needed: the list is larger than the rest of the program, and most realms are the registry itself. */
const publicSuffixes = Effect.promise(() => import("tldts"))

/** The domain that one party has registered; `None` for addresses and for hosts that stand alone in their domain. */
const registrableDomain = (host: string): Effect.Effect<Option.Option<string>> =>
  KnownRegistries.multiTenant.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
    ? Effect.succeedNone
    : Effect.map(
      publicSuffixes,
      ({ getDomain }) =>
        Option.fromNullable(getDomain(host, { allowPrivateDomains: true, detectIp: true, extractHostname: false }))
    )

const sameParty = (registry: URL, realm: URL): Effect.Effect<boolean> =>
  registry.hostname === realm.hostname
    ? Effect.succeed(true)
    : Effect.zipWith(
      registrableDomain(registry.hostname),
      registrableDomain(realm.hostname),
      (one, other) => Option.isSome(one) && Option.contains(other, one.value)
    )

const isTrusted = (registry: URL, realm: URL, trustedRealms: ReadonlyArray<string>): Effect.Effect<boolean> => {
  const builtIn = Option.getOrUndefined(KnownRegistries.find(registry.host))?.realms ?? []
  const named = builtIn.includes(realm.host) ||
    trustedRealms.some((entry) => hostOf(entry) === realm.host)
  return named ? Effect.succeed(true) : sameParty(registry, realm)
}

/**
 * Errors: `RealmNotTrusted` with the reason. The realm's path and query are not told.
 *
 * @since 0.1.0
 * @category deciding
 */
export const decide = Effect.fn("RealmPolicy.decide")(function*(question: Question) {
  const { hasCredentials, registryUrl, trustedRealms } = question
  const refused = (reason: RealmNotTrusted["reason"], realm: string) =>
    new RealmNotTrusted({ registry: registryUrl.host, realm, reason })
  const parsed = parse(question.realm)
  if (Option.isNone(parsed)) return yield* refused("RealmInvalid", "an invalid address")
  const realm = parsed.value
  const itself = realm.host === registryUrl.host
  if (realm.protocol === "http:" && registryUrl.protocol !== "http:") {
    return yield* refused("RealmDowngrade", realm.host)
  }
  if (!itself && Address.kind(realm.hostname) !== "public") return yield* refused("RealmPrivateAddress", realm.host)
  if (itself || (yield* isTrusted(registryUrl, realm, trustedRealms))) {
    // A loopback registry over http may name a token service elsewhere; a credential does not go there in the clear.
    if (hasCredentials && realm.protocol === "http:" && !itself) return yield* refused("RealmDowngrade", realm.host)
    return "allow"
  }
  if (hasCredentials) return yield* refused("RealmNotTrusted", realm.host)
  return "allow-anonymous"
})
