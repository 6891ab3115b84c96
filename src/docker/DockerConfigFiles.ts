/**
 * Where docker, podman and their kin keep credentials, in the order in which they are asked (registry-auth A.1).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Environment } from "../platform/Environment.ts"

/**
 * `legacy` is `~/.dockercfg`: the entries of `auths` stand at the top level, there are no helpers.
 *
 * @since 0.1.0
 * @category models
 */
export type Format = "config" | "legacy"

/**
 * @since 0.1.0
 * @category models
 */
export interface DockerConfigFile {
  readonly path: string
  readonly format: Format
}

const isAbsolute = (path: string): boolean => /^([\\/]|[A-Za-z]:[\\/])/.test(path)

const join = (folder: string, file: string): string => `${folder.replace(/[\\/]+$/, "")}/${file}`

/**
 * The files that may exist for the caller. An empty variable is an unset one, so nothing is read from the working
 * directory unless a variable names it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const locate = (environment: Environment["Type"]): Effect.Effect<ReadonlyArray<DockerConfigFile>> =>
  Effect.gen(function*() {
    // Docker takes a relative path from the working directory of its caller.
    const named = (name: string) =>
      Effect.map(environment.get(name), Option.map((path) => isAbsolute(path) ? path : join(environment.cwd, path)))
    // The XDG specification has relative paths ignored.
    const absolute = (name: string) => Effect.map(environment.get(name), Option.filter(isAbsolute))

    const inHome = Option.map(
      Option.filter(yield* environment.home, isAbsolute),
      (home) => (file: string) => join(home, file)
    )
    const home = (file: string) => Option.map(inHome, (path) => path(file))

    const authFile = yield* named("REGISTRY_AUTH_FILE")
    const dockerFolder = Option.orElse(yield* named("DOCKER_CONFIG"), () => home(".docker"))
    const configFolder = Option.orElse(yield* absolute("XDG_CONFIG_HOME"), () => home(".config"))
    const runtimeFolder = environment.platform === "linux"
      ? Option.orElse(
        Option.map(yield* absolute("XDG_RUNTIME_DIR"), (folder) => join(folder, "containers")),
        () => Option.map(environment.uid, (uid) => `/run/containers/${uid}`)
      )
      // Podman on other systems logs in to this folder, wherever XDG_CONFIG_HOME points.
      : home(".config/containers")

    const configs = [
      authFile,
      Option.map(dockerFolder, (folder) => join(folder, "config.json")),
      Option.map(runtimeFolder, (folder) => join(folder, "auth.json")),
      Option.map(configFolder, (folder) => join(folder, "containers/auth.json"))
    ].flatMap(Option.toArray)
    return [
      ...[...new Set(configs)].map((path) => ({ path, format: "config" as const })),
      ...Option.toArray(home(".dockercfg")).map((path) => ({ path, format: "legacy" as const }))
    ]
  })
