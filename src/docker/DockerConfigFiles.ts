/**
 * Where docker, podman and other container tools store credentials, in lookup order.
 *
 * @see https://docs.docker.com/reference/cli/docker/login/ and containers-auth.json(5)
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Environment } from "../platform/Environment.ts"

/**
 * `legacy` is `~/.dockercfg`: the entries of `auths` are at the top level, and there are no helpers.
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

const join = (directory: string, file: string): string => `${directory.replace(/[\\/]+$/, "")}/${file}`

/**
 * The files that may exist for the caller. An empty variable counts as unset, so nothing is read from the working
 * directory unless a variable names it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const locate = (environment: Environment["Type"]): Effect.Effect<ReadonlyArray<DockerConfigFile>> =>
  Effect.gen(function*() {
    // Docker resolves a relative path against the working directory.
    const named = (name: string) =>
      Effect.map(environment.get(name), Option.map((path) => isAbsolute(path) ? path : join(environment.cwd, path)))
    // The XDG Base Directory Specification requires that relative paths are ignored.
    const absolute = (name: string) => Effect.map(environment.get(name), Option.filter(isAbsolute))

    const inHome = Option.map(
      Option.filter(yield* environment.home, isAbsolute),
      (home) => (file: string) => join(home, file)
    )
    const home = (file: string) => Option.map(inHome, (path) => path(file))

    const authFile = yield* named("REGISTRY_AUTH_FILE")
    const dockerDirectory = Option.orElse(yield* named("DOCKER_CONFIG"), () => home(".docker"))
    const configDirectory = Option.orElse(yield* absolute("XDG_CONFIG_HOME"), () => home(".config"))
    const runtimeDirectory = environment.platform === "linux"
      ? Option.orElse(
        Option.map(yield* absolute("XDG_RUNTIME_DIR"), (directory) => join(directory, "containers")),
        () => Option.map(environment.uid, (uid) => `/run/containers/${uid}`)
      )
      // On other systems podman uses this directory, whatever XDG_CONFIG_HOME is.
      : home(".config/containers")

    const configs = [
      authFile,
      Option.map(dockerDirectory, (directory) => join(directory, "config.json")),
      Option.map(runtimeDirectory, (directory) => join(directory, "auth.json")),
      Option.map(configDirectory, (directory) => join(directory, "containers/auth.json"))
    ].flatMap(Option.toArray)
    return [
      ...[...new Set(configs)].map((path) => ({ path, format: "config" as const })),
      ...Option.toArray(home(".dockercfg")).map((path) => ({ path, format: "legacy" as const }))
    ]
  })
