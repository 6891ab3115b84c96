/**
 * Which hosts are answered for as container registries although no entry of the configuration names them.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Settings from "../config/Settings.ts"
import type { Resource } from "../domain/Resource.ts"
import type { Environment } from "../platform/Environment.ts"
import * as KnownRegistries from "../registry/KnownRegistries.ts"
import * as RegistryUri from "../registry/RegistryUri.ts"
import * as TokenEndpoint from "../registry/TokenEndpoint.ts"
import * as CiVariables from "../source/CiVariables.ts"

/**
 * Bare hosts, the registries of the table and their token services, the registry that GitLab's CI names, and, if
 * `CREDENTIAL_HELPER_GUESS_OCI_REGISTRY` allows it, every URI of the form that a registry serves.
 *
 * @since 0.2.0
 * @category predicates
 */
export const claims = (environment: Environment["Type"]) => (resource: Resource): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    const { bareHost, host } = resource
    if (bareHost || Option.isSome(KnownRegistries.find(host))) return true
    if (Option.isSome(Option.flatMap(TokenEndpoint.parse(resource), TokenEndpoint.knownRegistry))) return true
    if (Option.contains(yield* CiVariables.gitLabHost(environment), host)) return true
    const guess = yield* Settings.read(environment, Settings.guessOciRegistry)
    return guess && RegistryUri.classify(resource)._tag === "Registry"
  })
