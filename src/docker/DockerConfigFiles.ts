/**
 * Where docker, podman and other container tools store credentials, in lookup order.
 *
 * @see https://docs.docker.com/reference/cli/docker/login/ and containers-auth.json(5)
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Environment } from "../platform/Environment.ts"
import { DockerConfigPlaceInvalid } from "./DockerError.ts"
import * as Misplaced from "./Misplaced.ts"

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
  /** The file, or `$DOCKER_AUTH_CONFIG`. */
  readonly path: string
  readonly format: Format
  /** Whose login writes the file. */
  readonly tool: "docker" | "podman"
  /** The variable that names the file or its directory. A place by default may be absent or unusable. */
  readonly variable: Option.Option<Variable>
}

/**
 * @since 0.2.0
 * @category models
 */
export interface Variable {
  readonly name: "DOCKER_AUTH_CONFIG" | "REGISTRY_AUTH_FILE" | "DOCKER_CONFIG"
  /** The file or directory that it names; for `DOCKER_AUTH_CONFIG`, the name alone. */
  readonly path: string
}

/**
 * The config that the variable `DOCKER_AUTH_CONFIG` holds.
 *
 * @since 0.2.0
 * @category constructors
 */
export const inVariable: DockerConfigFile = {
  path: "$DOCKER_AUTH_CONFIG",
  format: "config",
  tool: "docker",
  variable: Option.some({ name: "DOCKER_AUTH_CONFIG", path: "$DOCKER_AUTH_CONFIG" })
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
export const locate = (
  environment: Environment["Type"]
): Effect.Effect<ReadonlyArray<DockerConfigFile>, DockerConfigPlaceInvalid> =>
  Effect.gen(function*() {
    const named = Effect.fnUntraced(function*(name: Variable["name"]) {
      const value = yield* environment.get(name)
      // The value is a secret then, and must not become part of a path.
      if (Option.exists(value, (value) => Misplaced.isConfig(value))) {
        return yield* new DockerConfigPlaceInvalid({
          variable: name,
          reason: "holds a docker config, and has to name a place",
          advice: "Put the JSON of the config into DOCKER_AUTH_CONFIG instead"
        })
      }
      // Docker resolves a relative path against the working directory.
      const absolute = (path: string) => isAbsolute(path) ? path : join(environment.cwd, path)
      return Option.map(value, (path): Variable => ({ name, path: absolute(path) }))
    })
    // The XDG Base Directory Specification requires that relative paths are ignored.
    const absolute = (name: string) => Effect.map(environment.get(name), Option.filter(isAbsolute))

    const inHome = Option.map(
      Option.filter(yield* environment.home, isAbsolute),
      (home) => (file: string) => join(home, file)
    )
    const home = (file: string) => Option.map(inHome, (path) => path(file))

    const authFile = yield* named("REGISTRY_AUTH_FILE")
    const dockerConfig = yield* named("DOCKER_CONFIG")
    const dockerDirectory = Option.orElse(Option.map(dockerConfig, ({ path }) => path), () => home(".docker"))
    const configDirectory = Option.orElse(yield* absolute("XDG_CONFIG_HOME"), () => home(".config"))
    const runtimeDirectory = environment.platform === "linux"
      ? Option.orElse(
        Option.map(yield* absolute("XDG_RUNTIME_DIR"), (directory) => join(directory, "containers")),
        () => Option.map(environment.uid, (uid) => `/run/containers/${uid}`)
      )
      // On other systems podman uses this directory, whatever XDG_CONFIG_HOME is.
      : home(".config/containers")

    const podman = { format: "config", tool: "podman", variable: Option.none() } as const
    const files: ReadonlyArray<Option.Option<DockerConfigFile>> = [
      Option.map(authFile, (variable) => ({ ...podman, path: variable.path, variable: Option.some(variable) })),
      Option.map(dockerDirectory, (directory) => ({
        path: join(directory, "config.json"),
        format: "config",
        tool: "docker",
        variable: dockerConfig
      })),
      Option.map(runtimeDirectory, (directory) => ({ ...podman, path: join(directory, "auth.json") })),
      Option.map(configDirectory, (directory) => ({ ...podman, path: join(directory, "containers/auth.json") })),
      Option.map(home(".dockercfg"), (path) => ({ path, format: "legacy", tool: "docker", variable: Option.none() }))
    ]
    return Arr.dedupeWith(files.flatMap(Option.toArray), (one, other) => one.path === other.path)
  })
