/**
 * How to renew a credential of a docker config, so that it is found in place of the refused one.
 *
 * @since 0.2.0
 */
import type { Target } from "../domain/Resource.ts"
import * as AuthKeys from "./AuthKeys.ts"
import type { DockerConfigFile } from "./DockerConfigFiles.ts"

/**
 * The command that stores a login for the registry.
 *
 * @since 0.2.0
 * @category accessors
 */
export const command = ({ tool }: Pick<DockerConfigFile, "tool">, host: string): string => {
  if (!AuthKeys.isHub(host)) return `${tool} login ${host}`
  return tool === "docker" ? "docker login" : "podman login docker.io"
}

const isVariable = ({ variable }: DockerConfigFile): boolean =>
  variable._tag === "Some" && variable.value.name === "DOCKER_AUTH_CONFIG"

/** The key under which the command stores it. */
const storedUnder = ({ tool }: DockerConfigFile, host: string): string =>
  AuthKeys.isHub(host) && tool === "podman" ? "docker.io" : AuthKeys.serverKey(host)

/**
 * For an entry of `auths`, in the imperative and without a full stop.
 *
 * @since 0.2.0
 * @category accessors
 */
export const forEntry = (file: DockerConfigFile, key: string, at: string, target: Target): string => {
  const login = command(file, target.host)
  if (isVariable(file)) return `put another login into DOCKER_AUTH_CONFIG, or unset it and run ${login}`
  // Podman stores a login for a namespace under its name.
  if (file.tool === "podman" && key.startsWith(`${target.host}/`)) return `run podman login ${key}`
  const [preferred] = AuthKeys.matching([key, storedUnder(file, target.host)], target)
  // A login goes into another file than the legacy one, which is read last.
  return file.format === "legacy" || preferred === storedUnder(file, target.host)
    ? `run ${login}`
    : `remove ${at} from ${file.path}, then run ${login}`
}

/** These take no login: what they print comes from a login at a cloud. */
const withoutLogin = /^(?:ecr-login|gcloud|gcr|acr-.*)$/

/**
 * For a credential that a helper has printed, in the imperative and without a full stop.
 *
 * @since 0.2.0
 * @category accessors
 */
export const forHelper = (file: DockerConfigFile, name: string, serverKey: string, host: string): string =>
  withoutLogin.test(name) || isVariable(file) || serverKey !== storedUnder(file, host)
    ? `check the login behind docker-credential-${name} by hand: echo ${serverKey} | docker-credential-${name} get`
    : `run ${command(file, host)}`

/**
 * For a config that cannot be read as one, in the imperative and without a full stop.
 *
 * @since 0.2.0
 * @category accessors
 */
export const forConfig = (file: DockerConfigFile): string =>
  isVariable(file)
    ? "Set the variable to the JSON of a docker config, or unset it"
    : `Fix the file, or delete it and run ${file.tool} login again`
