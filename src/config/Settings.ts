/**
 * The program's own environment variables, `CREDENTIAL_HELPER_*`. The table in docs/configuration.md is generated from
 * this file: `npm run docs`.
 *
 * `agent/client` and `agent/endpoint` run without Effect and read `standalone` and `agentSocket` by name; the script in
 * `app/install/Shim.ts` reads `bin` and `workdir`.
 *
 * @since 0.2.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Provenance from "../domain/Provenance.ts"
import type { Environment } from "../platform/Environment.ts"
import * as NearMiss from "./NearMiss.ts"
import { absolutePath, duration, flag, invalid, level, load, path, type Setting } from "./Setting.ts"

export { get, read, type Reader, type Setting } from "./Setting.ts"

/**
 * @since 0.2.0
 * @category constants
 */
export const configFile = path({
  name: "CREDENTIAL_HELPER_CONFIG_FILE",
  description: "the configuration file, which must exist; may begin with a [prefix](#prefixes)",
  defaultText: "`%workspace%/.tweag-credential-helper.json`",
  readBy: ["get"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const workspaceDirectory = path({
  name: "CREDENTIAL_HELPER_WORKSPACE_DIRECTORY",
  description: "the workspace",
  defaultText: "`BUILD_WORKSPACE_DIRECTORY`, else the working directory",
  readBy: ["get", "install-workspace"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const workdir = path({
  name: "CREDENTIAL_HELPER_WORKDIR",
  description:
    "the directory `%workdir%`; [the executable](install.md#what-the-shim-runs) is installed and found below it",
  defaultText: "see [prefixes](#prefixes)",
  readBy: ["get", "install-workspace", "shim"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const bin = path({
  name: "CREDENTIAL_HELPER_BIN",
  description: "the executable that the workspace's `tools/credential-helper` [runs](install.md#what-the-shim-runs)",
  defaultText: "the installed one",
  readBy: ["shim"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const logging = level({
  name: "CREDENTIAL_HELPER_LOGGING",
  values: ["off", "basic", "debug"],
  default: "off",
  // The user wants to see something.
  ifInvalid: "basic",
  description: "`basic`: one line for each answer; `debug`: every step. Written to stderr, without secrets",
  readBy: ["get", "agent"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const guessOciRegistry = flag({
  name: "CREDENTIAL_HELPER_GUESS_OCI_REGISTRY",
  description: "treat [every host that looks like a registry](registries.md#which-registries) as one",
  readBy: ["get"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const omitExpires = flag({
  name: "CREDENTIAL_HELPER_OMIT_EXPIRES",
  description: "leave `expires` out of answers, for Bazel 7.1 to 7.3 (bazel#23429)",
  readBy: ["get"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const standalone = flag({
  name: "CREDENTIAL_HELPER_STANDALONE",
  description: "do not use the [agent](agent.md); `get` then logs the steps itself",
  readBy: ["get"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const agentSocket = absolutePath({
  name: "CREDENTIAL_HELPER_AGENT_SOCKET",
  description: "the agent's socket, in a directory of mode 0700",
  allowed: "an absolute path of at most 95 bytes",
  defaultText: "see [agent](agent.md#files)",
  readBy: ["get", "agent"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const agentPid = absolutePath({
  name: "CREDENTIAL_HELPER_AGENT_PID",
  description: "a file for the agent's process id; removed when the agent stops",
  allowed: "an absolute path",
  defaultText: "no file",
  readBy: ["agent"]
})

/**
 * `Duration.infinity` if the agent never stops by itself.
 *
 * @since 0.2.0
 * @category constants
 */
export const idleTimeout = duration({
  name: "CREDENTIAL_HELPER_IDLE_TIMEOUT",
  default: Duration.hours(3),
  defaultText: "`3h`",
  description:
    "the agent stops after this time without a request; zero or negative: never. By default `5m` in [CI](ci.md#the-agents-life)",
  readBy: ["agent"]
})

/**
 * `Duration.infinity` if the agent does not prune by itself.
 *
 * @since 0.2.0
 * @category constants
 */
export const pruneInterval = duration({
  name: "CREDENTIAL_HELPER_PRUNE_INTERVAL",
  default: Duration.minutes(1),
  defaultText: "`1m`",
  description: "how often the agent removes expired answers; zero or negative: never",
  readBy: ["agent"]
})

/**
 * @since 0.2.0
 * @category constants
 */
export const all: ReadonlyArray<Setting<unknown>> = [
  configFile,
  workspaceDirectory,
  workdir,
  bin,
  logging,
  guessOciRegistry,
  omitExpires,
  standalone,
  agentSocket,
  agentPid,
  idleTimeout,
  pruneInterval
]

const prefix = "CREDENTIAL_HELPER_"

/** Variables of tweag-credential-helper that this program does not need. */
const ofTweag = new Set(["CREDENTIAL_HELPER_INSTALLER_RUN"])

const unknown = (name: string): string =>
  `${name} is no setting of this program.${
    Option.match(NearMiss.find(name.slice(prefix.length), all.map(({ name }) => name.slice(prefix.length))), {
      onNone: () => "",
      onSome: (meant) => ` Did you mean ${prefix}${meant}?`
    })
  }`

/**
 * Warns of settings with an invalid value, and of variables that are meant to be settings.
 *
 * @since 0.2.0
 * @category accessors
 */
export const check = (environment: Environment["Type"]): Effect.Effect<void> =>
  Effect.forEach(
    [...environment.variables].filter(([name]) => name.startsWith(prefix) && !ofTweag.has(name)),
    ([name, value]) => {
      const setting = all.find((setting) => setting.name === name)
      // Only what is warned of is an input of the answer.
      const warn = (text: string) => Effect.zipRight(environment.get(name), Provenance.warn(text))
      return setting === undefined
        ? warn(unknown(name))
        : Effect.catchAll(load(setting, value), () => warn(invalid(setting)))
    },
    { discard: true }
  )
