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

/**
 * @since 0.2.0
 * @category models
 */
export interface Permit {
  readonly decision: Decision
  /** The address to ask, which is https where the challenge says http of a host that has https. */
  readonly realm: URL
}

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

/** The user, or our table, names this very host. */
const isNamed = (registry: URL, { host }: URL, trustedRealms: ReadonlyArray<string>): boolean =>
  (Option.getOrUndefined(KnownRegistries.find(registry.host))?.realms ?? []).includes(host) ||
  trustedRealms.some((entry) => hostOf(entry) === host)

const isHttp = ({ protocol }: URL): boolean => protocol === "http:"

const overHttps = (realm: URL): URL => new URL(realm.href.replace(/^http:/, "https:"))

/**
 * Errors: `RealmNotTrusted` with the reason. The realm's path and query are not told.
 *
 * What the user wrote in `trusted_realms` decides before the kind of the address. Credentials of the machine itself are
 * behind the addresses of cloud metadata: no setting opens them.
 *
 * @since 0.1.0
 * @category deciding
 */
export const decide = Effect.fn("RealmPolicy.decide")(function*(question: Question) {
  const { hasCredentials, registryUrl, trustedRealms } = question
  const refused = (reason: RealmNotTrusted["reason"], realm: string, metadata?: true) =>
    new RealmNotTrusted({ registry: registryUrl.host, realm, reason, ...(metadata && { metadata }) })
  const parsed = parse(question.realm)
  if (Option.isNone(parsed)) return yield* refused("RealmInvalid", "an invalid address")
  const given = parsed.value
  const itself = given.host === registryUrl.host
  if (!itself && Address.isMetadata(given.hostname)) return yield* refused("RealmPrivateAddress", given.host, true)

  const named = isNamed(registryUrl, given, trustedRealms)
  const ownHost = given.hostname === registryUrl.hostname
  const ownMachine = Address.isLoopback(registryUrl.hostname) && Address.isLoopback(given.hostname)
  const chosen = named || ownHost || ownMachine
  // A loopback registry over http may name a token service elsewhere; a credential does not go there in the clear.
  const staysHttp = isHttp(registryUrl)
    ? ownHost || ownMachine || !(hasCredentials && named)
    : !itself && Address.isLoopback(given.hostname)
  const realm = chosen && !staysHttp ? overHttps(given) : given
  const allow = (decision: Decision): Permit => ({ decision, realm })

  if (chosen) return allow("allow")
  if (isHttp(realm) && !isHttp(registryUrl)) return yield* refused("RealmDowngrade", given.host)
  if (Address.kind(realm.hostname) !== "public") return yield* refused("RealmPrivateAddress", given.host)
  if (yield* sameParty(registryUrl, realm)) return allow("allow")
  if (hasCredentials) return yield* refused("RealmNotTrusted", given.host)
  return allow("allow-anonymous")
})
